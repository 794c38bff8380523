/** Pricing: price books, what a request costs, what a GPU costs, and why. See README.md. */
export { explainCost } from "./explain";
export { loadPriceBook } from "./load";
export { rateUsage, isGatewayHit } from "./rate";
export { seedBasePriceBook } from "./seed";
export { gpuSampleCost } from "./gpu";
export { canonicalGpuType, loadGpuRates } from "./gpu-rates";
export type { ChargedEvent, ExplainedLine, Explanation } from "./explain";
export type { PriceBook } from "./book";
export type { GpuSample, GpuSampleCost } from "./gpu";
export type { GpuRates } from "./gpu-rates";
export type { PriceRule, RuleMatch, RulePrices } from "./schemas";
