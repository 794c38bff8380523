/** Managing prices: books, rules, GPU rates, what has no price, and which rule a call meets. See ../README.md. */
export { createRule } from "./create-rule";
export { listGpuRates, setGpuRate } from "./gpu-rates";
export { importLitellm } from "./import-litellm";
export { listRules } from "./list-rules";
export { listUnpriced } from "./list-unpriced";
export { testMatch } from "./test-match";
export { withdrawRule } from "./withdraw-rule";
