/** Notifications: an outbox, routes, channels, and one effect per transition. See README.md. */
export { enqueueNotification } from "./enqueue-notification";
export type { Notification, Severity } from "./schemas";
