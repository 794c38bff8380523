/** Statements: what each tenant owes for a month, to the cent. See README.md. */
export { moveStatement } from "./move-statement";
export { getMonth, getStatement, readStatementLines } from "./read-statements";
export { statementCsv } from "./statement-csv";
export { loadLiveMonth } from "./build-content";
export { periodOfMonth, rateDayOf, stateOf } from "./month";
export { readPoolCosts } from "./read-pool-costs";
export { lockedTenants, readLockedTotals } from "./store";
