/** `workers/main.ts --roles …` as a process of its own, to be killed. */
import { spawn } from "node:child_process";
import { projectRoot } from "@/lib/db/project-root";

export interface WorkerProcess {
  /** It runs; rejects when it ended before. */
  ready: Promise<void>;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
}

/** Its connections are named so, to be told from those of the test. */
export const WORKER = "worker-under-test";

const running = new Set<() => Promise<void>>();

/** After a test, however it ended. */
export const killWorkers = async (): Promise<void> => void (await Promise.all([...running].map((kill) => kill())));

export function startWorker(roles: string, databaseUrl: string, env: Record<string, string> = {}): WorkerProcess {
  const url = new URL(databaseUrl);
  url.searchParams.set("application_name", WORKER);
  const child = spawn(process.execPath, ["--import", "tsx", "workers/main.ts", "--roles", roles, "--port", "0"], {
    cwd: projectRoot(),
    env: { ...process.env, LOG_LEVEL: "error", NODE_ENV: "test", DATABASE_URL: url.toString(), REDIS_URL: "", ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const gone = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const ready = Promise.race([
    new Promise<void>((resolve) => child.once("message", () => resolve())),
    gone.then((code) => Promise.reject(new Error(`The worker ended (${code}) before it was ready.`))),
  ]);
  // Whoever does not wait for it does not care.
  ready.catch(() => undefined);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return gone;
  };
  const kill = async () => void (await end("SIGKILL"));
  running.add(kill);
  void gone.then(() => running.delete(kill));
  return { ready, kill, stop: () => end("SIGTERM") };
}
