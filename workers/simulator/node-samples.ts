/**
 * What the GPU nodes report, worked out from the very requests they serve: tokens are the sum of the events' tokens,
 * busy time is the union of their runs, the KV cache holds the tokens in flight. Pure.
 */
import type { NativeEvent, Sample } from "@/lib/telemetry";
import { LONGEST_MS, type Fleet } from "./generate";
import { POOLS, type PoolPlan } from "./fleet";
import { randomAt } from "@/lib/stats/random";

/** One request on a node: waits from `arriveMs`, runs from `startMs` to `endMs`. */
interface Run {
  arriveMs: number;
  startMs: number;
  endMs: number;
  promptTokens: number;
  cachedTokens: number;
  generatedTokens: number;
}

/** Every node's readings with `at` in (fromMs, toMs], on a grid of `stepMs`. */
export function nodeReadings(fleet: Fleet, fromMs: number, toMs: number, stepMs: number): Sample[] {
  const first = Math.floor(fromMs / stepMs) * stepMs + stepMs;
  const readings: Sample[] = [];
  if (first > toMs) return readings;
  const runs = runsByNode(fleet, first - stepMs, toMs);
  for (const pool of POOLS) {
    for (const node of pool.nodes) {
      const own = runs.get(node) ?? [];
      for (let at = first; at <= toMs; at += stepMs) readings.push(readNode(fleet, pool, node, own, at, stepMs));
    }
  }
  return readings;
}

function runsByNode(fleet: Fleet, fromMs: number, toMs: number): Map<string, Run[]> {
  const runs = new Map<string, Run[]>();
  for (const { dueMs, event } of fleet.timedBetween(fromMs, toMs + LONGEST_MS).events) {
    if (!event.node || Date.parse(event.occurredAt) > toMs) continue;
    const own = runs.get(event.node) ?? [];
    own.push(runOf(event, dueMs));
    runs.set(event.node, own);
  }
  return runs;
}

function runOf(event: NativeEvent, dueMs: number): Run {
  const arriveMs = Date.parse(event.occurredAt);
  const cachedTokens = event.meters?.cacheRead ?? 0;
  return {
    arriveMs,
    startMs: Math.min(dueMs, arriveMs + (event.timing?.queueMs ?? 0)),
    endMs: dueMs,
    promptTokens: (event.meters?.input ?? 0) + cachedTokens,
    cachedTokens,
    generatedTokens: event.meters?.output ?? 0,
  };
}

function readNode(fleet: Fleet, pool: PoolPlan, node: string, all: Run[], at: number, stepMs: number): Sample {
  const from = at - stepMs;
  const runs = all.filter((run) => run.endMs >= from && run.arriveMs < at);
  const finished = runs.filter((run) => run.endMs >= from && run.endMs < at);
  const sum = (read: (run: Run) => number, of = runs) => of.reduce((total, run) => total + read(run), 0);
  const overlap = (a: number, b: number) => Math.max(0, Math.min(b, at) - Math.max(a, from));
  const active = busyMs(runs, from, at) / stepMs;
  const { peak, overflows } = kvPeak(runs, from, at, pool.kvTokens);
  const random = randomAt(fleet.calendar.seed, node, at);
  const engineActive = digits(active * (0.95 + 0.05 * random.next()), 4);
  const powerWatts = digits(pool.maxWatts * (0.2 + 0.68 * active + 0.03 * random.next()), 1);
  return {
    node,
    pool: pool.id,
    engine: pool.engine,
    model: pool.model,
    gpuType: pool.gpuType,
    gpuCount: 1,
    at: new Date(at).toISOString(),
    intervalSec: stepMs / 1_000,
    engineActive,
    gpuUtil: digits(Math.min(1, active * 1.02 + 0.004 * random.next()), 4),
    // vLLM takes its share of the memory at the start; only a little moves afterwards.
    memoryUsedMib: Math.round(pool.memoryTotalMib * (0.9 + 0.012 * active)),
    memoryTotalMib: pool.memoryTotalMib,
    kvCacheUsage: digits(Math.min(1, peak), 4),
    running: digits(sum((run) => overlap(run.startMs, run.endMs)) / stepMs, 3),
    waiting: digits(sum((run) => overlap(run.arriveMs, run.startMs)) / stepMs, 3),
    promptTokens: sum((run) => run.promptTokens, finished),
    cachedTokens: sum((run) => run.cachedTokens, finished),
    generatedTokens: sum((run) => run.generatedTokens, finished),
    preemptions: overflows,
    powerWatts,
    energyMj: Math.round(powerWatts * stepMs),
  };
}

/** Milliseconds of [from, to) in which at least one request ran. */
function busyMs(runs: Run[], from: number, to: number): number {
  const spans = runs.map((run) => [Math.max(from, run.startMs), Math.min(to, run.endMs)] as const).filter(([a, b]) => b > a);
  spans.sort(([a], [b]) => a - b);
  let busy = 0;
  let until = from;
  for (const [a, b] of spans) {
    if (b <= until) continue;
    busy += b - Math.max(a, until);
    until = b;
  }
  return busy;
}

/** The fullest the KV cache gets (1 = full), looked at whenever a request starts, and how many found it full. */
function kvPeak(runs: Run[], from: number, to: number, capacity: number): { peak: number; overflows: number } {
  let peak = 0;
  let overflows = 0;
  const moments = [from, ...runs.map((run) => run.startMs).filter((start) => start >= from && start < to)];
  for (const [index, moment] of moments.entries()) {
    let tokens = 0;
    for (const run of runs) {
      if (run.startMs > moment || run.endMs <= moment) continue;
      const grown = (moment - run.startMs) / Math.max(1, run.endMs - run.startMs);
      tokens += run.promptTokens + run.generatedTokens * grown;
    }
    peak = Math.max(peak, tokens / capacity);
    if (index > 0 && tokens > capacity) overflows += 1;
  }
  return { peak, overflows };
}

const digits = (value: number, count: number) => Math.round(value * 10 ** count) / 10 ** count;
