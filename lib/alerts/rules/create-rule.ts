import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { insertRule } from "../store/rules";
import { checkRule } from "./check-rule";
import { getRule } from "./read-rules";
import { ruleSchema } from "./schemas";
import type { RuleDetails } from "./views";

/** Enabled at once: its first evaluation follows within seconds. */
export async function createRule(ctx: Ctx, input: unknown): Promise<RuleDetails> {
  requireWorkspaceAdmin(ctx);
  const rule = ruleSchema.parse(input);
  await checkRule(ctx, rule);
  const id = await withTransaction(ctx.db.pool, async (client) => {
    const made = await insertRule(client, { rule, enabled: true, packId: null, byName: ctx.actor.name, at: ctx.now });
    await appendAuditRaw(client, ctx, { action: "alert_rule.create", subject: `alert_rule:${made}`, data: { ...rule } });
    return made!;
  });
  return getRule(ctx, id);
}
