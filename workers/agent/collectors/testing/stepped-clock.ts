/** A clock that goes on only when the test says so. */
import type { Clock } from "@/lib/protocol/client";

export interface SteppedClock extends Clock {
  /** Ends the waits that are due by then, earliest first. */
  advance(ms: number): void;
  /** Resolves when nothing waits any more but one, until exactly this long from now. */
  waiting(ms: number): Promise<void>;
}

export function steppedClock(): SteppedClock {
  const beginMs = Date.now();
  let nowMs = 0;
  let waits: { due: number; done: () => void }[] = [];
  let watchers: { due: number; done: () => void }[] = [];
  const tell = () => {
    const met = watchers.filter(({ due }) => waits.length === 1 && waits[0]!.due === due);
    watchers = watchers.filter((watcher) => !met.includes(watcher));
    for (const { done } of met) done();
  };
  return {
    wallMs: () => beginMs + nowMs,
    steadyMs: () => nowMs,
    wait: (ms, signal) =>
      new Promise<void>((resolve) => {
        const wait = {
          due: nowMs + ms,
          done: () => {
            waits = waits.filter((one) => one !== wait);
            resolve();
            tell();
          },
        };
        if (signal.aborted) resolve();
        else {
          waits.push(wait);
          signal.addEventListener("abort", wait.done, { once: true });
          tell();
        }
      }),
    advance: (ms) => {
      nowMs += ms;
      for (const { done } of waits.filter(({ due }) => due <= nowMs).sort((a, b) => a.due - b.due)) done();
    },
    waiting: (ms) =>
      new Promise<void>((done) => {
        watchers.push({ due: nowMs + ms, done });
        tell();
      }),
  };
}
