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

const PIECE_MS = 6 * 3_600_000;
/** How often a node reports in the history: coarser than live, or there would be 700,000 readings. */
const HISTORY_STEP_MS = 300_000;
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
    const { events: items, outcomes } = fleet.between(from, at);
    const stored = await ingestItems(deps, items);
    await ingestOutcomes(deps, { receivedAt: at, apiKeyId: deps.apiKeyId, items: outcomes });
    await ingestSamples(deps, { receivedAt: at, items: nodeReadings(fleet, from, at, HISTORY_STEP_MS) });
    at = from;
    events += stored;
    await noteHistory(deps.db.pool, { historyAtMs: at, addedEvents: stored, done: at <= state.historyFromMs });
    deps.onProgress((state.historyToMs - at) / (state.historyToMs - state.historyFromMs), events);
  }
}

async function ingestItems(deps: HistoryDeps, items: NativeEvent[]): Promise<number> {
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
