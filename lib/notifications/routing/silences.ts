/** Silences: made by a lead or an admin, each with a reason and an end. */
import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { isFor } from "../tenants";
import { silenceSchema, type Matcher, type SilenceInput, type SilenceView } from "./schemas";

const MOST_LISTED = 200;

/** Of whom it is: the tenants that a matcher names one by one; else of everybody. */
const tenantsOf = (matchers: readonly Matcher[]): readonly string[] =>
  matchers.find(({ label, op }) => label === "tenant" && op === "is")?.values ?? ["*"];

/** Latest end first: what is on, what comes, what was. */
export async function listSilences(ctx: Ctx): Promise<{ silences: SilenceView[] }> {
  requireRole(ctx, "viewer");
  const rows = await ctx.db.prisma.notificationSilence.findMany({ orderBy: { endsAt: "desc" }, take: MOST_LISTED });
  return {
    silences: rows
      .filter((row) => isFor(ctx.actor.tenants, tenantsOf(row.matchers as unknown as Matcher[])))
      .map((row) => ({
        id: row.id,
        matchers: row.matchers as unknown as Matcher[],
        comment: row.comment,
        incidentKey: row.incidentKey,
        startsAt: row.startsAt.toISOString(),
        endsAt: row.endsAt.toISOString(),
        state: row.endsAt <= ctx.now ? ("expired" as const) : row.startsAt > ctx.now ? ("pending" as const) : ("active" as const),
        createdBy: row.createdByName,
        createdAt: row.createdAt.toISOString(),
        endedBy: row.endedByName,
      })),
  };
}

export async function createSilence(ctx: Ctx, input: SilenceInput): Promise<{ id: string }> {
  requireRole(ctx, "lead");
  const { matchers, comment, startsAt, endsAt, incidentKey } = silenceSchema.parse(input);
  if (!isFor(ctx.actor.tenants, tenantsOf(matchers))) {
    throw new AppError("forbidden", "You are limited to some tenants: a silence of yours says which, e.g. tenant is acme.");
  }
  const [from, until] = [startsAt ? new Date(startsAt) : ctx.now, new Date(endsAt)];
  if (until <= ctx.now || until <= from) throw new AppError("invalid", "It would be over before it begins.", { field: "endsAt" });
  return ctx.db.prisma.$transaction(async (tx) => {
    const { id } = await tx.notificationSilence.create({
      data: {
        matchers,
        comment,
        incidentKey: incidentKey ?? null,
        startsAt: from,
        endsAt: until,
        createdById: ctx.actor.id,
        createdByName: ctx.actor.name,
        createdAt: ctx.now,
      },
      select: { id: true },
    });
    const data = { matchers, comment, startsAt: from, endsAt: until };
    await appendAudit(tx, ctx, { action: "silence.create", subject: `silence:${id}`, data });
    return { id };
  });
}

/** It ends now; the record of it stays. */
export async function endSilence(ctx: Ctx, id: string): Promise<void> {
  requireRole(ctx, "lead");
  await ctx.db.prisma.$transaction(async (tx) => {
    const row = await tx.notificationSilence.findUnique({ where: { id } });
    if (!row || !isFor(ctx.actor.tenants, tenantsOf(row.matchers as unknown as Matcher[]))) {
      throw new AppError("not_found", "There is no such silence.");
    }
    if (row.endsAt <= ctx.now) throw new AppError("conflict", "That silence has ended already.");
    const startsAt = row.startsAt > ctx.now ? ctx.now : row.startsAt;
    await tx.notificationSilence.update({ where: { id }, data: { startsAt, endsAt: ctx.now, endedByName: ctx.actor.name } });
    await appendAudit(tx, ctx, { action: "silence.end", subject: `silence:${id}`, data: { comment: row.comment } });
  });
}
