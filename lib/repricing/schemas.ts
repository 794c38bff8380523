/** What repricing takes and answers. Pure: pages import the types. */
import { z } from "zod";

const instant = z.iso.datetime({ offset: true });
const name = z.string().trim().min(1).max(200);

export const createRepricingSchema = z
  .strictObject({
    from: instant.describe("Inclusive"),
    to: instant.describe("Exclusive"),
    tenant: name.nullable().default(null).describe("Only this tenant"),
    provider: name.nullable().default(null).describe("Only this provider, as senders write it"),
    model: name.nullable().default(null).describe("Only what this model served"),
    note: name.describe("Why"),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], error: "must be after `from`" });

/** `apply` asks, begins, or approves what another admin asked for: see README.md. */
export const moveRepricingSchema = z.strictObject({ action: z.enum(["apply", "cancel"]) });

export const STATUSES = ["counting", "ready", "awaiting_approval", "applying", "done", "cancelled", "outdated"] as const;
export type RepricingStatus = (typeof STATUSES)[number];

export interface RepricingView {
  id: string;
  status: RepricingStatus;
  statusReason: string | null;
  from: string;
  to: string;
  tenant: string | null;
  provider: string | null;
  model: string | null;
  note: string;
  /** Events of the period; null until they are counted. */
  events: number | null;
  /** Events that the walk at hand (dry run or application) has passed. */
  scanned: number;
  changed: number;
  oldUsd: string;
  newUsd: string;
  movedUsd: string;
  thresholdUsd: string;
  applied: number;
  appliedDeltaUsd: string;
  createdAt: string;
  createdBy: string;
  requestedBy: string | null;
  approvedBy: string | null;
  endedAt: string | null;
}

export interface DiffRow {
  key: string;
  changed: number;
  newlyPriced: number;
  newlyUnpriced: number;
  oldUsd: string;
  newUsd: string;
  deltaUsd: string;
}
export interface RepricingDetails extends RepricingView {
  diff: Record<"tenant" | "model" | "day", DiffRow[]>;
}
