/**
 * Preloaded into every program that the launcher starts: when its parent is gone (killed with -9, say), stop as if told
 * to. So nothing is left behind, whatever happens to the launcher. Costs one getppid a second.
 */
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
    // A program that does not listen, or hangs while it stops, ends here.
    setTimeout(() => process.exit(1), 10_000).unref();
  }, 1_000);
  timer.unref();
}
