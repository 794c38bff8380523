/** Savings of changes: estimated when drafted, measured from their own rollout, re-measured every week. See README.md. */
export { estimateSaving } from "./estimate-saving";
export { exportLedger } from "./export-ledger";
export { listEvaporated } from "./list-evaporated";
export { listLedger } from "./list-ledger";
export { measureDue } from "./measure-due";
export { openEntries } from "./open-entries";
