/** Metrics: one catalogue, exact rollups, one query. See README.md. */
export { applyNodeRollups } from "./apply-node-rollups";
export { applyRollups } from "./apply-rollups";
export { correctRollups } from "./correct-rollups";
export { buildRollupDeltas } from "./build-deltas";
export type { NodeReading } from "./node-measures";
export { runQuery } from "./run-query";
export { exportQuery } from "./export-query";
export { queryParquet } from "./query-parquet";
export { listMetrics } from "./list-metrics";
export { rebuildDays } from "./rebuild-days";
export { runWindows } from "./run-windows";
export type { Window } from "./run-windows";
