import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { readTold } from "@/lib/notifications/delivery/read-told";
import { incidentKeyOf } from "../evaluate/label-hash";
import { findIncident } from "../store/incidents";
import { incidentPath, type IncidentDetails } from "./schemas";

export async function getIncident(ctx: Ctx, id: string): Promise<IncidentDetails> {
  requireRole(ctx, "viewer");
  const found = await findIncident(ctx.db.pool, ctx.actor.tenants, id);
  if (!found) throw new AppError("not_found", "There is no such incident.");
  const { labelHash, ...incident } = found;
  return {
    ...incident,
    incidentKey: incidentKeyOf(incident.ruleId, labelHash),
    told: await readTold(ctx.db, incidentPath(id)),
  };
}
