/**
 * A duty that is done, and done again a while after it ended: the frame of roles that look for due work.
 *
 *   look ─ work() ─► wait everyMs ─► look …      close(): finishes what is in hand
 *                └ failed: said by /healthz until it works again
 */
import type { Logger } from "@/lib/log";
import type { RunningRole } from "./role";

export interface Repeating {
  everyMs: number;
  /** Not done for so long: the duty is not being done. */
  staleMs: number;
  log: Logger;
  /** For the log, when it failed. */
  failed: string;
}

/** `beat` says that it still works, for work that takes longer than `staleMs`. */
export type Work = (signal: AbortSignal, beat: () => void) => Promise<void>;

export function startRepeating({ everyMs, staleMs, log, failed }: Repeating, work: Work): RunningRole {
  const stopping = new AbortController();
  let aliveAt = Date.now();
  let failing: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  const beat = () => {
    aliveAt = Date.now();
  };
  const look = () => {
    working = work(stopping.signal, beat).then(
      () => {
        failing = null;
        beat();
      },
      (error: unknown) => {
        if (stopping.signal.aborted) return;
        failing = error instanceof Error ? error.message : String(error);
        log.warn({ err: error }, failed);
      },
    );
    void working.then(() => {
      if (!stopping.signal.aborted) timer = setTimeout(look, everyMs);
    });
  };
  timer = setTimeout(look, 0);
  return {
    health: () => {
      const ageMs = Date.now() - aliveAt;
      return { ok: failing === null && ageMs < staleMs, detail: { ageMs, failing } };
    },
    close: async () => {
      stopping.abort();
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
