/** Two runs beside each other. Pure. */
import { studentQuantile } from "@/lib/stats/student-t";
import { TIMES, type BenchmarkComparison, type BenchmarkSample, type BenchmarkView, type TimeComparison } from "./schemas";
import { answeredOf, spreadOf, timesOf } from "./summarise";

const FEWEST = 20;

interface Run {
  view: BenchmarkView;
  samples: readonly BenchmarkSample[];
}

export function compareRuns(before: Run, after: Run): BenchmarkComparison {
  const [a, b] = [before, after].map(({ view, samples }) => timesOf(answeredOf(samples, view.order.warmUps)));
  return {
    before: before.view,
    after: after.view,
    times: TIMES.map((time): TimeComparison => {
      const ratio = ratioOf(a![time], b![time]);
      return { time, before: spreadOf(a![time]), after: spreadOf(b![time]), ratio, verdict: verdictOf(ratio) };
    }),
    warnings: warningsOf(before.view, after.view),
  };
}

/**
 * Latencies are skewed: the logarithms are compared, by Welch's interval for means of unequal variance. Null with fewer
 * than 20 positive values on a side.
 */
export function ratioOf(before: readonly number[], after: readonly number[]): TimeComparison["ratio"] {
  const [a, b] = [before, after].map((values) => momentsOf(values.filter((value) => value > 0).map(Math.log)));
  if (!a || !b) return null;
  const difference = b.mean - a.mean;
  const [va, vb] = [a.variance / a.n, b.variance / b.n];
  const error = Math.sqrt(va + vb);
  const df = error === 0 ? a.n + b.n - 2 : (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1));
  const half = studentQuantile(0.975, df) * error;
  return { value: Math.exp(difference), low: Math.exp(difference - half), high: Math.exp(difference + half) };
}

function momentsOf(values: readonly number[]) {
  const n = values.length;
  if (n < FEWEST) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return { n, mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) };
}

const verdictOf = (ratio: TimeComparison["ratio"]): TimeComparison["verdict"] =>
  ratio === null ? "too few answers" : ratio.high < 1 ? "faster" : ratio.low > 1 ? "slower" : "no clear difference";

function warningsOf({ order: a, ...before }: BenchmarkView, { order: b, ...after }: BenchmarkView): string[] {
  const unequal = (
    [
      ["concurrency", "requests at a time"],
      ["promptTokens", "prompt tokens"],
      ["maxTokens", "longest answers"],
    ] as const
  ).flatMap(([field, words]) => (a[field] === b[field] ? [] : [`${words} (${a[field]} and ${b[field]})`]));
  const errors = [before, after].map(({ summary }) => summary?.errors ?? 0);
  return [
    ...(unequal.length > 0 ? [`The two asked for different ${unequal.join(", ")}: that alone moves latency.`] : []),
    ...(errors.some((count) => count > 0)
      ? [`${errors[0]} and ${errors[1]} requests failed. They have no latency, so the slowest may be missing.`]
      : []),
  ];
}
