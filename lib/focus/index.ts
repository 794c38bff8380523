/** FOCUS: a month's charges as a cost and usage file of FinOps FOCUS, checked row by row. See README.md. */
export { focusChecker } from "./check-rows";
export type { FocusReceipt } from "./check-rows";
export { loadFocusMonth } from "./load-focus-month";
export type { StatementMatch } from "./load-focus-month";
export { focusCsvHeader, focusCsvLine } from "./write-csv";
export { focusParquet } from "./write-parquet";
