/** The filter as an address, and back. Apart from the schemas, so that the page does not load zod for it. */
import { SERIES_DIMENSIONS } from "../event";
import type { RequestFilterInput } from "./schemas";

/** What requests are filtered by: the dimensions of the metric catalogue. */
export const REQUEST_DIMENSIONS = [...SERIES_DIMENSIONS, "cacheOutcome", "status", "errorClass"] as const;
export type RequestDimension = (typeof REQUEST_DIMENSIONS)[number];

/** `requests`: one row a request, its final event. `attempts`: every event, retries and mirrored traffic too. */
export const REQUEST_ROWS = ["requests", "attempts"] as const;
export const REQUEST_SORTS = ["recent", "cost", "latency"] as const;
export type RequestSort = (typeof REQUEST_SORTS)[number];
export const REQUEST_FLAGS = ["retry", "duplicate", "fallback"] as const;

const SCALARS = ["from", "to", "rows", "minCostUsd", "minLatencyMs", "q", "sort", "cursor", "limit"] as const;
const LISTS = ["pricing", "flags"] as const;

/** From `?tenant=acme&tenant=globex&sort=cost`. Unknown names are refused, so that a typo never means "everything". */
export function requestFilterOf(params: URLSearchParams): unknown {
  const input: Record<string, unknown> = {};
  const dimensions: Record<string, string[]> = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    if ((REQUEST_DIMENSIONS as readonly string[]).includes(name)) dimensions[name] = values;
    else if ((LISTS as readonly string[]).includes(name)) input[name] = values;
    else if ((SCALARS as readonly string[]).includes(name) ? values[0] !== "" : true) input[name] = values[0];
  }
  return { ...input, dimensions };
}

/** The inverse of `requestFilterOf`. */
export function requestFilterParams(filter: RequestFilterInput): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of SCALARS) if (filter[name] !== undefined) params.set(name, String(filter[name]));
  for (const name of LISTS) for (const value of filter[name] ?? []) params.append(name, value);
  for (const [dimension, values] of Object.entries(filter.dimensions ?? {})) {
    for (const value of values ?? []) params.append(dimension, value);
  }
  return params;
}
