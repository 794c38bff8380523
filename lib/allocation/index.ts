/** Allocation: who pays for which GPU hour. See README.md. */
export { allocatePending, findHours } from "./allocate-pending";
export { createTerm, listTerms, withdrawTerm } from "./change-terms";
export { listAllocations } from "./list-allocations";
export { readAllocationState, readCostLines, readPoolFacts } from "./store";
