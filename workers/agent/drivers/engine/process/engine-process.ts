/**
 * One engine as a process of this machine: started by this agent, or by an earlier life of it and found again. It leads a
 * session of its own and writes to a file, so it outlives a killed agent; what it started itself is swept up when it ends.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ENGINE_MARK, findByMark, identityOf, isAlive, type ProcessIdentity } from "./process-identity";

export interface EngineProcess {
  readonly identity: ProcessIdentity;
  /** Why it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  alive(): boolean;
  /** SIGTERM, and SIGKILL after `withinMs`. Done when nothing of it is left. */
  stop(withinMs: number): Promise<void>;
}

export interface EngineStart {
  argv: readonly string[];
  env: Record<string, string>;
  cwd: string | undefined;
  mark: string;
  logFile: string;
}

/** Rejects when there is no such program or it may not be run. */
export async function spawnEngine({ argv, env, cwd, mark, logFile }: EngineStart): Promise<EngineProcess> {
  // Appending: the file can be cut while the engine writes.
  const output = fs.openSync(logFile, "a", 0o600);
  try {
    const child = spawn(argv[0]!, argv.slice(1), {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env, [ENGINE_MARK]: mark } as unknown as NodeJS.ProcessEnv,
      detached: true,
      stdio: ["ignore", output, output],
    });
    const exit = new Promise<string>((resolve) => {
      child.once("exit", (code, signal) => resolve(signal ? `it was ended by ${signal}` : `it ended with code ${code}`));
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => reject(new Error(`${argv[0]} cannot be started: ${error.message}`)));
    });
    child.unref();
    // It may have ended already; then its identity no longer matters.
    const identity = identityOf(child.pid!) ?? { pid: child.pid!, startTime: "ended" };
    return engineProcess(identity, mark, exit);
  } finally {
    fs.closeSync(output);
  }
}

/** An engine that an earlier life of this agent started. */
export function adoptEngine(identity: ProcessIdentity, mark: string): EngineProcess {
  const exit = (async () => {
    // Not our child: nothing tells us of its end.
    while (isAlive(identity)) await pause(250, undefined, { ref: false });
    return "it ended";
  })();
  return engineProcess(identity, mark, exit);
}

function engineProcess(identity: ProcessIdentity, mark: string, exit: Promise<string>): EngineProcess {
  let over = false;
  const ended = exit.then((why) => {
    over = true;
    signalAll(findByMark(mark), "SIGKILL");
    return why;
  });
  return {
    identity,
    ended,
    alive: () => !over && isAlive(identity),
    async stop(withinMs) {
      // The other waits let a program end; this one must be seen through.
      const stayAlive = setInterval(() => undefined, 60_000);
      try {
        if (!over) {
          signalAll([identity], "SIGTERM");
          await Promise.race([ended, pause(withinMs, undefined, { ref: false })]);
        }
        if (!over) signalAll([identity, ...findByMark(mark)], "SIGKILL");
        await ended;
        // A process that was killed still holds its memory for a moment.
        for (let tries = 0; tries < 100 && findByMark(mark).length > 0; tries += 1) await pause(50);
      } finally {
        clearInterval(stayAlive);
      }
    },
  };
}

function signalAll(processes: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
  for (const one of processes) {
    if (!isAlive(one)) continue;
    try {
      process.kill(one.pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
  }
}
