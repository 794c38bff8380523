/** A real redis-server of the test's own, which can be stopped, frozen and killed. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { freePort } from "@/lib/db/embedded";

/** Redis is optional on a developer's machine. */
export function redisBinary(): string | null {
  try {
    return execFileSync("sh", ["-c", "command -v redis-server"]).toString().trim() || null;
  } catch {
    return null;
  }
}

export interface TestRedis {
  url: string;
  child: ChildProcess;
  stop(): Promise<void>;
}

export async function testRedis(port?: number): Promise<TestRedis> {
  const at = port ?? (await freePort());
  const child = spawn(redisBinary()!, ["--port", String(at), "--save", "", "--appendonly", "no"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("redis-server ended at once")));
    child.stdout!.on("data", (text: Buffer) => {
      if (text.includes("Ready to accept connections")) resolve();
    });
  });
  return {
    url: `redis://127.0.0.1:${at}`,
    child,
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await gone;
    },
  };
}
