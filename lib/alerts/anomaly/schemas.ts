/** What is known of an anomaly, for pages and API. Pure. */
import { z } from "zod";
import type { Driver } from "@/lib/metrics/waterfall/drivers";

export const WATCHED = ["cost_usd", "error_rate", "retry_rate", "quality_rate"] as const;
export type Watched = (typeof WATCHED)[number];

/** One tenant × endpoint × model that was unlike itself; of quality one tenant × endpoint, model and provider empty. */
export interface AnomalyPart {
  tenant: string;
  endpoint: string;
  model: string;
  provider: string;
  /** Over its hours: what was, and what the same hours usually are. Dollars, or a share 0 … 1. */
  actual: number;
  expected: number;
  /** Money of it: more or less spent, or spent on what was worse than usual. */
  impactUsd: string;
  score: number;
}

/** Cost: the waterfall against the same hours a week before. Else null: the parts are the movers. */
export interface AnomalyCauses {
  drivers: { driver: Driver; usd: string }[];
  models: { provider: string; model: string; beforeUsd: string; afterUsd: string }[];
}

export interface AnomalyView {
  id: string;
  metric: Watched;
  direction: "up" | "down";
  from: string;
  to: string;
  /** The newest hour is in it: it may still go on. */
  ongoing: boolean;
  impactUsd: string;
  score: number;
  /** What all parts have in common, e.g. provider openai. */
  common: Partial<Record<"tenant" | "endpoint" | "model" | "provider", string>>;
  parts: AnomalyPart[];
  causes: AnomalyCauses | null;
  feedback: "expected" | "real" | null;
  feedbackBy: string | null;
  note: string | null;
}

export interface AnomalyList {
  /** Most money first. */
  items: AnomalyView[];
  /** All hours up to here were searched; null: none yet. */
  scannedTo: string | null;
}

export const feedbackSchema = z.strictObject({
  feedback: z.enum(["expected", "real"]).nullable().describe("null: taken back"),
  note: z.string().trim().max(500).default(""),
});
