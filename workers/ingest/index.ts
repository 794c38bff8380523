export { ingestEvents } from "./ingest-events";
export { startIngestWorker } from "./worker";
export type { IngestWorker } from "./worker";
