/** Reading the audit log. Pure: the page and the API share it. */
import { z } from "zod";

export const listAuditSchema = z.strictObject({
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional()
    .describe("Only events older than this sequence number"),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  action: z.string().max(80).optional().describe("Exact action, or a noun: `user` finds user.create, user.update…"),
  subject: z.string().max(300).optional(),
  actor: z.string().max(200).optional().describe("Part of an actor's name, or an actor's id"),
});
export type ListAuditInput = z.input<typeof listAuditSchema>;

export interface AuditEventView {
  seq: string;
  at: string;
  actor: { kind: string; id: string; name: string };
  action: string;
  subject: string;
  data: unknown;
  hash: string;
}

export interface AuditPage {
  events: AuditEventView[];
  /** Give this as `before` to see older ones; null at the end. */
  next: string | null;
}

/** Sequence number and hash of the newest event: written down outside the database, it proves the past. */
export interface AuditHeadView {
  seq: string;
  hash: string;
}

export interface AuditVerdict {
  ok: boolean;
  checked: number;
  head: AuditHeadView;
  /** The first place where the chain does not hold. */
  broken?: { seq: string; reason: string };
}
