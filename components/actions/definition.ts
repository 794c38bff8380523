/** What /actions asks. Pure. */
import type { LinesChart } from "@/components/charts/metric-lines-card";
import type { Dimension } from "@/lib/metrics/schemas";

/** What narrows an action: the dimensions that its whole chain shares. */
export const ACTION_FILTERS = ["tenant", "endpoint", "feature"] as const satisfies readonly Dimension[];

export const ACTION_KPIS = [
  "actions",
  "calls_per_action",
  "cost_per_action",
  "cost_per_action_p95",
  "cost_per_outcome",
  "tokens_per_outcome",
  "quality_rate",
  "escalation_rate",
] as const;

export const ACTION_CHARTS: readonly LinesChart[] = [
  {
    id: "cost",
    title: "Cost per action",
    description: "The whole chain of one action. p95 is what the dearest twentieth costs at least.",
    unit: "usd",
    kind: "line",
    lines: [
      { metric: "cost_per_action", label: "Average" },
      { metric: "cost_per_action_p50", label: "p50" },
      { metric: "cost_per_action_p95", label: "p95" },
    ],
  },
  {
    id: "calls",
    title: "Calls per action",
    description: "The agent multiplier: how many requests one action makes.",
    unit: "count",
    kind: "line",
    lines: [
      { metric: "calls_per_action", label: "Average" },
      { metric: "calls_per_action_p95", label: "p95" },
    ],
  },
  {
    id: "outcomes",
    title: "Outcomes",
    description: "What was reported of requests and actions. An outcome that comes late counts in its own time.",
    unit: "count",
    kind: "bar",
    lines: [
      { metric: "good_outcomes", label: "Good" },
      { metric: "escalations", label: "Escalated" },
    ],
  },
  {
    id: "again",
    title: "Work done again",
    description:
      "Retries as a share of attempts; duplicates (same content within 5 minutes) and fallbacks as shares of requests.",
    unit: "ratio",
    kind: "line",
    lines: [
      { metric: "retry_rate", label: "Retries" },
      { metric: "duplicate_rate", label: "Duplicates" },
      { metric: "fallback_rate", label: "Fallbacks" },
    ],
  },
];

export const SERIES_METRICS: readonly string[] = [
  ...new Set([...ACTION_KPIS, ...ACTION_CHARTS.flatMap(({ lines }) => lines.map(({ metric }) => metric))]),
];

export const BREAKDOWNS = ["endpoint", "tenant", "feature"] as const satisfies readonly Dimension[];
export const BREAKDOWN_METRICS = [
  "actions",
  "calls_per_action",
  "calls_per_action_p95",
  "cost_per_action",
  "cost_per_action_p95",
  "cost_in_actions_usd",
  "good_outcomes",
  "quality_rate",
  "cost_per_outcome",
  "tokens_per_outcome",
  "escalations",
  "escalation_rate",
  "retry_rate",
  "duplicate_rate",
  "fallback_rate",
] as const;

/** Steps are parts of actions: what is said of whole actions is not said of them. */
export const STEP_METRICS = [
  "requests_in_actions",
  "cost_in_actions_usd",
  "cost_per_request",
  "tokens_input",
  "tokens_cache_read",
  "tokens_output",
  "latency_p50",
  "latency_p95",
  "error_rate",
  "retry_rate",
] as const;
