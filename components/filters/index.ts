export { dimensionLabel, dimensionValueLabel } from "./dimension-label";
export { FilterBar } from "./filter-bar";
export { useFilters } from "./use-filters";
