import { METRICS, type MetricDefinition } from "./catalogue";

/** A metric as the API describes it: all but how it is computed inside. */
export type MetricDescription = Omit<MetricDefinition, "evaluation" | "domain">;

export function listMetrics(): MetricDescription[] {
  return [...METRICS.values()].map(({ evaluation: _evaluation, domain: _domain, ...metric }) => metric);
}
