/** Alerts: rules on metrics, their incidents, and what would have fired. See README.md. */
export { listIncidents } from "./incidents/list-incidents";
