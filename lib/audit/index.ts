export { appendAudit, chainHash } from "./append";
export type { AuditEntry, ChainedEvent } from "./append";
