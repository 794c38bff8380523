import { z } from "zod";
import type { Ctx } from "@/lib/auth/actor";
import { findPriceChanges, type PriceChange } from "./find-price-changes";
import { loadPriceBook } from "./load";
import { readPricedTraffic } from "./store";

const periodSchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }).describe("Inclusive start"),
    to: z.iso.datetime({ offset: true }).describe("Exclusive end"),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], error: "must be after `from`" });

/**
 * Price changes within a period that concern what the actor's tenants used in it. The book has some 1,700 list prices;
 * those of models that nobody called say nothing about a chart. A tenant's negotiated price is found through that
 * tenant's traffic only, so whoever may not see the tenant does not see the price.
 */
export async function listPriceChanges(ctx: Ctx, input: z.input<typeof periodSchema>): Promise<PriceChange[]> {
  const parsed = periodSchema.parse(input);
  const [from, to] = [new Date(parsed.from), new Date(parsed.to)];
  const [book, traffic] = await Promise.all([
    loadPriceBook(ctx.db),
    readPricedTraffic(ctx.db, { from, to, tenants: ctx.actor.tenants }),
  ]);
  return findPriceChanges(book, traffic, from, to);
}
