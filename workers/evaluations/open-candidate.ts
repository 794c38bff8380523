/** How an engine that runs nowhere yet comes to run for an evaluation. The demo has one way: workers/simulator/golden. */
export interface OpenedCandidate {
  baseUrl: string;
  model: string;
  close(): Promise<void>;
}

/** Rejects with the engine's own words when it cannot run. */
export type OpenCandidate = (edit: { pool: string | null; settings: Record<string, unknown> }) => Promise<OpenedCandidate>;
