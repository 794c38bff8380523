import { SERIES_DIMENSIONS, type SeriesDimension } from "@/lib/telemetry/event";

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Dimension → column, the same in telemetry.series and telemetry.event. */
export const DIMENSION_COLUMN = Object.fromEntries(SERIES_DIMENSIONS.map((name) => [name, snake(name)])) as Record<
  SeriesDimension,
  string
>;

/** Values beyond a dimension's cardinality budget, and groups beyond a query's limit. */
export const OTHER = "(other)";
