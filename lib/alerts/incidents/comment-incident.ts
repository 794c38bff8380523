import { appendAuditRaw } from "@/lib/audit/append";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { isVisible, insertComment } from "../store/incidents";
import { getIncident } from "./get-incident";
import { commentIncidentSchema, type IncidentDetails } from "./schemas";

export async function commentIncident(ctx: Ctx, id: string, input: unknown): Promise<IncidentDetails> {
  requireRole(ctx, "analyst");
  const { text } = commentIncidentSchema.parse(input);
  await withTransaction(ctx.db.pool, async (client) => {
    if (!(await isVisible(client, ctx.actor.tenants, id))) throw new AppError("not_found", "There is no such incident.");
    await insertComment(client, id, { byName: ctx.actor.name, text, at: ctx.now });
    await appendAuditRaw(client, ctx, { action: "alert_incident.comment", subject: `alert_incident:${id}`, data: { text } });
  });
  return getIncident(ctx, id);
}
