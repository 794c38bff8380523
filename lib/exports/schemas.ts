/** What exports take and answer. Pure: pages import the types. */
import { z } from "zod";
import { FOCUS_VERSIONS } from "@/lib/focus/columns";
import type { FocusReceipt, StatementMatch } from "@/lib/focus";
import { metricQuerySchema } from "@/lib/metrics/schemas";
import { monthSchema } from "@/lib/statements/schemas";
import { requestFilterSchema } from "@/lib/telemetry/requests/schemas";

export const createExportSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("focus"),
    month: monthSchema,
    version: z.enum(FOCUS_VERSIONS).default("1.4"),
    format: z.enum(["csv", "parquet"]).default("csv"),
  }),
  z.strictObject({ kind: z.literal("metrics"), query: metricQuerySchema, format: z.enum(["csv", "parquet"]).default("csv") }),
  z.strictObject({ kind: z.literal("requests"), filter: requestFilterSchema, format: z.literal("csv").default("csv") }),
]);
export type ExportParams = z.output<typeof createExportSchema>;

export const EXPORT_STATUSES = ["queued", "running", "done", "failed", "cancelled", "expired"] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

/** What was checked on the way, and what the file adds up to. */
export interface ExportReceipt {
  file: string;
  sha256: string;
  bytes: number;
  rows: number;
  madeAt: string;
  currency: string;
  rate: string;
  rateDay: string | null;
  check: FocusReceipt;
  statement: StatementMatch;
  /** Days of which charges are missing; empty: the month is whole. */
  missingDays: string[];
}

export interface ExportView {
  id: string;
  kind: ExportParams["kind"];
  params: ExportParams;
  status: ExportStatus;
  reason: string | null;
  done: number;
  total: number | null;
  fileName: string | null;
  bytes: number;
  /** Rules broken, when the file was checked: 0 is a pass. */
  failures: number | null;
  /** Whether the file's totals are those of the statements. */
  matchesStatement: boolean | null;
  owner: string;
  createdAt: string;
  endedAt: string | null;
  expiresAt: string | null;
}
