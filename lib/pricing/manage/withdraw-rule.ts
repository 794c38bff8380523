import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { loadPriceBook } from "../load";
import { lockPrices } from "../store";
import { readStoredRules, supersedeRules } from "./rule-store";
import { viewRule } from "./rule-view";
import { withdrawRuleSchema, type RuleView } from "./schemas";

/** Take an override out of the book. It stays to explain what it priced; stored costs do not change before a repricing. */
export async function withdrawRule(ctx: Ctx, id: number, input: unknown): Promise<{ rule: RuleView }> {
  requireWorkspaceAdmin(ctx);
  const { note } = withdrawRuleSchema.parse(input);
  const rule = await withTransaction(ctx.db.pool, async (client) => {
    await lockPrices(client);
    const [found] = await readStoredRules(client, [id]);
    if (!found) throw new AppError("not_found", `There is no price rule ${id}.`);
    if (found.book === "base" || found.book === "imported") {
      throw new AppError("conflict", "List prices come with their book. Write a workspace price for this model instead.");
    }
    if (found.supersededAt) throw new AppError("conflict", `Rule ${id} was superseded already.`);
    await supersedeRules(client, [id], ctx.now);
    await appendAuditRaw(client, ctx, { action: "price_rule.withdraw", subject: `price_rule:${id}`, data: { note } });
    return { ...found, supersededAt: ctx.now };
  });
  await loadPriceBook(ctx.db, { maxAgeMs: 0 });
  return { rule: viewRule(rule, ctx.now) };
}
