import { z } from "zod";
import { mayUseTenant, requireRole, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { nanoToUsd } from "@/lib/money";
import { readCostAsKnown } from "@/lib/telemetry";

const instant = z.iso.datetime({ offset: true });
const inputSchema = z
  .strictObject({ from: instant, to: instant, asKnownOn: instant, tenant: z.string().min(1).max(200).optional() })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], error: "must be after `from`" });

export interface KnownCosts {
  asKnownOn: string;
  totalUsd: string;
  items: { tenant: string; model: string; events: number; costUsd: string }[];
}

/** What a period cost as it was known at an instant: before a repricing, what it was before. */
export async function getKnownCosts(ctx: Ctx, input: unknown): Promise<KnownCosts> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const { from, to, asKnownOn, tenant } = inputSchema.parse(input);
  const scope = { from: new Date(from), to: new Date(to), tenant: tenant ?? null, provider: null, model: null };
  const all = await withTransaction(ctx.db.pool, (client) => readCostAsKnown(client, scope, new Date(asKnownOn)));
  const rows = all.filter((row) => mayUseTenant(ctx.actor, row.tenant));
  return {
    asKnownOn: new Date(asKnownOn).toISOString(),
    totalUsd: nanoToUsd(rows.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n)),
    items: rows.map(({ costNanoUsd, events, ...row }) => ({ ...row, events: Number(events), costUsd: nanoToUsd(costNanoUsd) })),
  };
}
