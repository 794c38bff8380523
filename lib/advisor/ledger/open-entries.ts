import { appendAuditRaw } from "@/lib/audit/append";
import type { Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import type { PredictedSaving } from "@/lib/changes/schemas";
import { toNanoUsd } from "@/lib/money";
import type { SavingEstimate } from "./estimate";
import { estimateEdits } from "./estimate-saving";
import { usdOrNull } from "./usd-or-null";
import { changesToEstimate, saveEstimate } from "./store";

const AT_ONCE = 10;

const ofFinding = ({ lowUsd, highUsd, method }: PredictedSaving): SavingEstimate => ({
  lowNanoUsd: toNanoUsd(lowUsd),
  highNanoUsd: toNanoUsd(highUsd),
  basis: `The finding that it came from: ${method}`,
});

/**
 * Every change gets its estimate and its price list when it was drafted, and a new one when it was edited. How many were
 * written; 0: there was none to write.
 */
export async function openEntries(ctx: Ctx): Promise<number> {
  let written = 0;
  for (const change of await changesToEstimate(ctx.db, AT_ONCE)) {
    // Of a change that was edited, the prices of its edit; it is looked at within seconds.
    const pricesAt = ctx.now;
    const estimate = change.predicted ? ofFinding(change.predicted) : await estimateEdits(ctx, change.edits, pricesAt);
    const saved = await withTransaction(ctx.db.pool, async (client) => {
      if (!(await saveEstimate(client, change, estimate, { pricesAt, now: ctx.now }))) return false;
      const { lowNanoUsd, highNanoUsd, basis } = estimate;
      const data = { lowUsd: usdOrNull(lowNanoUsd), highUsd: usdOrNull(highNanoUsd), basis, pricesAt: pricesAt.toISOString() };
      await appendAuditRaw(client, ctx, { action: "ledger.estimate", subject: `change:${change.id}`, data });
      return true;
    });
    if (saved) written += 1;
  }
  return written;
}
