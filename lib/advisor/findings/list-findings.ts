import { requireRole, type Actor, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { nanoToUsd } from "@/lib/money";
import { byRank } from "../detectors/detect-all";
import { layLevers } from "../overlap";
import { leverParts, tenantOfPool, type SpendPools } from "./finding";
import {
  FINDING_STATES,
  findingFilterSchema,
  type FindingFilter,
  type FindingList,
  type FindingView,
  type RunSummary,
} from "./schemas";
import {
  findCurrentRun,
  findFinding,
  findFindings,
  findLastRun,
  fromDocument,
  documentOf,
  summaryOf,
  viewRun,
  type FindingRow,
} from "./store";
import { maySee, viewFinding } from "./view-finding";

/**
 * Ranked, with what each adds after those before it. Whoever is limited to tenants sees what is theirs alone, and totals of
 * that.
 */
export async function listFindings(ctx: Ctx, input: FindingFilter): Promise<FindingList> {
  requireRole(ctx, "viewer");
  const { state, lever, effort, text, id } = findingFilterSchema.parse(input);
  const reader = ctx.db.prisma;
  const [all, last, current] = await Promise.all([findFindings(reader), findLastRun(reader), findCurrentRun(reader)]);
  const rows = all.filter((row) => maySee(ctx.actor, row.tenants)).sort((a, b) => byRank(finding(a), finding(b)));
  const summary = last && summaryOf(last);
  const laid = lay(
    rows.filter((row) => row.state === "open"),
    summary ? spendFor(ctx.actor, summary) : new Map(),
  );
  const wanted = (row: FindingRow) =>
    id !== undefined ? row.id === id : row.state === state && (!lever || row.lever === lever) && matches(row, effort, text);
  return {
    items: rows.filter(wanted).map((row) => viewFinding(row, laid.adds.get(row.id) ?? null)),
    counts: Object.fromEntries(
      FINDING_STATES.map((one) => [one, rows.filter((row) => row.state === one).length]),
    ) as FindingList["counts"],
    total: summary && laid.total,
    patterns: summary ? summary.patterns.filter(({ tenants }) => maySee(ctx.actor, tenants)) : [],
    concentration: summary ? summary.concentration.filter(({ tenants }) => maySee(ctx.actor, tenants)) : [],
    lastRun: last && viewRun(last),
    currentRun: current && viewRun(current),
    window: summary && { from: summary.from, to: summary.to, days: summary.days, sampleShare: summary.sampleShare },
  };
}

export async function getFinding(ctx: Ctx, id: string): Promise<FindingView> {
  requireRole(ctx, "viewer");
  const row = await findFinding(ctx.db.prisma, id);
  if (!row || !maySee(ctx.actor, row.tenants)) throw new AppError("not_found", "There is no such finding.");
  return viewFinding(row, null);
}

const finding = (row: FindingRow) => fromDocument(documentOf(row));

function matches(row: FindingRow, effort: string | undefined, text: string | undefined): boolean {
  const { title, scope, statement, ...said } = documentOf(row);
  if (effort !== undefined && said.effort !== effort) return false;
  if (!text) return true;
  return [title, statement, ...Object.values(scope)].join(" ").toLowerCase().includes(text.toLowerCase());
}

function spendFor(actor: Actor, { spend }: RunSummary): SpendPools {
  const pools = spend.map(([pool, nano]) => [pool, BigInt(nano)] as const);
  return new Map(pools.filter(([pool]) => maySee(actor, [tenantOfPool(pool) ?? "*"])));
}

function lay(open: readonly FindingRow[], spend: SpendPools) {
  const levers = (end: "low" | "high") => open.map((row) => ({ id: row.id, parts: leverParts(documentOf(row).parts, end) }));
  const [low, high] = [layLevers(spend, levers("low")), layLevers(spend, levers("high"))];
  return {
    adds: new Map(
      open.map((row, index) => [row.id, { low: low.levers[index]!.savedNanoUsd, high: high.levers[index]!.savedNanoUsd }]),
    ),
    total: {
      lowUsd: nanoToUsd(low.savedNanoUsd),
      highUsd: nanoToUsd(high.savedNanoUsd),
      spendUsd: nanoToUsd([...spend.values()].reduce((sum, nano) => sum + nano, 0n)),
      naiveHighUsd: nanoToUsd(open.reduce((sum, row) => sum + row.savingHighNano, 0n)),
    },
  };
}
