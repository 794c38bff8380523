/**
 * The time in which the demo was switched off, worked out like the history: from where live traffic ended to now. So a
 * demo that is started after the weekend shows a weekend.
 */
import { noteLive, readDemo } from "./demo-state";
import type { Fleet } from "./generate";
import { HISTORY_STEP_MS, loadPiece, PIECE_MS, type HistoryDeps } from "./load-history";

/** Older than this is not wanted; the console would call it too old. */
const OLDEST_MS = 30 * 86_400_000;

/** `sentUpToMs`: what the live traffic itself remembers; null: it never ran. */
export async function loadGap(
  deps: Omit<HistoryDeps, "onProgress">,
  fleet: Fleet,
  nowMs: number,
  sentUpToMs: number | null,
): Promise<number> {
  const state = await readDemo(deps.db.pool);
  if (!state) return 0;
  const from = Math.max(state.liveAtMs.usage, sentUpToMs ?? 0, nowMs - OLDEST_MS);
  let events = 0;
  for (let at = from; at < nowMs && !deps.stopping.aborted;) {
    const to = Math.min(nowMs, at + PIECE_MS);
    // A reading covers the five minutes before it: those that live agents may have covered are left out.
    const samplesFrom = Math.ceil(at / HISTORY_STEP_MS) * HISTORY_STEP_MS;
    events += await loadPiece(deps, fleet, at, to, samplesFrom);
    at = to;
    for (const stream of ["usage", "outcomes", "samples"] as const) await noteLive(deps.db.pool, stream, at);
  }
  return events;
}
