export { appendAudit } from "./append";
export type { AuditEntry } from "./append";
