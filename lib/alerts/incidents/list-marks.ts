import type { AnnotationSource } from "@/lib/metrics/annotations";
import { incidentPath } from "./schemas";
import { findIncidentsBetween } from "../store/incidents";

/** Incidents that fired within a period, for charts: those that the reader may see. */
export const listIncidentMarks: AnnotationSource = async (ctx, { from, to }) => {
  const incidents = await findIncidentsBetween(ctx.db.pool, ctx.actor.tenants, from, to);
  return incidents.map(({ id, ruleName, labels, openedAt }) => {
    const where = Object.values(labels).filter(Boolean).join(", ");
    return { at: openedAt, kind: "incident", label: `${ruleName}${where ? ` (${where})` : ""}`, href: incidentPath(id) };
  });
};
