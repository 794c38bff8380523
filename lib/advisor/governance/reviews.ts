import type { z } from "zod";
import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { DAY_MS } from "@/lib/time";
import { calculateById, ownNumbers } from "../calculators";
import { measure } from "./measure";
import { REVIEW_EVERY_DAYS, reviewSchema, type ReviewList, type ReviewResult, type ReviewView } from "./schemas";
import { insertReview, readReviews, resultOf } from "./store";

const DRIFT = [
  "tokens_in_p95",
  "tokens_out_p95",
  "cost_per_request",
  "escalation_rate",
  "fallback_rate",
  "cache_hit_rate",
  "cache_hit_rate_tokens",
];

/** The quarter beside the one before, and own GPUs against the API: kept, so that the next review can be held against it. */
export async function recordReview(ctx: Ctx, input: z.input<typeof reviewSchema>): Promise<ReviewView> {
  requireRole(ctx, "lead");
  if (ctx.actor.tenants !== "all")
    throw new AppError("forbidden", "A review is about all tenants: this needs somebody who sees them.");
  const { note } = reviewSchema.parse(input);
  const result = await reviewNow(ctx);
  return ctx.db.prisma.$transaction(async (tx) => {
    const row = await insertReview(tx, ctx, note, result);
    await appendAudit(tx, ctx, { action: "advisor_review.record", subject: `advisor_review:${row.id}`, data: { note, result } });
    return { id: row.id, at: row.at.toISOString(), by: row.byName, note, result };
  });
}

async function reviewNow(ctx: Ctx): Promise<ReviewResult> {
  const at = (days: number) => new Date(ctx.now.getTime() - days * DAY_MS);
  const period = { from: at(REVIEW_EVERY_DAYS), to: ctx.now };
  const [before, after, hosting] = await Promise.all([
    measure(ctx, {}, DRIFT, { from: at(2 * REVIEW_EVERY_DAYS), to: period.from }),
    measure(ctx, {}, DRIFT, period),
    hostingOf(ctx, period),
  ]);
  return {
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    drift: DRIFT.map((id) => ({ id, before: before.get(id) ?? null, after: after.get(id) ?? null })),
    hosting,
  };
}

/** By the self-host calculator on own numbers; what those do not fill stays at its initial value. */
async function hostingOf(ctx: Ctx, { from, to }: { from: Date; to: Date }): Promise<ReviewResult["hosting"]> {
  const { values } = await ownNumbers(ctx, "self-host", { from: from.toISOString(), to: to.toISOString() });
  if (!values["gpus"] || values["gpus"].value === "0") return null;
  const given = Object.fromEntries(Object.entries(values).map(([field, { value }]) => [field, value]));
  const { corrected, inputs } = calculateById("self-host", given);
  return {
    verdict: corrected.verdict!.word,
    reason: corrected.verdict!.reason,
    breakEven: corrected.lines.find(({ id }) => id === "break_even")?.value ?? null,
    utilization: values["utilization"] ? inputs["utilization"]! : null,
  };
}

/** Numbers of a review are everybody's: people limited to tenants see none. */
export async function listReviews(ctx: Ctx): Promise<ReviewList> {
  requireRole(ctx, "viewer");
  const rows = await readReviews(ctx.db.prisma);
  const last = rows[0]?.at;
  return {
    reviews:
      ctx.actor.tenants === "all"
        ? rows.map((row) => ({ id: row.id, at: row.at.toISOString(), by: row.byName, note: row.note, result: resultOf(row) }))
        : [],
    dueAt: (last ? new Date(last.getTime() + REVIEW_EVERY_DAYS * DAY_MS) : ctx.now).toISOString(),
  };
}
