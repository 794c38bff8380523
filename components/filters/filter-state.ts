/** What the address bar holds, and back. Defaults are left out of it. */
import { createSerializer, parseAsArrayOf, parseAsIsoDateTime, parseAsString, parseAsStringLiteral } from "nuqs";
import { DIMENSIONS, type Dimension } from "@/lib/metrics/dimensions";
import type { MetricFilter } from "@/lib/metrics/schemas";
import { RANGE_PRESETS } from "./range";

const COMPARE_MODES = ["off", "previous", "last_week", "custom"] as const;
export type CompareMode = (typeof COMPARE_MODES)[number];

export const COMPARE_LABELS: Record<CompareMode, string> = {
  off: "No comparison",
  previous: "Previous period",
  last_week: "Same time last week",
  custom: "Custom period",
};

const dimensionParsers = Object.fromEntries(
  DIMENSIONS.map((dimension) => [dimension, parseAsArrayOf(parseAsString)]),
) as unknown as Record<Dimension, ReturnType<typeof parseAsArrayOf<string>>>;

export const filterParsers = {
  range: parseAsStringLiteral(RANGE_PRESETS).withDefault("24h"),
  from: parseAsIsoDateTime,
  to: parseAsIsoDateTime,
  compare: parseAsStringLiteral(COMPARE_MODES).withDefault("previous"),
  compareFrom: parseAsIsoDateTime,
  compareTo: parseAsIsoDateTime,
  ...dimensionParsers,
};

export type FilterValues = {
  range: (typeof RANGE_PRESETS)[number];
  from: Date | null;
  to: Date | null;
  compare: CompareMode;
  compareFrom: Date | null;
  compareTo: Date | null;
} & Record<Dimension, string[] | null>;

export type FilterChanges = { [K in keyof FilterValues]?: FilterValues[K] | null };

export const serializeFilters = createSerializer(filterParsers);

/** The `filters` of a metric query: only dimensions that are set. */
export function toMetricFilters(values: Pick<FilterValues, Dimension>): MetricFilter[] {
  return DIMENSIONS.flatMap((dimension) => {
    const chosen = values[dimension];
    return chosen && chosen.length > 0 ? [{ dimension, in: chosen }] : [];
  });
}
