"use client";
import { useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import type { Dimension, MetricFilter, MetricQuery } from "@/lib/metrics/schemas";
import { useWorkspace } from "@/components/layout/workspace";
import {
  filterParsers,
  serializeFilters,
  toMetricFilters,
  type CompareMode,
  type FilterChanges,
  type FilterValues,
} from "./filter-state";
import { useMinute } from "./now";
import { chartGrain, resolveRange, type ChartGrain, type RangePreset } from "./range";

export interface Filters {
  range: RangePreset;
  /** ISO, inclusive. */
  from: string;
  /** ISO, exclusive. */
  to: string;
  /** The range ends now. */
  live: boolean;
  compare: CompareMode;
  /** For the `compare` of a metric query; undefined when comparison is off. */
  compareQuery: MetricQuery["compare"];
  filters: MetricFilter[];
  /** Buckets that suit the range. */
  grain: ChartGrain;
  /** Everything a metric query needs but `metrics`: `useMetricQuery({...base, metrics: ["cost_usd"]})`. */
  base: Pick<MetricQuery, "from" | "to" | "filters" | "compare">;
  values: FilterValues;
  setRange: (range: RangePreset | { from: string; to: string }) => void;
  setCompare: (compare: CompareMode | { from: string; to: string }) => void;
  /** An empty list removes the filter. A step of its own in the history, so that Back undoes it. */
  setFilter: (dimension: Dimension, values: readonly string[]) => void;
  /** Several filters in one step. */
  addFilters: (filters: Partial<Record<Dimension, readonly string[]>>) => void;
  clear: () => void;
  /** A link to another page with the same range and filters, changed by `changes`. */
  href: (path: string, changes?: Partial<Record<Dimension, readonly string[]>>) => string;
}

const push = { history: "push" } as const;

/** The filter bar's state. The address bar is the only place where it lives. */
export function useFilters(): Filters {
  const [state, setState] = useQueryStates(filterParsers, push);
  const values = state as FilterValues;
  const set = setState as (changes: FilterChanges | null) => Promise<unknown>;
  const { timeZone } = useWorkspace();
  const minute = useMinute();

  const setRange = useCallback<Filters["setRange"]>(
    (range) =>
      void set(
        typeof range === "string"
          ? { range, from: null, to: null }
          : { range: "absolute", from: new Date(range.from), to: new Date(range.to) },
      ),
    [set],
  );
  const setCompare = useCallback<Filters["setCompare"]>(
    (compare) =>
      void set(
        typeof compare === "string"
          ? { compare, compareFrom: null, compareTo: null }
          : { compare: "custom", compareFrom: new Date(compare.from), compareTo: new Date(compare.to) },
      ),
    [set],
  );
  const addFilters = useCallback<Filters["addFilters"]>((filters) => void set(asChanges(filters)), [set]);
  const setFilter = useCallback<Filters["setFilter"]>((dimension, chosen) => addFilters({ [dimension]: chosen }), [addFilters]);
  const clear = useCallback(
    () => void set(Object.fromEntries(toMetricFilters(values).map(({ dimension }) => [dimension, null]))),
    [set, values],
  );

  return useMemo(() => {
    const range = resolveRange(
      values.range,
      { from: values.from?.toISOString() ?? null, to: values.to?.toISOString() ?? null },
      minute,
      timeZone,
    );
    const filters = toMetricFilters(values);
    const compareQuery = asCompareQuery(values);
    return {
      range: values.range,
      ...range,
      compare: values.compare,
      compareQuery,
      filters,
      grain: chartGrain(range),
      base: { from: range.from, to: range.to, filters, ...(compareQuery ? { compare: compareQuery } : {}) },
      values,
      setRange,
      setCompare,
      setFilter,
      addFilters,
      clear,
      href: (path, changes) => serializeFilters(path, { ...values, ...asChanges(changes ?? {}) }),
    };
  }, [values, minute, timeZone, setRange, setCompare, setFilter, addFilters, clear]);
}

function asChanges(filters: Partial<Record<Dimension, readonly string[]>>): FilterChanges {
  return Object.fromEntries(
    Object.entries(filters).map(([dimension, chosen]) => [dimension, chosen && chosen.length > 0 ? [...chosen] : null]),
  );
}

function asCompareQuery(values: FilterValues): MetricQuery["compare"] {
  if (values.compare === "off") return undefined;
  if (values.compare !== "custom") return values.compare;
  if (!values.compareFrom || !values.compareTo || values.compareFrom >= values.compareTo) return undefined;
  return { from: values.compareFrom.toISOString(), to: values.compareTo.toISOString() };
}
