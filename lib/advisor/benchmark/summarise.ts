/** From samples to numbers. Pure. */
import { nanoToUsd } from "@/lib/money";
import type { BenchmarkDetail, BenchmarkSample, BenchmarkSummary, Spread, Time } from "./schemas";

/** Fewer say nothing about a percentile. */
const FEWEST = 20;
const MOST_ERROR_KINDS = 5;

/** Linear between the two nearest ranks, as NumPy's default. `sorted` ascending, not empty; `share` 0–1. */
export function percentileOf(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const [low, high] = [sorted[below]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - below);
}

const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const meanOf = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  const enough = sorted.length >= FEWEST;
  const at = (share: number) => (enough ? percentileOf(sorted, share) : null);
  return { answers: sorted.length, mean: meanOf(sorted), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Those that were measured and answered. */
export const answeredOf = (samples: readonly BenchmarkSample[], warmUps: number): BenchmarkSample[] =>
  samples.filter(({ seq, error }) => seq >= warmUps && error === null);

const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);

/** Between tokens of one stream; null: not streamed, or a single token. */
const interTokenMs = ({ ttftMs, totalMs, tokensOut }: BenchmarkSample) =>
  ttftMs === null || tokensOut < 2 ? null : (totalMs - ttftMs) / (tokensOut - 1);

export const timesOf = (answered: readonly BenchmarkSample[]): Record<Time, number[]> => ({
  ttft: known(answered.map(({ ttftMs }) => ttftMs)),
  total: answered.map(({ totalMs }) => totalMs),
  interToken: known(answered.map(interTokenMs)),
});

export function summarise(
  samples: readonly BenchmarkSample[],
  { warmUps, concurrency }: { warmUps: number; concurrency: number },
): BenchmarkSummary {
  const measured = samples.filter(({ seq }) => seq >= warmUps);
  const answered = answeredOf(samples, warmUps);
  const times = timesOf(answered);
  const total = spreadOf(times.total);
  const interToken = spreadOf(times.interToken);
  const perSecond = (ms: number | null) => (ms === null || ms <= 0 ? null : 1_000 / ms);
  const published = perSecond(total.mean);
  const tokensOut = meanOf(answered.map((one) => one.tokensOut));
  const requests = published === null ? null : published * concurrency;
  const costs = samples.map(({ costNanoUsd }) => costNanoUsd);
  return {
    sent: measured.length,
    answered: answered.length,
    errors: measured.length - answered.length,
    errorKinds: errorKindsOf(measured),
    times: { ttft: spreadOf(times.ttft), total, interToken },
    connect: spreadOf(known(answered.map(({ connectMs }) => connectMs))),
    tokensPerSecond: perSecond(interToken.mean),
    tokensPerSecondAll: requests === null || tokensOut === null ? null : requests * tokensOut,
    requestsPerSecond: requests,
    requestsPerSecondPublished: published,
    tokensInMean: meanOf(answered.map(({ tokensIn }) => tokensIn)),
    tokensOutMean: tokensOut,
    fromCache: answered.filter(({ fromCache }) => fromCache).length,
    models: [...new Set(answered.flatMap(({ model }) => model ?? []))],
    costUsd: costs.some((cost) => cost !== null) ? nanoToUsd(costs.reduce<bigint>((sum, cost) => sum + (cost ?? 0n), 0n)) : null,
  };
}

function errorKindsOf(measured: readonly BenchmarkSample[]): BenchmarkSummary["errorKinds"] {
  const counts = new Map<string, number>();
  for (const { error } of measured) if (error !== null) counts.set(error, (counts.get(error) ?? 0) + 1);
  return [...counts]
    .map(([error, count]) => ({ error, count }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_ERROR_KINDS);
}

/** Measured latencies at each percentile; empty when there are too few answers. */
export function curveOf(samples: readonly BenchmarkSample[], warmUps: number): BenchmarkDetail["curve"] {
  const times = timesOf(answeredOf(samples, warmUps));
  if (times.total.length < FEWEST) return [];
  const [ttft, total] = [ascending(times.ttft), ascending(times.total)];
  return Array.from({ length: 99 }, (_, index) => ({
    percentile: index + 1,
    ttftMs: ttft.length < FEWEST ? null : percentileOf(ttft, (index + 1) / 100),
    totalMs: percentileOf(total, (index + 1) / 100),
  }));
}
