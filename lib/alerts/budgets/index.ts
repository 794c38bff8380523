/** Budgets: what a scope may spend in a period. See README.md. */
export { archiveBudget } from "./archive-budget";
export { createBudget } from "./create-budget";
export { draftOwedChange } from "./draft-change";
export { BUDGET_KEEPER, evaluateBudget } from "./evaluate-budget";
export { getBudget, listBudgets } from "./list-budgets";
export { previewBudget } from "./preview-budget";
export { readCaps } from "./read-caps";
export { updateBudget } from "./update-budget";
