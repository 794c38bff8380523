import { appendAuditRaw } from "@/lib/audit/append";
import type { Ctx } from "@/lib/auth/actor";
import { frozenPriceBook, rateUsage, type PriceBook } from "@/lib/pricing";
import { cellsOf } from "./cells";
import { bookedOf, measureSaving } from "./measure";
import {
  readEvents,
  readFinalWindows,
  saveMeasurements,
  startedRollouts,
  type LedgerEvent,
  type StartedRollout,
  type StoredMeasurement,
} from "./store";
import { nextLookAt, windowsOf, type Window } from "./windows";

const BEFORE_MS = 28 * 86_400_000;

/** Measures what of a claimed change is not final yet. False: somebody else claimed it meanwhile. */
export async function measureEntry(ctx: Ctx, claim: { changeId: string; epoch: bigint; pricesAt: Date }): Promise<boolean> {
  const { db, now } = ctx;
  const rollouts = await startedRollouts(db);
  const index = rollouts.findIndex(({ changeId }) => changeId === claim.changeId);
  const rollout = rollouts[index];
  if (!rollout) return false;
  const done = await readFinalWindows(db, claim.changeId);
  const book = await frozenPriceBook(db, claim.pricesAt);
  const measurements: StoredMeasurement[] = [];
  for (const window of windowsOf(rollout, now)) {
    if (done.has(window.from.getTime())) continue;
    measurements.push(await measured(ctx, rollout, rollouts.slice(index + 1), window, frozenCost(book, claim.pricesAt)));
  }
  return saveMeasurements(db, claim, measurements, { now, nextAt: nextLookAt(rollout, now) }, async (client, final) => {
    const data = {
      measured: final.map(({ method, from, to, savingNanoUsd, lowNanoUsd, highNanoUsd, bookedNanoUsd }) => ({
        method,
        from: from.toISOString(),
        to: to.toISOString(),
        savingNanoUsd: savingNanoUsd?.toString() ?? null,
        lowNanoUsd: lowNanoUsd?.toString() ?? null,
        highNanoUsd: highNanoUsd?.toString() ?? null,
        bookedNanoUsd: bookedNanoUsd.toString(),
      })),
    };
    await appendAuditRaw(client, ctx, { action: "ledger.measure", subject: `change:${claim.changeId}`, data });
  });
}

/** What it costs at the frozen prices, whenever it happened: a price cut is no saving of a change. */
const frozenCost =
  (book: PriceBook, pricesAt: Date) =>
  (event: LedgerEvent): number => {
    const { pricingState, costNanoUsd } = rateUsage(book, { ...event, occurredAt: pricesAt.getTime() });
    return pricingState === "unpriced" ? event.storedNanoUsd : Number(costNanoUsd);
  };

async function measured(
  ctx: Ctx,
  rollout: StartedRollout,
  later: readonly StartedRollout[],
  window: Window,
  cost: (event: LedgerEvent) => number,
): Promise<StoredMeasurement> {
  const { method } = window;
  const after = await readEvents(ctx.db, window, rollout);
  const { startedAt } = rollout;
  const before =
    method === "seasonal"
      ? await readEvents(ctx.db, { from: new Date(startedAt.getTime() - BEFORE_MS), to: startedAt }, rollout)
      : { events: [], every: 1 };
  const { cells, owned } = cellsOf({ rollout, method, events: [...before.events, ...after.events], later, cost });
  const result = measureSaving(cells, { paired: method === "split" });
  // Only each n-th request was read; the control's share of them cancels out.
  const all = (value: number) => BigInt(Math.round(value)) * BigInt(after.every);
  const common = { ...window, bookedNanoUsd: all(bookedOf(result)), owned: owned * after.every };
  if ("tooFew" in result) {
    const none = { savingNanoUsd: null, lowNanoUsd: null, highNanoUsd: null, share: null, lowShare: null, highShare: null };
    return { ...common, ...none, treatedSuccesses: 0, controlSuccesses: 0, note: result.tooFew };
  }
  return {
    ...common,
    savingNanoUsd: all(result.savingNanoUsd),
    lowNanoUsd: all(result.lowNanoUsd),
    highNanoUsd: all(result.highNanoUsd),
    share: result.share,
    lowShare: result.lowShare,
    highShare: result.highShare,
    treatedSuccesses: result.treatedSuccesses * after.every,
    controlSuccesses: result.controlSuccesses * Math.max(before.every, 1),
    note: method === "seasonal" ? "Weaker: held against the four weeks before, not against requests of the same hours." : null,
  };
}
