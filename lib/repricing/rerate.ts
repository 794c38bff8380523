/** Stored events rated again with the book of now: which come out otherwise, and what that adds up to. Pure. */
import { rateUsage, type PriceBook } from "@/lib/pricing";
import type { RatedEvent } from "@/lib/telemetry/event";
import type { DiffDelta } from "./store";

export interface Rerated {
  before: RatedEvent;
  after: RatedEvent;
}

/** Only events whose state, cost or saving changes. */
export function rerate(book: PriceBook, events: readonly RatedEvent[]): Rerated[] {
  return events.flatMap((before) => {
    const rating = rateUsage(book, before);
    const old = before.rating;
    const same =
      rating.pricingState === old.pricingState &&
      rating.costNanoUsd === old.costNanoUsd &&
      rating.savedNanoUsd === old.savedNanoUsd;
    return same ? [] : [{ before, after: { ...before, rating } }];
  });
}

/** Per day, tenant, provider and model. `dayOf` answers the day in the workspace zone. */
export function sumDiff(changes: readonly Rerated[], dayOf: (at: number) => string): DiffDelta[] {
  const sums = new Map<string, DiffDelta>();
  for (const { before, after } of changes) {
    const [day, { tenant, provider, modelServed: model }] = [dayOf(before.occurredAt), before];
    const key = JSON.stringify([day, tenant, provider, model]);
    let sum = sums.get(key);
    if (!sum) {
      sum = { day, tenant, provider, model, changed: 0, newlyPriced: 0, newlyUnpriced: 0, oldNano: 0n, newNano: 0n };
      sums.set(key, sum);
    }
    const [was, is] = [before.rating.pricingState, after.rating.pricingState];
    sum.changed += 1;
    if (was === "unpriced" && is !== "unpriced") sum.newlyPriced += 1;
    if (was !== "unpriced" && is === "unpriced") sum.newlyUnpriced += 1;
    sum.oldNano += before.rating.costNanoUsd;
    sum.newNano += after.rating.costNanoUsd;
  }
  return [...sums.values()];
}

export interface Totals {
  oldNano: bigint;
  newNano: bigint;
  movedNano: bigint;
}

export function totalsOf(changes: readonly Rerated[]): Totals {
  const totals = { oldNano: 0n, newNano: 0n, movedNano: 0n };
  for (const { before, after } of changes) {
    const [was, is] = [before.rating.costNanoUsd, after.rating.costNanoUsd];
    totals.oldNano += was;
    totals.newNano += is;
    totals.movedNano += is > was ? is - was : was - is;
  }
  return totals;
}
