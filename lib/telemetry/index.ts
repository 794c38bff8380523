/** Telemetry: what senders say about each call, checked, normalised, queued and stored once. See README.md. */
export { acceptUsage } from "./accept-usage";
export { contentHashOf, hash64 } from "./content-hash";
export { decodeEvents } from "./event-codec";
export { enqueueBatch, INGEST_QUEUE, ingestJobSchema, ingestQueue, jobText, requireRoomInQueue } from "./job";
export type { IngestBatch, IngestJob, JobKind } from "./job";
export { readNativeEvent, toNativeEvent } from "./normalise";
export type { Door } from "./normalise";
export { readBatch } from "./read-batch";
export { readBody } from "./read-body";
export { nativeEventSchema, usageAnswerSchema, usageBatchSchema, USAGE_LIMITS } from "./schemas";
export type { ItemResult, NativeEvent, UsageAnswer } from "./schemas";
export * from "./store";
