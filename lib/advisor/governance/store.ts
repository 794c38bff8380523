/** The only file that touches baseline, campaign, endpoint_choice and advisor_review. */
import type { Ctx } from "@/lib/auth/actor";
import type { Db, Prisma, Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { maySee } from "../findings/view-finding";
import type { EndpointChoice, GovernanceScope, ReviewResult } from "./schemas";

type Reader = Tx | Db["prisma"];

/** Whose numbers an actor's measurement of a scope holds. Throws `not_found` for a tenant of others. */
export function ownersOf({ actor }: Pick<Ctx, "actor">, { tenant }: GovernanceScope): string[] {
  if (tenant !== undefined) {
    if (!maySee(actor, [tenant])) throw new AppError("not_found", `There is no tenant "${tenant}".`, { field: "scope.tenant" });
    return [tenant];
  }
  return actor.tenants === "all" ? ["*"] : [...actor.tenants];
}

const seen = <T extends { tenants: string[] }>({ actor }: Pick<Ctx, "actor">, rows: readonly T[]) =>
  rows.filter(({ tenants }) => maySee(actor, tenants));

export const readBaselines = async (ctx: Ctx) =>
  seen(ctx, await ctx.db.prisma.baseline.findMany({ orderBy: { createdAt: "desc" }, take: 200 }));

export const insertBaseline = (
  tx: Tx,
  ctx: Ctx,
  baseline: {
    name: string;
    scope: GovernanceScope;
    fromAt: Date;
    toAt: Date;
    values: Record<string, string | null>;
    tenants: string[];
  },
) => tx.baseline.create({ data: { ...baseline, createdByName: ctx.actor.name, createdAt: ctx.now } });

export const readCampaigns = async (ctx: Ctx) =>
  seen(ctx, await ctx.db.prisma.campaign.findMany({ orderBy: { endsAt: "desc" }, take: 200 }));

export const insertCampaign = (
  tx: Tx,
  ctx: Ctx,
  campaign: {
    name: string;
    metric: string;
    scope: GovernanceScope;
    startValue: string;
    targetValue: string;
    startsAt: Date;
    endsAt: Date;
    owner: string;
    revenuePerRequest: string | null;
    tenants: string[];
  },
) => tx.campaign.create({ data: { ...campaign, createdByName: ctx.actor.name, createdAt: ctx.now } });

/** Its name; null: there is none that the actor may see. */
export async function removeBaseline(tx: Tx, ctx: Ctx, id: string): Promise<string | null> {
  const row = await tx.baseline.findUnique({ where: { id } });
  if (!row || !maySee(ctx.actor, row.tenants)) return null;
  await tx.baseline.delete({ where: { id } });
  return row.name;
}

export async function removeCampaign(tx: Tx, ctx: Ctx, id: string): Promise<string | null> {
  const row = await tx.campaign.findUnique({ where: { id } });
  if (!row || !maySee(ctx.actor, row.tenants)) return null;
  await tx.campaign.delete({ where: { id } });
  return row.name;
}

export const readChoices = (reader: Reader) => reader.endpointChoice.findMany();

export const choiceOf = (row: { document: Prisma.JsonValue }): EndpointChoice => row.document as unknown as EndpointChoice;

export const writeChoice = (tx: Tx, ctx: Ctx, endpoint: string, document: EndpointChoice) => {
  const data = { document: document as unknown as Prisma.InputJsonObject, updatedByName: ctx.actor.name, updatedAt: ctx.now };
  return tx.endpointChoice.upsert({ where: { endpoint }, create: { endpoint, ...data }, update: data });
};

export const readReviews = (reader: Reader) => reader.advisorReview.findMany({ orderBy: { at: "desc" }, take: 40 });

export const resultOf = (row: { result: Prisma.JsonValue }): ReviewResult => row.result as unknown as ReviewResult;

export const insertReview = (tx: Tx, ctx: Ctx, note: string, result: ReviewResult) =>
  tx.advisorReview.create({
    data: { at: ctx.now, byName: ctx.actor.name, note, result: result as unknown as Prisma.InputJsonObject },
  });
