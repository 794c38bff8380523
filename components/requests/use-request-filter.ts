"use client";
import { parseAsArrayOf, parseAsFloat, parseAsString, parseAsStringLiteral, useQueryStates, type inferParserType } from "nuqs";
import { useMemo } from "react";
import { useFilters, type Filters } from "@/components/filters/use-filters";
import { PRICING_STATES } from "@/lib/telemetry/event";
import { REQUEST_FLAGS, REQUEST_ROWS } from "@/lib/telemetry/requests/params";
import type { RequestFilterInput } from "@/lib/telemetry/requests/schemas";

/** In the address: `?sort=slowest`. */
const SORTS = ["newest", "costliest", "slowest"] as const;
export type SortWord = (typeof SORTS)[number];
const SORT_OF: Record<SortWord, "recent" | "cost" | "latency"> = { newest: "recent", costliest: "cost", slowest: "latency" };

const optionParsers = {
  rows: parseAsStringLiteral(REQUEST_ROWS).withDefault("requests"),
  sort: parseAsStringLiteral(SORTS).withDefault("newest"),
  pricing: parseAsArrayOf(parseAsStringLiteral(PRICING_STATES)).withDefault([]),
  flags: parseAsArrayOf(parseAsStringLiteral(REQUEST_FLAGS)).withDefault([]),
  minCost: parseAsString,
  minLatency: parseAsFloat,
  q: parseAsString,
};

export type RequestOptions = inferParserType<typeof optionParsers>;
/** null puts the default back. */
export type SetRequestOptions = (changes: { [K in keyof RequestOptions]?: RequestOptions[K] | null }) => Promise<unknown>;

/** The address bar → what the API is asked. Range and dimensions are those of every other page. */
export function useRequestFilter() {
  const filters = useFilters();
  const [options, setOptions] = useQueryStates(optionParsers, { history: "push" });
  const query = useMemo(() => toQuery(filters, options), [filters, options]);
  return { filters, options, setOptions, query };
}

const DOLLARS = /^\d{1,9}(\.\d{1,9})?$/;

function toQuery({ from, to, filters }: Pick<Filters, "from" | "to" | "filters">, options: RequestOptions): RequestFilterInput {
  return {
    from,
    to,
    dimensions: Object.fromEntries(filters.map(({ dimension, in: values }) => [dimension, values])),
    rows: options.rows,
    sort: SORT_OF[options.sort],
    pricing: options.pricing,
    flags: options.flags,
    // A half-typed amount in a shared link is left out rather than refused.
    ...(options.minCost && DOLLARS.test(options.minCost) ? { minCostUsd: options.minCost } : {}),
    ...(options.minLatency === null ? {} : { minLatencyMs: options.minLatency }),
    ...(options.q?.trim() ? { q: options.q.trim() } : {}),
  };
}
