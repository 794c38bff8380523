import { appendAuditRaw } from "@/lib/audit/append";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { applyTransition } from "../evaluate/apply-step";
import { act } from "../lifecycle/machine";
import { isVisible } from "../store/incidents";
import { readInstances, writeInstances } from "../store/evaluation";
import { lockIncidentRule } from "../store/rules";
import { getIncident } from "./get-incident";
import { actOnIncidentSchema, type IncidentDetails } from "./schemas";

/** Acknowledge or resolve, by a lead of its tenants. Locks the rule first, as the evaluator does: the two take turns. */
export async function actOnIncident(ctx: Ctx, id: string, input: unknown): Promise<IncidentDetails> {
  requireRole(ctx, "lead");
  const { action, note } = actOnIncidentSchema.parse(input);
  await withTransaction(ctx.db.pool, async (client) => {
    const stored = (await isVisible(client, ctx.actor.tenants, id)) ? await lockIncidentRule(client, id) : null;
    if (!stored) throw new AppError("not_found", "There is no such incident.");
    const instance = [...(await readInstances(client, stored.id)).values()].find((one) => one.incidentId === id);
    const step = instance && act(instance.state, action, ctx.now.getTime());
    if (!instance || !step?.transition) {
      throw new AppError("conflict", instance ? "Somebody has acknowledged it already." : "It is resolved already.");
    }
    const after = { ...instance, state: step.state };
    const acting = {
      ruleId: stored.id,
      ruleVersion: stored.version,
      rule: stored.rule,
      now: ctx.now,
      byName: ctx.actor.name,
      note: note || null,
      detail: () => Promise.resolve(null),
    };
    const incidentId = await applyTransition(client, acting, after, step.transition);
    await writeInstances(client, stored.id, [{ ...after, incidentId }]);
    await appendAuditRaw(client, ctx, { action: `alert_incident.${action}`, subject: `alert_incident:${id}`, data: { note } });
  });
  return getIncident(ctx, id);
}
