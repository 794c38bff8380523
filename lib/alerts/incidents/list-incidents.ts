import { requireRole, type Ctx } from "@/lib/auth/actor";
import { countOpenIncidents, findIncidents } from "../store/incidents";
import { listIncidentsSchema, type IncidentList } from "./schemas";

export async function listIncidents(ctx: Ctx, input: unknown): Promise<IncidentList> {
  requireRole(ctx, "viewer");
  const filter = listIncidentsSchema.parse(input);
  const [incidents, open] = await Promise.all([
    findIncidents(ctx.db.pool, ctx.actor.tenants, filter),
    countOpenIncidents(ctx.db.pool, ctx.actor.tenants),
  ]);
  return { incidents, open };
}
