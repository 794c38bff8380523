/** What /performance asks and in which order it shows the answers. Pure. */
import type { MetricLine } from "@/components/charts/metric-lines";
import type { LinesChart } from "@/components/charts/metric-lines-card";
import type { Dimension } from "@/lib/metrics/schemas";

/** Cards at the top; each draws its own line out of the time series. */
export const PERFORMANCE_KPIS = [
  "latency_p95",
  "ttft_p95",
  "queue_p95",
  "tokens_per_second_p50",
  "error_rate",
  "timeout_rate",
  "retry_rate",
  "duplicate_rate",
] as const;

const percentiles = (prefix: string): MetricLine[] => [
  { metric: `${prefix}_p95`, label: "p95", id: "p95" },
  { metric: `${prefix}_p50`, label: "p50", id: "p50" },
  { metric: `${prefix}_p99`, label: "p99", id: "p99" },
];

export const PERFORMANCE_CHARTS: readonly LinesChart[] = [
  {
    id: "latency",
    title: "Latency",
    description: "To the last byte, cache hits included. p95 against the comparison.",
    unit: "ms",
    kind: "line",
    lines: percentiles("latency"),
  },
  {
    id: "ttft",
    title: "Time to first token",
    description: "What people feel as the wait, where the sender reports it.",
    unit: "ms",
    kind: "line",
    lines: percentiles("ttft"),
  },
  {
    id: "queue",
    title: "Queue time",
    description: "Waiting before a provider or an engine began. Capacity shows here first.",
    unit: "ms",
    kind: "line",
    lines: percentiles("queue"),
  },
  {
    id: "speed",
    title: "Output speed",
    description: "Median tokens per second of one answer.",
    unit: "tokens_per_second",
    kind: "line",
    lines: [{ metric: "tokens_per_second_p50", label: "p50", id: "p50" }],
  },
  {
    id: "failures",
    title: "Failed requests by kind",
    description: "Counts, so that a rare kind in heavy traffic still shows.",
    unit: "count",
    kind: "bar",
    lines: [
      { metric: "other_errors", label: "Error" },
      { metric: "timeouts", label: "Timeout" },
      { metric: "ooms", label: "Out of memory" },
      { metric: "rate_limited", label: "Rate limited" },
    ],
  },
  {
    id: "rates",
    title: "Retries and duplicates",
    description: "Work that was sent again: retries as a share of attempts, duplicates as a share of requests.",
    unit: "ratio",
    kind: "line",
    lines: [
      { metric: "retry_rate", label: "Retries" },
      { metric: "duplicate_rate", label: "Duplicates" },
    ],
  },
];

/** Everything that the time series needs, in one query: at most 20. */
export const SERIES_METRICS: readonly string[] = [
  ...new Set([
    ...PERFORMANCE_KPIS,
    ...PERFORMANCE_CHARTS.flatMap(({ lines }) => lines.map(({ metric }) => metric)).filter((metric) => metric !== "other_errors"),
    "errors",
  ]),
];

export const BREAKDOWNS = ["modelServed", "endpoint", "route", "tenant"] as const satisfies readonly Dimension[];

export const BREAKDOWN_METRICS = [
  "requests",
  "latency_p50",
  "latency_p95",
  "latency_p99",
  "ttft_p95",
  "queue_p95",
  "tokens_per_second_p50",
  "error_rate",
  "timeout_rate",
  "oom_rate",
  "rate_limited",
  "retry_rate",
  "duplicate_rate",
] as const;
