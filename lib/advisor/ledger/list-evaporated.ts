import type { Ctx } from "@/lib/auth/actor";
import type { PolicyEdit } from "@/lib/changes/schemas";
import { listLedger } from "./list-ledger";
import type { LedgerRow } from "./schemas";
import { readEdits } from "./store";

export interface EvaporatedSaving extends Pick<LedgerRow, "changeId" | "number" | "title"> {
  /** What it surely saved at first, and between what it saves now, of what the requests would have cost. */
  firstLowShare: number;
  nowLowShare: number;
  nowHighShare: number;
  /** The stretch that showed it. */
  measured: { from: string; to: string };
  edits: Pick<PolicyEdit, "kind" | "scope" | "document">[];
}

/** Savings that are surely less than half of what they were at first: each is worth a finding. */
export async function listEvaporated(ctx: Ctx): Promise<EvaporatedSaving[]> {
  const { rows } = await listLedger(ctx, { standing: "evaporated" });
  const edits = await readEdits(
    ctx.db,
    rows.map(({ changeId }) => changeId),
  );
  return rows.flatMap(({ changeId, number, title, measurements, newest }) => {
    const first = measurements.find(({ lowShare }) => (lowShare ?? 0) > 0);
    if (!first || newest?.lowShare == null || newest.highShare === null) return [];
    const { from, to, lowShare, highShare } = newest;
    return [
      {
        changeId,
        number,
        title,
        firstLowShare: first.lowShare!,
        nowLowShare: lowShare,
        nowHighShare: highShare,
        measured: { from, to },
        edits: edits.get(changeId) ?? [],
      },
    ];
  });
}
