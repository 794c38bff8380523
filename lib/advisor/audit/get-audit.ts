import { requireRole, type Ctx } from "@/lib/auth/actor";
import { findCurrentRun, findLastRun, summaryOf, viewRun } from "../findings/store";
import type { FindingList, RunView } from "../findings/schemas";
import { maySee } from "../findings/view-finding";
import type { AuditRow } from "./score-endpoint";

export interface WorkloadAudit {
  rows: AuditRow[];
  lastRun: RunView | null;
  currentRun: RunView | null;
  window: FindingList["window"];
}

/** Of the newest run. Whoever is limited to tenants sees the rows of these tenants. */
export async function getAudit(ctx: Ctx): Promise<WorkloadAudit> {
  requireRole(ctx, "viewer");
  const [last, current] = await Promise.all([findLastRun(ctx.db.prisma), findCurrentRun(ctx.db.prisma)]);
  const summary = last && summaryOf(last);
  const limited = ctx.actor.tenants !== "all";
  return {
    rows: (summary?.audit ?? []).filter((row) => maySee(ctx.actor, row.tenants) && (limited ? row.tenant !== null : true)),
    lastRun: last && viewRun(last),
    currentRun: current && viewRun(current),
    window: summary && { from: summary.from, to: summary.to, days: summary.days, sampleShare: summary.sampleShare },
  };
}
