/** What pages, the API and the CSV say of savings. Money is decimal text of US dollars. */
import { z } from "zod";
import { previewChangeSchema } from "@/lib/changes/schemas";
import type { ChangeStatus } from "@/lib/changes/request/machine";
import type { Standing } from "./decay";
import type { Method } from "./windows";

export const estimateSchema = z.strictObject({ edits: previewChangeSchema.shape.edits });
export type EstimateRequest = z.input<typeof estimateSchema>;

export const ledgerFilterSchema = z.strictObject({
  change: z.uuid().optional().describe("Of this change only"),
  standing: z.enum(["waiting", "unproven", "saving", "loss", "evaporated"]).optional(),
});
export type LedgerFilter = z.input<typeof ledgerFilterSchema>;

export interface EstimateView {
  /** Of 30 days; null: nothing can be said beforehand. */
  lowUsd: string | null;
  highUsd: string | null;
  basis: string;
  /** The prices that it is worked out with, and that what is measured is held against. */
  pricesAt: string;
}

export interface MeasurementView {
  from: string;
  to: string;
  method: Method;
  final: boolean;
  savingUsd: string | null;
  lowUsd: string | null;
  highUsd: string | null;
  bookedUsd: string;
  share: number | null;
  lowShare: number | null;
  highShare: number | null;
  treatedSuccesses: number;
  controlSuccesses: number;
  /** Requests that count for a later change. */
  owned: number;
  /** Why there is no result, or what it is worth. */
  note: string | null;
}

export interface LedgerRow {
  changeId: string;
  number: number;
  title: string;
  status: ChangeStatus;
  startedAt: string | null;
  /** The finding that it was drafted from; null: somebody thought of it. */
  findingId: string | null;
  estimate: EstimateView;
  standing: Standing;
  /** Sums over its measurements; null while there is none. */
  savingUsd: string | null;
  lowUsd: string | null;
  highUsd: string | null;
  bookedUsd: string;
  /** The newest measurement with a result. */
  newest: MeasurementView | null;
  /** Oldest first. */
  measurements: MeasurementView[];
}

export interface LedgerView {
  /** Newest change first. */
  rows: LedgerRow[];
  /** Over the rows: dollars that were surely saved. */
  totals: { bookedUsd: string; savingUsd: string; estimatedLowUsd: string; estimatedHighUsd: string };
}
