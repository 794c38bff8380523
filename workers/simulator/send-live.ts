/**
 * Live telemetry through the public API, three streams side by side: usage, outcomes, node samples.
 *
 *   [cursor, now) → POST in batches → cursor = now → wait a moment → …
 *   refused for now (429, 503, no answer) → wait as told → the same batch again (ids make a second delivery harmless)
 *
 * After a pause a stream catches up in windows of ten minutes; what the console would call too old is left out.
 */
import type pg from "pg";
import type { Logger } from "@/lib/log";
import { noteLive, readDemo, type LiveStream } from "./demo-state";
import type { Fleet } from "./generate";
import { nodeReadings } from "./node-samples";
import { post, type Sender } from "./post";

const CATCH_UP_MS = 600_000;
const OLDEST_MS = 30 * 86_400_000;
const BATCH = 1_000;
/** How often a node reports. */
const LIVE_STEP_MS = 30_000;

interface Stream {
  name: LiveStream;
  path: string;
  field: string;
  tickMs: number;
  itemsBetween: (fleet: Fleet, fromMs: number, toMs: number) => readonly unknown[];
}

const STREAMS: readonly Stream[] = [
  {
    name: "usage",
    path: "/api/v1/usage",
    field: "events",
    tickMs: 1_500,
    itemsBetween: (fleet, from, to) => fleet.between(from, to).events,
  },
  {
    name: "outcomes",
    path: "/api/v1/outcomes",
    field: "outcomes",
    tickMs: 5_000,
    itemsBetween: (fleet, from, to) => fleet.between(from, to).outcomes,
  },
  {
    name: "samples",
    path: "/api/v1/samples",
    field: "samples",
    tickMs: 5_000,
    itemsBetween: (fleet, from, to) => nodeReadings(fleet, from, to, LIVE_STEP_MS),
  },
];

export interface LiveDeps {
  db: Pick<pg.ClientBase, "query">;
  log: Logger;
  sender: Sender;
  stopping: AbortSignal;
  now: () => number;
}

/** Runs until stopped. `fleet` makes one fleet a stream: each remembers the minutes around its own window. */
export async function sendLive(deps: LiveDeps, fleet: () => Fleet): Promise<void> {
  const state = await readDemo(deps.db);
  if (!state) throw new Error("The demo fleet was never set up; start it with `npm start -- --demo`.");
  await Promise.all(STREAMS.map((stream) => runStream(deps, fleet(), stream, state.liveAtMs[stream.name])));
}

async function runStream(deps: LiveDeps, fleet: Fleet, stream: Stream, cursorMs: number): Promise<void> {
  let at = Math.max(cursorMs, deps.now() - OLDEST_MS);
  while (!deps.stopping.aborted) {
    const to = Math.min(deps.now(), at + CATCH_UP_MS);
    const items = stream.itemsBetween(fleet, at, to);
    await sendAll(deps, stream, items);
    if (deps.stopping.aborted) return;
    at = to;
    await noteLive(deps.db, stream.name, at);
    if (deps.now() - at < stream.tickMs) await pause(stream.tickMs, deps.stopping);
  }
}

async function sendAll(deps: LiveDeps, { path, field }: Stream, items: readonly unknown[]): Promise<void> {
  for (let from = 0; from < items.length && !deps.stopping.aborted;) {
    const batch = items.slice(from, from + BATCH);
    const result = await post(deps.sender, path, { [field]: batch });
    if (result.kind === "wait") {
      deps.log.warn({ path, why: result.why, waitMs: result.ms }, "the console does not take demo traffic at the moment");
      await pause(result.ms, deps.stopping);
      continue;
    }
    if (result.rejected > 0) deps.log.error({ path, rejected: result.rejected, first: result.first }, "demo items were rejected");
    from += batch.length;
  }
}

function pause(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stopping.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopping.addEventListener("abort", done);
    if (stopping.aborted) done();
  });
}
