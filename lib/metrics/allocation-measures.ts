/** What of an allocated hour adds up: what tenants have of it (telemetry.gpu_allocation), and what is left. */
export const ALLOCATED_COLUMN: Record<string, string> = {
  alloc_busy_nano: "busy_nano",
  alloc_idle_nano: "idle_nano",
  alloc_other_nano: "other_nano",
  alloc_gpu_ms: "busy_gpu_ms",
  alloc_requests: "requests",
  alloc_uncached: "uncached_tokens",
  alloc_cached: "cached_tokens",
  alloc_decode: "decode_tokens",
  alloc_energy_mj: "energy_mj",
  alloc_carbon_mg: "carbon_mg",
};
/** Columns of telemetry.gpu_pool_hour. */
export const UNALLOCATED_COLUMN: Record<string, string> = {
  rest_busy_nano: "unallocated_busy_nano",
  rest_idle_nano: "unallocated_idle_nano",
  rest_other_nano: "unallocated_other_nano",
};
