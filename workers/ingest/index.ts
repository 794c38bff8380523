export { ingestEvents } from "./ingest-events";
export { startIngestWorker } from "./worker";
export type { IngestWorker } from "./worker";
export type { KindBatch, KindHandler } from "./kinds";
