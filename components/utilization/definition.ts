/** What /utilization asks. All of it is about GPU nodes: only pool, node, engine and region can narrow it. Pure. */
import type { LinesChart } from "@/components/charts/metric-lines-card";
import type { Dimension, MetricFilter } from "@/lib/metrics/schemas";

export const NODE_DIMENSIONS = ["pool", "node"] as const satisfies readonly Dimension[];

/** A filter by tenant or model that came along in the address says nothing about a node. */
export const nodeFilters = (filters: readonly MetricFilter[]): MetricFilter[] =>
  filters.filter(({ dimension }) => (NODE_DIMENSIONS as readonly string[]).includes(dimension));

export const UTILIZATION_KPIS = [
  "gpu_cost_usd",
  "gpu_idle_cost_usd",
  "gpu_utilization",
  "gpu_idle_hours",
  "gpu_tokens_per_second",
  "gpu_tokens_per_watt",
  "queue_depth",
  "carbon_kg",
] as const;

export const UTILIZATION_CHARTS: readonly LinesChart[] = [
  {
    id: "money",
    title: "Busy and idle dollars",
    description: "GPU time × GPU rate. Idle is paid for too, and is in no tenant's cost.",
    unit: "usd",
    kind: "bar",
    lines: [
      { metric: "gpu_busy_cost_usd", label: "Busy" },
      { metric: "gpu_idle_cost_usd", label: "Idle" },
    ],
  },
  {
    id: "memory",
    title: "Memory and KV cache",
    description: "How full they are, time-weighted. Preemptions begin when the KV cache is full.",
    unit: "ratio",
    kind: "line",
    lines: [
      { metric: "gpu_memory_use", label: "GPU memory" },
      { metric: "kv_cache_usage", label: "KV cache" },
    ],
  },
  {
    id: "queue",
    title: "Running and waiting",
    description: "Average per node. Waiting requests while others idle: look at routing.",
    unit: "count",
    kind: "line",
    lines: [
      { metric: "running_batch", label: "Running batch" },
      { metric: "queue_depth", label: "Queue depth" },
    ],
  },
  {
    id: "energy",
    title: "Energy in kWh",
    description: "What the GPUs drew, and with what the building adds (PUE of the region).",
    unit: "kwh",
    kind: "line",
    lines: [
      { metric: "energy_kwh", label: "GPUs" },
      { metric: "facility_kwh", label: "With the building" },
    ],
  },
];

/** Drawn with one line per pool. */
export const BY_POOL_CHARTS = [
  {
    metric: "gpu_utilization",
    title: "GPU utilization by pool",
    description: "Busy ÷ (busy + idle) GPU time.",
    unit: "ratio",
  },
  {
    metric: "gpu_tokens_per_second",
    title: "Tokens per second by pool",
    description: "Generated tokens per node-second.",
    unit: "tokens_per_second",
  },
] as const;

export const SERIES_METRICS: readonly string[] = [
  ...new Set([...UTILIZATION_KPIS, ...UTILIZATION_CHARTS.flatMap(({ lines }) => lines.map(({ metric }) => metric))]),
];

/** For each pool and each node. */
export const FLEET_METRICS = [
  "gpu_busy_hours",
  "gpu_idle_hours",
  "gpu_busy_cost_usd",
  "gpu_idle_cost_usd",
  "gpu_utilization",
  "gpu_memory_use",
  "kv_cache_usage",
  "queue_depth",
  "running_batch",
  "gpu_tokens_per_second",
  "gpu_tokens_per_watt",
  "energy_kwh",
  "facility_kwh",
  "energy_cost_usd",
  "carbon_kg",
  "preemptions",
] as const;
