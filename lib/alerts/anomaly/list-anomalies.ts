import { appendAudit } from "@/lib/audit";
import { mayUseTenant, requireRole, type Actor, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import type { Prisma } from "@/lib/db";
import type { z } from "zod";
import { inTransaction } from "../budgets/store";
import { commonOf } from "./describe";
import {
  feedbackSchema,
  type AnomalyCauses,
  type AnomalyList,
  type AnomalyPart,
  type AnomalyView,
  type Watched,
} from "./schemas";

const MOST_LISTED = 200;

/** Most money first. Somebody limited to tenants sees the parts of those, with their money, and anomalies without one not at all. */
export async function listAnomalies(ctx: Ctx): Promise<AnomalyList> {
  requireRole(ctx, "viewer");
  const { prisma } = ctx.db;
  const [rows, scan] = await Promise.all([
    prisma.anomaly.findMany({ orderBy: { fromAt: "desc" }, take: MOST_LISTED }),
    prisma.anomalyScan.findUnique({ where: { id: 1 } }),
  ]);
  const scannedTo = scan?.scannedTo ?? null;
  const items = rows
    .flatMap((row) => viewFor(ctx.actor, row, scannedTo) ?? [])
    .sort((a, b) => Math.abs(Number(b.impactUsd)) - Math.abs(Number(a.impactUsd)));
  return { items, scannedTo: scannedTo?.toISOString() ?? null };
}

/** What people say of it: `real` hours are not learned from any more; `expected` is for those who look next. */
export async function judgeAnomaly(ctx: Ctx, id: string, input: z.input<typeof feedbackSchema>): Promise<AnomalyView> {
  requireRole(ctx, "analyst");
  const { feedback, note } = feedbackSchema.parse(input);
  return inTransaction(ctx, async (tx) => {
    const row = await tx.anomaly.findUnique({ where: { id } });
    // It is said of all of it, so by somebody who sees all of it.
    const whole = row && partsOf(row).every(({ tenant }) => mayUseTenant(ctx.actor, tenant));
    if (!row || !whole) throw new AppError("not_found", "There is no such anomaly.");
    const said = feedback ? { feedbackBy: ctx.actor.name, feedbackAt: ctx.now } : { feedbackBy: null, feedbackAt: null };
    const judged = await tx.anomaly.update({ where: { id }, data: { feedback, note: note || null, ...said } });
    await appendAudit(tx, ctx, { action: "anomaly.judge", subject: `anomaly:${id}`, data: { feedback, note } });
    return viewFor(ctx.actor, judged, null)!;
  });
}

type Row = Prisma.AnomalyGetPayload<object>;
const partsOf = (row: Row) => row.parts as unknown as AnomalyPart[];

function viewFor(actor: Actor, row: Row, scannedTo: Date | null): AnomalyView | null {
  const all = partsOf(row);
  const parts = all.filter(({ tenant }) => mayUseTenant(actor, tenant));
  if (parts.length === 0) return null;
  const whole = parts.length === all.length;
  const causes = row.causes as unknown as Partial<AnomalyCauses>;
  const impact = whole ? row.impactNano : parts.reduce((sum, { impactUsd }) => sum + toNanoUsd(impactUsd), 0n);
  return {
    id: row.id,
    metric: row.metric as Watched,
    direction: row.direction as "up" | "down",
    from: row.fromAt.toISOString(),
    to: row.toAt.toISOString(),
    ongoing: scannedTo !== null && row.toAt >= scannedTo,
    impactUsd: nanoToUsd(impact),
    score: row.score,
    common: commonOf(parts),
    parts,
    // The waterfall is over every tenant in it.
    causes: whole && causes.drivers ? { drivers: causes.drivers, models: causes.models ?? [] } : null,
    feedback: row.feedback as AnomalyView["feedback"],
    feedbackBy: row.feedbackBy,
    note: row.note,
  };
}
