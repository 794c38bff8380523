/** The delivery log as people read it. Pure. */
import { z } from "zod";
import { pagePath, type ChannelKind, type Severity } from "../schemas";

export const DELIVERY_STATUSES = ["queued", "sending", "delivered", "failed", "cancelled"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const deliveriesQuerySchema = z.strictObject({
  channel: z.uuid().optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
  about: pagePath.optional().describe("The page of the console that its notifications are about"),
  /** The id of the last one that is known. */
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
});

export interface DeliveryView {
  id: string;
  seq: string;
  channelId: string | null;
  channel: string;
  kind: ChannelKind;
  cause: string;
  title: string;
  severity: Severity;
  status: DeliveryStatus;
  attempts: number;
  nextAttemptAt: string | null;
  answer: string | null;
  createdAt: string;
  endedAt: string | null;
}

/** A notification and whom it reached: for those who may see what it is about, admin or not. */
export interface ToldView {
  id: string;
  kind: string;
  at: string;
  deliveries: Pick<DeliveryView, "id" | "channel" | "kind" | "cause" | "status" | "attempts" | "createdAt" | "endedAt">[];
  /** Why a route tells nobody, or nobody yet. */
  held: { waiting: boolean; reason: string | null }[];
}

export interface DeliveryDetail extends DeliveryView {
  messageId: string;
  payload: string | null;
  requestedBy: string | null;
  notifications: { id: string; title: string; path: string; at: string }[];
  tries: {
    number: number;
    startedAt: string;
    endedAt: string | null;
    outcome: string | null;
    statusCode: number | null;
    answer: string | null;
  }[];
}
