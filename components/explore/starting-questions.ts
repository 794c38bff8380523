import type { FilterChanges } from "@/components/filters/filter-state";
import type { ExploreQuestion } from "./explore-state";

export interface StartingQuestion {
  label: string;
  question: ExploreQuestion;
  filters: FilterChanges;
}

/** What people ask first. Each is a link: nothing but a question and filters. */
export const STARTING_QUESTIONS: readonly StartingQuestion[] = [
  {
    label: "Cost per successful request by tenant, this week vs last week",
    question: { metrics: ["cost_per_successful_request", "cost_usd", "successes"], by: ["tenant"], chart: "line", grain: "day" },
    filters: { range: "7d", compare: "last_week" },
  },
  {
    label: "Why did cost change since last week",
    question: { metrics: ["cost_usd"], by: ["tenant"], chart: "why", grain: "auto" },
    filters: { range: "7d", compare: "previous" },
  },
  {
    label: "p95 latency by model",
    question: { metrics: ["latency_p95", "requests"], by: ["modelServed"], chart: "line", grain: "auto" },
    filters: { range: "24h", compare: "previous" },
  },
  {
    label: "Cache hit rate by endpoint",
    question: { metrics: ["cache_hit_rate", "cache_lookups", "saved_usd"], by: ["endpoint"], chart: "bar", grain: "auto" },
    filters: { range: "7d", compare: "previous" },
  },
  {
    label: "Which tenant spends on which model",
    question: { metrics: ["cost_usd"], by: ["tenant", "modelServed"], chart: "pivot", grain: "auto" },
    filters: { range: "7d", compare: "off" },
  },
  {
    label: "What failures and retries cost",
    question: { metrics: ["waste_usd", "cost_failed_usd", "cost_retried_usd"], by: ["endpoint"], chart: "bar", grain: "auto" },
    filters: { range: "7d", compare: "previous" },
  },
];
