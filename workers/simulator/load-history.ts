/**
 * Thirty days of history, loaded in bulk through the code that live traffic goes through as well: the validator of the
 * API, then `ingestEvents` (dedupe → rate → store → rollups). Newest first, so that the last week is there in seconds.
 * Progress is kept after each piece; a piece that is loaded twice changes nothing, because its ids are known.
 */
import type { Db } from "@/lib/db";
import type { Logger } from "@/lib/log";
import { readNativeEvent, type NativeEvent } from "@/lib/telemetry";
import type { UsageEvent } from "@/lib/telemetry/event";
import { ingestEvents } from "@/workers/ingest";
import { ingestOutcomes } from "@/workers/ingest/outcomes";
import { ingestSamples } from "@/workers/ingest/samples";
import { noteHistory, readDemo } from "./demo-state";
import type { Fleet } from "./generate";
import { nodeReadings } from "./node-samples";

export const PIECE_MS = 6 * 3_600_000;
/** How often a node reports in the history: coarser than live, or there would be 700,000 readings. */
export const HISTORY_STEP_MS = 300_000;
/** Older than any history: the bulk loader decides itself what is too old. */
const NO_LIMIT_DAYS = 400;

export interface HistoryDeps {
  db: Db;
  log: Logger;
  apiKeyId: string | null;
  onProgress: (share: number, events: number) => void;
  stopping: AbortSignal;
}

export async function loadHistory(deps: HistoryDeps, fleet: Fleet): Promise<void> {
  const state = await readDemo(deps.db.pool);
  if (!state || state.historyDone) return;
  let at = state.historyAtMs;
  let events = state.historyEvents;
  while (at > state.historyFromMs && !deps.stopping.aborted) {
    const from = Math.max(state.historyFromMs, at - PIECE_MS);
    const stored = await loadPiece(deps, fleet, from, at, from);
    at = from;
    events += stored;
    await noteHistory(deps.db.pool, { historyAtMs: at, addedEvents: stored, done: at <= state.historyFromMs });
    deps.onProgress((state.historyToMs - at) / (state.historyToMs - state.historyFromMs), events);
  }
}

type PieceDeps = Omit<HistoryDeps, "onProgress">;

/** Everything known in [from, to): how many events were new. Node readings only from `samplesFrom` on. */
export async function loadPiece(deps: PieceDeps, fleet: Fleet, from: number, to: number, samplesFrom: number): Promise<number> {
  const { events, outcomes } = fleet.between(from, to);
  const stored = await ingestItems(deps, events);
  await ingestOutcomes(deps, { receivedAt: to, apiKeyId: deps.apiKeyId, items: outcomes });
  await ingestSamples(deps, { receivedAt: to, items: nodeReadings(fleet, samplesFrom, to, HISTORY_STEP_MS) });
  return stored;
}

async function ingestItems(deps: PieceDeps, items: NativeEvent[]): Promise<number> {
  const door = { now: Date.now(), rawRetentionDays: NO_LIMIT_DAYS, tenants: "all" as const, apiKeyId: deps.apiKeyId };
  const events: UsageEvent[] = [];
  for (const item of items) {
    const read = readNativeEvent(item, door);
    if ("refusal" in read) throw new Error(`The demo fleet made an event that the API refuses: ${read.refusal.message}`);
    events.push(read.event);
  }
  const result = await ingestEvents({ db: deps.db, log: deps.log }, events, {
    receivedAt: (event) => event.occurredAt + Math.ceil(event.latencyMs ?? 0),
    source: "demo history",
  });
  return result.stored;
}
