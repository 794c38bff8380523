/**
 * `npm start`: the whole stack in one command.
 *
 *   checks (port, other launcher) → database → migrations → seeds ┐
 *   build of the console, when its sources changed ───────────────┴→ workers + console → ready → demo fleet
 *
 * Stops in the opposite order on Ctrl-C, SIGTERM or SIGHUP: demo → console → workers → database. A second Ctrl-C
 * forces. When this process is killed with -9, the programs follow it by themselves (follow-launcher.mjs) and the next
 * start stops the database that was left behind.
 */
import { config } from "@/lib/config";
import { HELP, parseOptions } from "./options";
import { startStack, type Stack } from "./stack";

// The same key press may reach us twice (from the terminal and from npm); a person's second one takes longer.
const SAME_PRESS_MS = 800;

async function main(): Promise<void> {
  const settings = config();
  const options = parseOptions(process.argv.slice(2), settings);
  if (options === "help") {
    console.log(HELP);
    return;
  }
  const stopping = new AbortController();
  let stack: Stack | undefined;
  let askedAt: number | undefined;

  const stop = (code: number) => {
    stopping.abort();
    void (stack?.stop() ?? Promise.resolve()).then(() => process.exit(code));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (askedAt === undefined) {
        askedAt = Date.now();
        console.log("\nStopping … (Ctrl-C again to force)");
        if (stack) stop(0);
        else stopping.abort();
      } else if (Date.now() - askedAt > SAME_PRESS_MS) {
        stack?.kill();
        process.exit(130);
      }
    });
  }

  stack = await startStack(settings, options, stopping.signal);
  if (stopping.signal.aborted) stop(0);
}

main().catch((error: unknown) => {
  if (!(error instanceof Error && error.message === "stopped")) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
  process.exit();
});
