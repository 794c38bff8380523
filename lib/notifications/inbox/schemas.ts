/** The inbox: what happened, in the console, whether or not there is a channel. Pure. */
import { z } from "zod";
import type { IncidentState, Severity } from "../schemas";

export const inboxQuerySchema = z.strictObject({
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
});
/** Everything up to this one. */
export const markReadSchema = z.strictObject({ upTo: z.string().regex(/^\d{1,18}$/) });

export interface InboxEntry {
  id: string;
  source: string;
  severity: Severity;
  incidentState: IncidentState | null;
  title: string;
  body: string;
  path: string;
  facts: { label: string; value: string }[];
  at: string;
  read: boolean;
  /** Somebody silenced it, or something bigger was known. */
  quiet: boolean;
}

export interface InboxView {
  entries: InboxEntry[];
  /** Of the last 30 days, without quiet ones. */
  unread: number;
  next: string | null;
}
