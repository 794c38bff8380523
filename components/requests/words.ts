/** The words of requests, once. Pure. */
import type { RequestRow } from "@/lib/telemetry/requests/schemas";
import type { CostLine, PricingState, Status } from "@/lib/telemetry/event";

export const STATUS_LABEL: Record<Status, string> = {
  success: "Success",
  error: "Error",
  timeout: "Timeout",
  oom: "Out of memory",
  rate_limited: "Rate limited",
  cancelled: "Cancelled",
};

export const METER_LABEL: Record<CostLine["meter"], string> = {
  input: "Input",
  cacheRead: "Cached input",
  cacheWrite5m: "Cache write, 5 min",
  cacheWrite1h: "Cache write, 1 h",
  output: "Output",
  audioIn: "Audio in",
  audioOut: "Audio out",
  image: "Images",
  request: "Request fee",
};

export const PRICING_LABEL: Record<PricingState, string> = { priced: "Priced", free: "Free by rule", unpriced: "Unpriced" };

/** "semantic hit", "exact miss"; null when no cache was asked. */
export function cacheWords({ cacheLayer, cacheHit }: Pick<RequestRow, "cacheLayer" | "cacheHit">): string | null {
  return cacheLayer === "none" ? null : `${cacheLayer} ${cacheHit ? "hit" : "miss"}`;
}

/** "gpt-4o → gpt-4o-mini" when another model served than was asked for. */
export function modelWords({ modelRequested, modelServed }: Pick<RequestRow, "modelRequested" | "modelServed">): string {
  return modelRequested === modelServed ? modelServed : `${modelRequested} → ${modelServed}`;
}

export const requestHref = (row: Pick<RequestRow, "requestId" | "tenant">): string =>
  `/requests/${encodeURIComponent(row.requestId)}?tenant=${encodeURIComponent(row.tenant)}`;

/** Exact dollars, every digit: the amount of a line is a whole number of nano-dollars. */
export function exactUsd(usd: string): string {
  const [whole = "0", fraction = ""] = usd.split(".");
  return `$${Number(whole).toLocaleString("en-US")}.${fraction.padEnd(2, "0")}`;
}
