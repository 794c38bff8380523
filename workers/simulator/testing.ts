/** Real programs of the simulator, for tests. */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

export interface StartedProgram {
  url: string;
  child: ChildProcess;
  ended: Promise<number | null>;
  /** Everything it has said on stderr. */
  said: () => string;
}

/** Runs a bundled program until it says where it listens, or ends before (then `url` is empty). */
export async function startProgram(file: string, args: string[], env: Record<string, string> = {}): Promise<StartedProgram> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env["PATH"], ...env } as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let said = "";
  createInterface({ input: child.stderr! }).on("line", (line) => (said += `${line}\n`));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const url = await Promise.race([
    new Promise<string>((resolve) => child.once("message", (message) => resolve((message as { url: string }).url))),
    ended.then(() => ""),
  ]);
  return { url, child, ended, said: () => said };
}
