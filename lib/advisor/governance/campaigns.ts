import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { visibleIds } from "@/lib/changes/store";
import { AppError } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import { Decimal } from "@/lib/money";
import { judgeCampaign } from "./judge-campaign";
import { filtersOf, textOf } from "./measure";
import { createCampaignSchema, type CampaignView, type CreateCampaign, type GovernanceScope } from "./schemas";
import { insertCampaign, ownersOf, readCampaigns, removeCampaign } from "./store";

export async function createCampaign(ctx: Ctx, input: CreateCampaign): Promise<{ id: string }> {
  requireRole(ctx, "analyst");
  const { startsAt, endsAt, ...said } = createCampaignSchema.parse(input);
  const tenants = ownersOf(ctx, said.scope);
  return ctx.db.prisma.$transaction(async (tx) => {
    const { id } = await insertCampaign(tx, ctx, { ...said, startsAt: new Date(startsAt), endsAt: new Date(endsAt), tenants });
    await appendAudit(tx, ctx, { action: "campaign.create", subject: `campaign:${id}`, data: { ...said, startsAt, endsAt } });
    return { id };
  });
}

/** With the weeks so far (of the workspace's zone), where they lead, the margin, and the changes that count. */
export async function listCampaigns(ctx: Ctx): Promise<CampaignView[]> {
  requireRole(ctx, "viewer");
  const rows = await readCampaigns(ctx);
  return Promise.all(rows.map((row) => viewOf(ctx, row)));
}

type CampaignRow = Awaited<ReturnType<typeof readCampaigns>>[number];

async function viewOf(ctx: Ctx, row: CampaignRow): Promise<CampaignView> {
  const scope = row.scope as GovernanceScope;
  const to = row.endsAt < ctx.now ? row.endsAt : ctx.now;
  const [weeks, changes] = await Promise.all([
    row.startsAt < to
      ? runQuery(ctx, {
          metrics: [...new Set([row.metric, "cost_per_request"])],
          filters: filtersOf(scope),
          from: row.startsAt.toISOString(),
          to: to.toISOString(),
          grain: "week",
        }).then(({ rows }) => rows)
      : [],
    changesOf(ctx, row, scope),
  ]);
  const points = weeks.map((week) => ({ at: week.bucket!, value: textOf(week, row.metric) }));
  const cost = weeks.map((week) => textOf(week, "cost_per_request")).findLast((value) => value !== null);
  const revenue = row.revenuePerRequest === null ? null : new Decimal(row.revenuePerRequest.toFixed());
  const facts = { startValue: row.startValue.toFixed(), targetValue: row.targetValue.toFixed() };
  return {
    id: row.id,
    name: row.name,
    metric: row.metric,
    scope,
    ...facts,
    startsAt: row.startsAt.toISOString(),
    endsAt: row.endsAt.toISOString(),
    owner: row.owner,
    revenuePerRequest: revenue?.toFixed() ?? null,
    createdBy: row.createdByName,
    weeks: points,
    verdict: judgeCampaign({ ...facts, startsAt: row.startsAt, endsAt: row.endsAt, weeks: points, now: ctx.now }),
    margin:
      revenue === null || revenue.isZero() || cost === undefined || cost === null
        ? null
        : revenue.sub(cost).div(revenue).toFixed(),
    changes,
  };
}

/** Promoted within its time; of a campaign for one endpoint, those whose policies say something of it. */
async function changesOf(ctx: Ctx, row: CampaignRow, { endpoint }: GovernanceScope): Promise<CampaignView["changes"]> {
  const visible = await visibleIds(ctx);
  const promoted = await ctx.db.prisma.change.findMany({
    where: {
      status: "promoted",
      since: { gte: row.startsAt, lte: row.endsAt },
      ...(visible === "all" ? {} : { id: { in: visible } }),
    },
    select: { id: true, number: true, title: true, content: true },
    orderBy: { number: "asc" },
    take: 200,
  });
  return promoted
    .filter(({ content }) => endpoint === undefined || touches(content, endpoint))
    .map(({ id, number, title }) => ({ id, number, title }));
}

/** Does a change's content edit a policy of this endpoint? Keys of its diff are `kind/level/value`. */
function touches(content: unknown, endpoint: string): boolean {
  const { diff } = content as { diff?: Record<string, unknown> };
  return Object.keys(diff ?? {}).some((key) => key.split("/").slice(1).join("/") === `endpoint/${endpoint}`);
}

export async function deleteCampaign(ctx: Ctx, id: string): Promise<void> {
  requireRole(ctx, "lead");
  await ctx.db.prisma.$transaction(async (tx) => {
    const name = await removeCampaign(tx, ctx, id);
    if (name === null) throw new AppError("not_found", "There is no such campaign.");
    await appendAudit(tx, ctx, { action: "campaign.delete", subject: `campaign:${id}`, data: { name } });
  });
}
