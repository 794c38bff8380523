/** LiteLLM in: its callback and its spend logs become usage events. See README.md. */
export { groupAttempts } from "./group-attempts";
export { litellmMappingSchema, parseLitellmMapping } from "./mapping";
export { readBodyItems } from "./read-body-items";
export { readCall } from "./read-call";
export type { LitellmCall } from "./read-call";
export { receiveLitellm } from "./receive";
export * from "./store";
export { eventIdOf, toEvent } from "./to-event";
export { withoutContent } from "./without-content";
