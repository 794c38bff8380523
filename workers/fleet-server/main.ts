/**
 * The fleet server: `workers/fleet-server/main.ts` (settings: HEADROOM_FLEET_*), or one step of the rotation of its signing
 * key with `--rotate-key` (twice: begin, and finish when the targets know the new one; `--force` finishes without them).
 */
import path from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { config } from "@/lib/config";
import { findWithoutKeys } from "@/lib/fleet/sync-store";
import { createLogger } from "@/lib/log";
import { runningDatabase } from "../start/running-here";
import { startFleetServer } from "./fleet-server";
import { rotateSigningKey } from "./signing-keys";

const DRAIN_MS = 15_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { "rotate-key": { type: "boolean", default: false }, force: { type: "boolean", default: false } },
  });
  const settings = config();
  const dataDir = path.resolve(settings.HEADROOM_DATA_DIR);
  const databaseUrl = settings.DATABASE_URL ?? runningDatabase(dataDir);
  if (!databaseUrl) throw new Error("DATABASE_URL is not set. Start everything with `npm start`, or set it.");
  if (values["rotate-key"]) return rotate(dataDir, databaseUrl, values.force);

  const log = createLogger("fleet");
  const server = await startFleetServer({
    databaseUrl,
    dataDir,
    host: settings.HEADROOM_FLEET_HOST,
    port: settings.HEADROOM_FLEET_PORT,
    log,
  });
  log.info({ port: server.port }, "the fleet server is running");
  process.send?.({ type: "ready", port: server.port });

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "the fleet server is stopping");
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "the fleet server did not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

async function rotate(dataDir: string, databaseUrl: string, force: boolean): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    const result = await rotateSigningKey(dataDir, async (serial) => {
      const names = force ? [] : await findWithoutKeys(pool, serial);
      if (names.length === 0) return null;
      return `These targets have not taken the new key yet: ${names.slice(0, 20).join(", ")}${names.length > 20 ? ` and ${names.length - 20} more` : ""}. Wait for them, revoke them, or finish with --force; they are led to the new key when they come back.`;
    });
    if ("refused" in result) throw new Error(result.refused);
    console.log(
      result.step === "begun"
        ? `The key ${result.keyId} is made and told to the targets. Run this again to finish, when they have taken it (a minute).`
        : `The key ${result.keyId} signs from now on; the old one is gone.`,
    );
  } finally {
    await pool.end();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
