export { appendAudit } from "./append";
