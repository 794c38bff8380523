import { startEmbeddedPostgres, type EmbeddedPostgres } from "@/lib/db/embedded";
import type { Terminal } from "./terminal";

/** A running embedded database that is started again on its port when it ends by itself (killed, out of memory). */
export interface KeptPostgres {
  url: string;
  stop(): Promise<void>;
  /** At once; PostgreSQL recovers from its log at the next start. */
  kill(): void;
}

export async function keepPostgres(dataDir: string, terminal: Terminal): Promise<KeptPostgres> {
  const onLog = (line: string) => terminal.programLine("postgres", line, "out");
  let current: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, onLog });
  let restarting: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (restarting || isAlive(current.pid)) return;
    terminal.say("The database ended unexpectedly; starting it again.");
    restarting = startEmbeddedPostgres({ dataDir, port: current.port, onLog })
      .then((next) => void (current = next))
      .catch((error: Error) => terminal.say(error.message))
      .finally(() => (restarting = undefined));
  }, 1_000);
  return {
    url: current.url,
    stop: async () => {
      clearInterval(timer);
      await restarting;
      await current.stop();
    },
    kill: () => {
      if (isAlive(current.pid)) process.kill(current.pid, "SIGQUIT");
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
