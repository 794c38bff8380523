/** Which requests are behind a number: the same range and filters, narrowed to what the number counts. Pure. */
import type { Filters } from "@/components/filters/use-filters";
import type { Dimension } from "@/lib/metrics/schemas";

const FAILED = ["error", "timeout", "oom", "rate_limited"];

const STATUS: Readonly<Record<string, readonly string[]>> = {
  errors: FAILED,
  error_rate: FAILED,
  timeouts: ["timeout"],
  timeout_rate: ["timeout"],
  ooms: ["oom"],
  oom_rate: ["oom"],
  rate_limited: ["rate_limited"],
  successes: ["success"],
};

/** Further parameters of the request list. */
const EXTRA: Readonly<Record<string, string>> = {
  retry_rate: "rows=attempts&flags=retry",
  retries: "rows=attempts&flags=retry",
  duplicate_rate: "flags=duplicate",
  duplicates: "flags=duplicate",
};
const SLOWEST_FIRST = "sort=slowest";
const isDuration = (metric: string) => /^(latency|ttft|queue)_/.test(metric);

/** "" (not set) and "(other)" are no values that a list can be filtered by. */
const canFilter = (value: string) => value !== "" && value !== "(other)";

export function requestsBehind(
  filters: Pick<Filters, "href">,
  metric: string,
  where: Partial<Record<Dimension, string>> = {},
): string {
  const narrowed = Object.fromEntries(
    Object.entries(where).flatMap(([key, value]) => (canFilter(value) ? [[key, [value]]] : [])),
  );
  const status = STATUS[metric];
  const path = filters.href("/requests", { ...narrowed, ...(status ? { status } : {}) });
  const extra = EXTRA[metric] ?? (isDuration(metric) ? SLOWEST_FIRST : undefined);
  return extra ? `${path}${path.includes("?") ? "&" : "?"}${extra}` : path;
}
