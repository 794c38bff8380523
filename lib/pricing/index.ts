/** Pricing: price books, what a request costs, what a GPU costs, and why. See README.md. */
export { explainRequest } from "./explain-request";
export { listPriceChanges } from "./list-price-changes";
export { frozenPriceBook } from "./frozen-book";
export { loadPriceBook } from "./load";
export { isEffective } from "./book";
export { readRuleBooks } from "./store";
export { rateUsage, isGatewayHit } from "./rate";
export { seedBasePriceBook } from "./seed";
export type { TenantWork } from "./allocate";
export { gpuSampleCost } from "./gpu";
export { loadGpuRates } from "./gpu-rates";
export type { Explanation } from "./explain";
export type { PriceBook } from "./book";
export type { GpuRates } from "./gpu-rates";
