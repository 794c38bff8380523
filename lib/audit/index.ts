export { appendAudit, appendAuditRaw } from "./append";
