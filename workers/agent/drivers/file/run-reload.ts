/** The operator's own command, without a shell: an argument is one argument whatever is in it. */
import { spawn } from "node:child_process";

const KEPT_OUTPUT_BYTES = 2_000;
const LAST_WORDS_MS = 500;

/** Resolves when it ended with 0; throws with the end of what it said otherwise. */
export function runReload(
  { command, timeoutSec }: { command: readonly string[]; timeoutSec: number },
  { env, cwd, signal }: { env: Readonly<Record<string, string>>; cwd: string; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = command;
    // A group of its own: what it started ends with it.
    const child = spawn(program!, args, {
      cwd,
      env: { ...env } as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let said = "";
    const keep = (chunk: Buffer) => void (said = (said + chunk.toString("utf8")).slice(-KEPT_OUTPUT_BYTES));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, timeoutSec * 1_000);
    signal.addEventListener("abort", kill, { once: true });
    let over = false;
    const done = (why: string | null) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
      if (why === null) resolve();
      else reject(new Error(`The reload command ${program} ${why}${said.trim() === "" ? "." : `: ${said.trim()}`}`));
    };
    child.on("error", (error) => done(`cannot be started (${error.message})`));
    const ended = (code: number | null, killedBy: NodeJS.Signals | null) => {
      if (late) done(`did not end within ${timeoutSec} s`);
      else done(code === 0 ? null : `ended with ${killedBy ?? code}`);
    };
    child.on("close", ended);
    // A daemon that it left behind may hold its output open for ever.
    child.on("exit", (code, killedBy) => void setTimeout(() => ended(code, killedBy), LAST_WORDS_MS).unref());
  });
}
