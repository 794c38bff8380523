/** A PostgreSQL of one test's own, migrated, queues included, so that it can be killed and started again. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { freePort, startEmbeddedPostgres } from "@/lib/db/embedded";
import { migrate } from "@/lib/db/migrate";
import { migrateQueues } from "@/lib/queue";

export interface OwnPostgres {
  /** The same after a restart. */
  readonly url: string;
  /** SIGQUIT: stops at once, without a checkpoint, as a crash does. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  /** Stops it and removes its files. */
  close(): Promise<void>;
}

export async function ownPostgres(): Promise<OwnPostgres> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-postgres-"));
  // PostgreSQL refuses to run as root: as another user it must be able to reach its folder.
  fs.chmodSync(dir, 0o755);
  const port = await freePort();
  const start = () => startEmbeddedPostgres({ dataDir: path.join(dir, "postgres"), port });
  let server = await start();
  await migrate(server.url);
  await migrateQueues(server.url);
  return {
    url: server.url,
    crash: async () => {
      process.kill(server.pid, "SIGQUIT");
      await server.stop();
    },
    restart: async () => {
      server = await start();
    },
    close: async () => {
      await server.stop();
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}
