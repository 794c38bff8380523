/** Findings: what could be saved, ranked, and what became of it. See ../README.md. */
export { actOnFinding } from "./act-on-finding";
export { getFinding, listFindings } from "./list-findings";
export { runNext } from "./run-advisor";
export { startDailyRun, startRun } from "./start-run";
