import type pg from "pg";
import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { endIncidents } from "../evaluate/end-incidents";
import { lockRule, writeVersion, type StoredRule } from "../store/rules";
import { checkRule } from "./check-rule";
import { getRule } from "./read-rules";
import { ruleSchema, type AlertRule } from "./schemas";
import type { RuleDetails } from "./views";

/** A new version. `baseVersion` is the one that was edited: of two people who save at once, the second is told. */
export async function updateRule(ctx: Ctx, id: string, baseVersion: number, input: unknown): Promise<RuleDetails> {
  requireWorkspaceAdmin(ctx);
  const rule = ruleSchema.parse(input);
  await checkRule(ctx, rule);
  await withTransaction(ctx.db.pool, async (client) => {
    const stored = await lockRule(client, id);
    if (!stored || stored.deletedAt) throw new AppError("not_found", "There is no such rule.");
    if (stored.version !== baseVersion) {
      throw new AppError("conflict", `Somebody saved version ${stored.version} meanwhile. Reload, and make your change to that.`);
    }
    await saveVersion(client, ctx, stored, rule);
  });
  return getRule(ctx, id);
}

/** In the caller's transaction, which has locked the rule. */
export async function saveVersion(client: pg.PoolClient, ctx: Ctx, stored: StoredRule, rule: AlertRule): Promise<void> {
  if (watches(stored.rule) !== watches(rule)) {
    const note = "The rule was changed to watch something else.";
    await endIncidents(client, stored, { byName: ctx.actor.name, note, now: ctx.now });
  }
  const version = await writeVersion(client, stored, rule, ctx.actor.name, ctx.now);
  const data = { version, before: stored.rule, after: rule };
  await appendAuditRaw(client, ctx, { action: "alert_rule.update", subject: `alert_rule:${stored.id}`, data });
}

/** Alerts of another number, scope or kind of condition are other alerts; another threshold is the same one. */
const watches = ({ metric, per, filters, groupBy, condition }: AlertRule): string =>
  JSON.stringify([metric, per, filters, groupBy, condition.type]);
