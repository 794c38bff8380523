import { requireRole, type Ctx } from "@/lib/auth/actor";
import type { PolicyEdit } from "@/lib/changes/schemas";
import { visibleIds } from "@/lib/changes/store";
import { runQuery } from "@/lib/metrics";
import { formatUsd, nanoToUsd } from "@/lib/money";
import { DAY_MS } from "@/lib/time";
import { leverOf } from "../findings/lever-of-edit";
import { findFindingsAbout, findLastRun } from "../findings/store";
import { maySee } from "../findings/view-finding";
import { lastDays } from "../gather/last-days";
import { textOf } from "../governance/measure";
import { REVIEW_EVERY_DAYS, type GovernanceScope } from "../governance/schemas";
import { readBaselines, readChoices, readReviews } from "../governance/store";
import { standingOf } from "../ledger/decay";
import { readEdits, readLedger, type StoredEntry } from "../ledger/store";
import { playbookOf } from "./orders";
import { playbookFilterSchema, type PlaybookFilter, type PlaybookView } from "./schemas";
import { nextStep, stepStates, type EndpointChange, type EndpointFacts, type MeasuredSavings } from "./step-states";

const SEEN_DAYS = 30;
const MOST_ENDPOINTS = 50;
const MOST_GROUPS = 1_000;

/** Every endpoint of the last 30 days, most spend first, with how far it is. */
export async function getPlaybook(ctx: Ctx, input: PlaybookFilter = {}): Promise<PlaybookView> {
  requireRole(ctx, "viewer");
  const playbook = playbookOf(playbookFilterSchema.parse(input).playbook);
  const reader = ctx.db.prisma;
  const period = lastDays(ctx.now, SEEN_DAYS);
  const [seen, poolsOf] = await Promise.all([
    runQuery(ctx, {
      ...period,
      metrics: ["cost_usd", "requests"],
      groupBy: ["endpoint"],
      orderBy: { metric: "cost_usd", direction: "desc" },
      limit: MOST_ENDPOINTS,
    }),
    servedBy(ctx, period),
  ]);
  const rows = seen.rows.filter(({ endpoint }) => endpoint !== "");
  const shown = rows.map((row) => String(row["endpoint"]));
  const [findings, lastRun, baselines, choices, reviews, workOf] = await Promise.all([
    findFindingsAbout(ctx.db, { endpoints: shown, pools: [...new Set(shown.flatMap((one) => poolsOf.get(one) ?? []))] }),
    findLastRun(reader),
    readBaselines(ctx),
    readChoices(reader),
    readReviews(reader),
    changesByScope(ctx),
  ]);
  const visible = findings.filter(({ tenants }) => maySee(ctx.actor, tenants));
  const documented = new Set(choices.map(({ endpoint }) => endpoint));
  const reviewed = reviews[0] !== undefined && ctx.now.getTime() - reviews[0].at.getTime() < REVIEW_EVERY_DAYS * DAY_MS;
  const endpoints = rows.map((row) => {
    const endpoint = String(row["endpoint"]);
    const pools = poolsOf.get(endpoint) ?? [];
    const work = workOf(endpoint, pools);
    const facts: EndpointFacts = {
      endpoint,
      requests: BigInt(textOf(row, "requests") ?? "0"),
      looked: lastRun !== null,
      findings: visible
        .filter((one) => one.endpoint === endpoint || (one.endpoint === null && one.pool !== null && pools.includes(one.pool)))
        .map(({ id, lever, state, title, savingLowNano, savingHighNano, pool }) => ({
          id,
          lever,
          state,
          title,
          savingLowNanoUsd: savingLowNano,
          savingHighNanoUsd: savingHighNano,
          pool,
        })),
      changes: work.changes,
      hasBaseline: baselines.some(({ scope }) => ((scope as GovernanceScope).endpoint ?? endpoint) === endpoint),
      hasChoice: documented.has(endpoint),
      reviewed,
    };
    return {
      endpoint,
      pools,
      costUsd: textOf(row, "cost_usd"),
      bookedUsd: nanoToUsd(work.measured.bookedNanoUsd),
      steps: stepStates(playbook, facts),
      next: nextStep(playbook, facts, work.measured, (nano) => formatUsd(nanoToUsd(nano))),
    };
  });
  const steps = endpoints.flatMap((endpoint) => endpoint.steps);
  const count = (state: (typeof steps)[number]["state"]) => steps.filter((step) => step.state === state).length;
  return {
    playbook: playbook.id,
    endpoints,
    limited: ctx.actor.tenants !== "all",
    counts: {
      not_started: count("not_started"),
      in_change: count("in_change"),
      verified: count("verified"),
      nothing_found: count("nothing_found"),
    },
  };
}

/** The own pools that answered each endpoint. */
async function servedBy(ctx: Ctx, period: { from: string; to: string }): Promise<Map<string, string[]>> {
  const { rows } = await runQuery(ctx, { ...period, metrics: ["attempts"], groupBy: ["endpoint", "pool"], limit: MOST_GROUPS });
  const pools = new Map<string, string[]>();
  for (const row of rows) {
    const pool = String(row["pool"] ?? "");
    if (pool !== "") pools.set(String(row["endpoint"]), [...(pools.get(String(row["endpoint"])) ?? []), pool]);
  }
  return pools;
}

interface Work {
  changes: EndpointChange[];
  measured: MeasuredSavings;
}

const UNDER_WAY: readonly string[] = ["in_review", "approved", "scheduled", "suspended", "executing"];

/** Changes of an endpoint or of the pools that serve it; and what promoted ones of the endpoint booked and were to save. */
async function changesByScope(ctx: Ctx): Promise<(endpoint: string, pools: readonly string[]) => Work> {
  const entries = await readLedger(ctx.db, await visibleIds(ctx), null);
  const edits = await readEdits(
    ctx.db,
    entries.map(({ changeId }) => changeId),
  );
  const of = ({ changeId }: StoredEntry) => edits.get(changeId) ?? [];
  return (endpoint, pools) => {
    const own = ({ scope: { level, value } }: PolicyEdit) => level === "endpoint" && value === endpoint;
    const near = (edit: PolicyEdit) => own(edit) || (edit.scope.level === "pool" && pools.includes(edit.scope.value ?? ""));
    return {
      changes: entries.flatMap((entry) =>
        of(entry)
          .filter(near)
          .flatMap((edit) => changeOf(entry, edit)),
      ),
      measured: entries
        .filter((entry) => entry.status === "promoted" && isMeasured(entry) && of(entry).some(own))
        .reduce(
          (sum, { measurements, estimateLowNanoUsd }) => ({
            bookedNanoUsd: sum.bookedNanoUsd + measurements.reduce((booked, one) => booked + one.bookedNanoUsd, 0n),
            estimatedLowNanoUsd: sum.estimatedLowNanoUsd + promised(estimateLowNanoUsd, measurements),
          }),
          { bookedNanoUsd: 0n, estimatedLowNanoUsd: 0n },
        ),
    };
  };
}

const isMeasured = (entry: StoredEntry) => entry.measurements.some(({ savingNanoUsd }) => savingNanoUsd !== null);

/** Under way, or promoted and shown to save; anything else says nothing of a step. */
function changeOf({ changeId, number, title, status, measurements }: StoredEntry, edit: PolicyEdit): EndpointChange[] {
  const change = { id: changeId, lever: leverOf(edit), title: `Change #${number}, ${title}` };
  if (UNDER_WAY.includes(status)) return [{ ...change, state: "in_change" }];
  return status === "promoted" && standingOf(measurements) === "saving" ? [{ ...change, state: "verified" }] : [];
}

/** The estimate is of 30 days: only the part of the time that was measured can have been kept. */
function promised(estimateLow: bigint | null, measurements: StoredEntry["measurements"]): bigint {
  const ms = measurements
    .filter(({ savingNanoUsd }) => savingNanoUsd !== null)
    .reduce((sum, { from, to }) => sum + (to.getTime() - from.getTime()), 0);
  return ((estimateLow ?? 0n) * BigInt(Math.round(ms))) / BigInt(SEEN_DAYS * DAY_MS);
}
