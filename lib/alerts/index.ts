/** Alerts: rules on metrics, their incidents, and what would have fired. See README.md. */
export { readBacktest } from "./backtest/read-backtest";
export { evaluateRule } from "./evaluate/evaluate-rule";
export { actOnIncident } from "./incidents/act-on-incident";
export { commentIncident } from "./incidents/comment-incident";
export { getIncident } from "./incidents/get-incident";
export { listIncidentMarks } from "./incidents/list-marks";
export { listIncidents } from "./incidents/list-incidents";
export { createRule } from "./rules/create-rule";
export { getRule, listRules } from "./rules/read-rules";
export { switchRule } from "./rules/switch-rule";
export { updateRule } from "./rules/update-rule";
export { recordSignals } from "./signals/store";
export { dueRules, readLagMs } from "./store/evaluation";
export { exportRules, importRules } from "./yaml/import-rules";
