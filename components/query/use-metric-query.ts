"use client";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { MetricQuery, MetricResult } from "@/lib/metrics/schemas";
import { callApi, type ApiError } from "./api-error";
import { refreshIntervalMs } from "./refresh-interval";

interface UseMetricQueryOptions {
  /** Ask a range of up to a day this often: for the few numbers in which a person waits for their own event. */
  fastestMs?: number;
}

/**
 * Ask the metric engine. Null asks nothing. Ranges that end now refresh by themselves while the tab is visible; the last
 * answer to the same question stays on screen while a new range loads.
 */
export function useMetricQuery(
  query: MetricQuery | null,
  { fastestMs }: UseMetricQueryOptions = {},
): UseQueryResult<MetricResult, ApiError> {
  return useQuery<MetricResult, ApiError>({
    queryKey: ["metrics", query],
    enabled: query !== null,
    queryFn: ({ signal }) =>
      callApi<MetricResult>("/api/v1/query", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(query),
        signal,
      }),
    refetchInterval: () => (query ? refreshIntervalMs(query, Date.now(), fastestMs) : false),
    placeholderData: (previous, previousQuery) =>
      sameShape(previousQuery?.queryKey[1] as MetricQuery | null | undefined, query) ? previous : undefined,
  });
}

/** An old answer may only stand in for one with the same columns. */
function sameShape(a: MetricQuery | null | undefined, b: MetricQuery | null): boolean {
  if (!a || !b) return false;
  return a.metrics.join() === b.metrics.join() && (a.groupBy ?? []).join() === (b.groupBy ?? []).join() && a.grain === b.grain;
}
