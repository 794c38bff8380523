/**
 * One supervised program.
 *
 *   idle ─start→ running ─exit→ waiting (0.5 s, doubling to 30 s) → running
 *   running ─exit 0 of a program that has one thing to do→ done
 *   any ─stop→ stopping (SIGTERM; SIGKILL after graceMs) → stopped
 *
 * Invariants: at most one process at a time; after stop() resolves none is left, grandchildren included (each program
 * leads a process group of its own, which also keeps Ctrl-C from reaching it before the launcher's ordered stop).
 * A program that stays up a minute has earned a fresh backoff.
 */
import { spawn, type ChildProcess } from "node:child_process";

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
const STABLE_MS = 60_000;

export interface ProgramSpec {
  name: string;
  args: string[];
  env: Record<string, string | undefined>;
  graceMs?: number;
  /** It has one thing to do: exit code 0 is its end, not a crash. */
  once?: boolean;
  onLine: (line: string, stream: "out" | "err") => void;
  /** Told about an end that nobody asked for, and when it starts again. */
  onCrash: (how: string, restartInMs: number) => void;
  /** A message over the IPC channel, e.g. "ready". */
  onMessage?: (message: unknown) => void;
}

export interface Program {
  readonly name: string;
  pid(): number | undefined;
  stop(): Promise<void>;
  /** SIGKILL now, no questions. */
  kill(): void;
}

/** Pure: how long to wait before the next start, given the last wait and how long the program had lived. */
export function nextBackoff(lastMs: number | undefined, livedMs: number): number {
  if (lastMs === undefined || livedMs >= STABLE_MS) return FIRST_BACKOFF_MS;
  return Math.min(lastMs * 2, MAX_BACKOFF_MS);
}

export function supervise(spec: ProgramSpec): Program {
  let child: ChildProcess | undefined;
  let backoffMs: number | undefined;
  let restart: NodeJS.Timeout | undefined;
  let stopping = false;
  let exited: Promise<void> = Promise.resolve();

  const start = () => {
    const startedAt = Date.now();
    const now = spawn(process.execPath, spec.args, {
      env: spec.env as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    child = now;
    onLines(now.stdout!, (line) => spec.onLine(line, "out"));
    onLines(now.stderr!, (line) => spec.onLine(line, "err"));
    now.on("message", (message) => spec.onMessage?.(message));
    exited = new Promise((resolve) => {
      const ended = (how: string, done = false) => {
        resolve();
        if (child !== now) return;
        child = undefined;
        if (stopping || done) return;
        backoffMs = nextBackoff(backoffMs, Date.now() - startedAt);
        spec.onCrash(how, backoffMs);
        restart = setTimeout(start, backoffMs);
      };
      now.once("error", (error) => ended(error.message));
      now.once("exit", (code, signal) => ended(signal ?? `exit code ${code}`, spec.once === true && code === 0));
    });
  };
  start();

  const signal = (name: NodeJS.Signals) => {
    const pid = child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      child?.kill(name); // where groups are not known
    }
  };

  return {
    name: spec.name,
    pid: () => child?.pid,
    kill: () => signal("SIGKILL"),
    stop: async () => {
      stopping = true;
      clearTimeout(restart);
      if (!child) return;
      const group = child.pid;
      child.kill("SIGTERM");
      const force = setTimeout(() => signal("SIGKILL"), spec.graceMs ?? 10_000);
      await exited;
      clearTimeout(force);
      // What the program itself started must not outlive it.
      try {
        if (group !== undefined) process.kill(-group, "SIGKILL");
      } catch {
        // nobody left in the group
      }
    },
  };
}

function onLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) take(line);
  });
  stream.on("end", () => {
    if (rest.trim()) take(rest);
  });
}
