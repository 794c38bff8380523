import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { endIncidents } from "../evaluate/end-incidents";
import { insertRule, lockRule, switchRule as writeSwitch } from "../store/rules";
import { getRule } from "./read-rules";
import type { RuleDetails } from "./views";

type SwitchAction = "enable" | "disable" | "delete" | "restore" | "duplicate";

const NOTES = { disable: "The rule was disabled.", delete: "The rule was deleted." } as const;

/** A deleted rule is kept, with its incidents, and can be restored. A copy is disabled until somebody has looked at it. */
export async function switchRule(ctx: Ctx, id: string, action: SwitchAction): Promise<RuleDetails> {
  requireWorkspaceAdmin(ctx);
  const result = await withTransaction(ctx.db.pool, async (client) => {
    const stored = await lockRule(client, id);
    if (!stored || (stored.deletedAt !== null && action !== "restore")) throw new AppError("not_found", "There is no such rule.");
    const audit = (subject: string, data: Record<string, unknown>) =>
      appendAuditRaw(client, ctx, { action: `alert_rule.${action}`, subject: `alert_rule:${subject}`, data });
    if (action === "duplicate") {
      const rule = { ...stored.rule, name: `${stored.rule.name} (copy)`.slice(0, 120) };
      const copy = await insertRule(client, { rule, enabled: false, packId: null, byName: ctx.actor.name, at: ctx.now });
      await audit(copy!, { of: id });
      return copy!;
    }
    if (action === "disable" || action === "delete") {
      await endIncidents(client, stored, { byName: ctx.actor.name, note: NOTES[action], now: ctx.now });
    }
    const enabled = action === "enable" || (action !== "disable" && stored.enabled);
    await writeSwitch(client, id, { enabled, deletedAt: action === "delete" ? ctx.now : null }, ctx.actor.name, ctx.now);
    await audit(id, { name: stored.rule.name });
    return id;
  });
  return getRule(ctx, result);
}
