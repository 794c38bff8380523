/** Anomalies: what is unusual without a rule. See README.md. */
export { judgeAnomaly, listAnomalies } from "./list-anomalies";
export { ANOMALY_SEEKER, claimScan, searchAnomalies } from "./search-anomalies";
