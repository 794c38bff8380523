import type { Ctx } from "@/lib/auth/actor";
import { listLedger } from "./list-ledger";
import type { LedgerRow } from "./schemas";

export interface EvaporatedSaving extends Pick<LedgerRow, "changeId" | "number" | "title"> {
  /** What it surely saved at first, and what it saves at most now, of what the requests would have cost. */
  firstLowShare: number;
  nowHighShare: number;
  /** The stretch that showed it. */
  measured: { from: string; to: string };
}

/** Savings that are surely less than half of what they were at first: each is worth a finding. */
export async function listEvaporated(ctx: Ctx): Promise<EvaporatedSaving[]> {
  const { rows } = await listLedger(ctx, { standing: "evaporated" });
  return rows.flatMap(({ changeId, number, title, measurements, newest }) => {
    const first = measurements.find(({ lowShare }) => (lowShare ?? 0) > 0);
    if (!first || newest?.highShare == null) return [];
    const { from, to, highShare } = newest;
    return [{ changeId, number, title, firstLowShare: first.lowShare!, nowHighShare: highShare, measured: { from, to } }];
  });
}
