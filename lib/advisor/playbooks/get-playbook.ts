import { requireRole, type Ctx } from "@/lib/auth/actor";
import { visibleIds } from "@/lib/changes/store";
import { runQuery } from "@/lib/metrics";
import { formatUsd, nanoToUsd } from "@/lib/money";
import { DAY_MS } from "@/lib/time";
import { findFindings, findLastRun, documentOf, type FindingRow } from "../findings/store";
import { maySee } from "../findings/view-finding";
import type { FindingState } from "../findings/schemas";
import type { LeverId } from "../findings/levers";
import { touches } from "../governance/campaigns";
import { textOf } from "../governance/measure";
import { REVIEW_EVERY_DAYS, type GovernanceScope } from "../governance/schemas";
import { readBaselines, readChoices, readReviews } from "../governance/store";
import { readLedger, type StoredEntry } from "../ledger/store";
import { playbookOf } from "./orders";
import { playbookFilterSchema, type PlaybookFilter, type PlaybookView } from "./schemas";
import { nextStep, stepStates, type EndpointFacts, type EndpointFinding, type MeasuredSavings } from "./step-states";

const SEEN_DAYS = 30;
const MOST_ENDPOINTS = 50;

/** Every endpoint of the last 30 days, most spend first, with how far it is. */
export async function getPlaybook(ctx: Ctx, input: PlaybookFilter = {}): Promise<PlaybookView> {
  requireRole(ctx, "viewer");
  const playbook = playbookOf(playbookFilterSchema.parse(input).playbook);
  const reader = ctx.db.prisma;
  const [seen, findings, lastRun, baselines, choices, reviews, ledger] = await Promise.all([
    runQuery(ctx, {
      metrics: ["cost_usd", "requests"],
      groupBy: ["endpoint"],
      from: new Date(ctx.now.getTime() - SEEN_DAYS * DAY_MS).toISOString(),
      to: ctx.now.toISOString(),
      orderBy: { metric: "cost_usd", direction: "desc" },
      limit: MOST_ENDPOINTS,
    }),
    findFindings(reader),
    findLastRun(reader),
    readBaselines(ctx),
    readChoices(reader),
    readReviews(reader),
    savedByEndpoint(ctx),
  ]);
  const visible = findings.filter(({ tenants }) => maySee(ctx.actor, tenants));
  const documented = new Set(choices.map(({ endpoint }) => endpoint));
  const reviewed = reviews[0] !== undefined && ctx.now.getTime() - reviews[0].at.getTime() < REVIEW_EVERY_DAYS * DAY_MS;
  const endpoints = seen.rows
    .filter(({ endpoint }) => endpoint !== "")
    .map((row) => {
      const endpoint = String(row["endpoint"]);
      const facts: EndpointFacts = {
        endpoint,
        requests: BigInt(textOf(row, "requests") ?? "0"),
        looked: lastRun !== null,
        findings: visible.filter((finding) => documentOf(finding).scope.endpoint === endpoint).map(viewOf),
        hasBaseline: baselines.some(({ scope }) => ((scope as GovernanceScope).endpoint ?? endpoint) === endpoint),
        hasChoice: documented.has(endpoint),
        reviewed,
      };
      const measured = ledger(endpoint);
      return {
        endpoint,
        costUsd: textOf(row, "cost_usd"),
        bookedUsd: nanoToUsd(measured.bookedNanoUsd),
        steps: stepStates(playbook, facts),
        next: nextStep(playbook, facts, measured, (nano) => formatUsd(nanoToUsd(nano))),
      };
    });
  const steps = endpoints.flatMap((endpoint) => endpoint.steps);
  const count = (state: (typeof steps)[number]["state"]) => steps.filter((step) => step.state === state).length;
  return {
    playbook: playbook.id,
    endpoints,
    counts: {
      not_started: count("not_started"),
      in_change: count("in_change"),
      verified: count("verified"),
      nothing_found: count("nothing_found"),
    },
  };
}

function viewOf(row: FindingRow): EndpointFinding {
  const { title, savingLowNanoUsd, savingHighNanoUsd } = documentOf(row);
  return {
    id: row.id,
    lever: row.lever as LeverId,
    state: row.state as FindingState,
    title,
    savingLowNanoUsd: BigInt(savingLowNanoUsd),
    savingHighNanoUsd: BigInt(savingHighNanoUsd),
  };
}

/** What promoted changes of an endpoint booked, and were to save at least. */
async function savedByEndpoint(ctx: Ctx): Promise<(endpoint: string) => MeasuredSavings> {
  const visible = await visibleIds(ctx);
  const entries = (await readLedger(ctx.db, visible, null)).filter(({ status }) => status === "promoted");
  const changes = await ctx.db.prisma.change.findMany({
    where: { id: { in: entries.map(({ changeId }) => changeId) } },
    select: { id: true, content: true },
  });
  const contents = new Map(changes.map(({ id, content }) => [id, content]));
  const measured = (entry: StoredEntry) => entry.measurements.some(({ savingNanoUsd }) => savingNanoUsd !== null);
  return (endpoint) =>
    entries
      .filter((entry) => measured(entry) && touches(contents.get(entry.changeId), endpoint))
      .reduce(
        (sum, { measurements, estimateLowNanoUsd }) => ({
          bookedNanoUsd: sum.bookedNanoUsd + measurements.reduce((booked, one) => booked + one.bookedNanoUsd, 0n),
          estimatedLowNanoUsd: sum.estimatedLowNanoUsd + promised(estimateLowNanoUsd, measurements),
        }),
        { bookedNanoUsd: 0n, estimatedLowNanoUsd: 0n },
      );
}

/** The estimate is of 30 days: only the part of the time that was measured can have been kept. */
function promised(estimateLow: bigint | null, measurements: StoredEntry["measurements"]): bigint {
  const ms = measurements
    .filter(({ savingNanoUsd }) => savingNanoUsd !== null)
    .reduce((sum, { from, to }) => sum + (to.getTime() - from.getTime()), 0);
  return ((estimateLow ?? 0n) * BigInt(Math.round(ms))) / BigInt(SEEN_DAYS * DAY_MS);
}
