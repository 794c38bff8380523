export { dimensionLabel, dimensionValueLabel } from "./dimension-label";
export { FilterBar } from "./filter-bar";
export { chartGrain } from "./range";
export type { ChartGrain } from "./range";
export { useFilters } from "./use-filters";
export type { Filters } from "./use-filters";
