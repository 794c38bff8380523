/**
 * How Node starts workers/main.ts. A transaction's thousands of events live for some 200 ms: a young generation that
 * holds them is cheaper than promoting each batch.
 */
export const WORKERS_PROGRAM = ["--max-semi-space-size=64", "--import", "tsx", "workers/main.ts"] as const;
