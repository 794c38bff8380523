/** `workers/main.ts --roles rollouts` as a process of its own, to be killed. */
import { spawn } from "node:child_process";
import { projectRoot } from "@/lib/db/project-root";

export interface ControllerProcess {
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
  healthy(): Promise<boolean>;
}

const running = new Set<() => void>();

export async function startController(env: Record<string, string>): Promise<ControllerProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", "workers/main.ts", "--roles", "rollouts"], {
    cwd: projectRoot(),
    env: { ...process.env, LOG_LEVEL: "silent", NODE_ENV: "test", ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const killNow = () => void child.kill("SIGKILL");
  running.add(killNow);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  void exited.then(() => running.delete(killNow));
  const port = await Promise.race([
    new Promise<number>((resolve) => child.once("message", (message: { port: number }) => resolve(message.port))),
    exited.then((code) => Promise.reject(new Error(`The controller ended with ${code}.`))),
  ]);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    healthy: async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null))?.ok ?? false,
  };
}

export const killControllers = () => running.forEach((kill) => kill());
