/** What a rule would have seen on the days before now, at the instants of the live evaluator. */
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import type { MetricValue } from "@/lib/metrics/schemas";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { instantsBetween, newestInstant } from "../evaluate/grid";
import { isWholeHours, reachMs } from "../evaluate/question";
import { readMasks } from "../evaluate/read-masks";
import { readObservations, type Observed, type ObservedGroup } from "../evaluate/read-observations";
import { checkWatched } from "../rules/check-rule";
import type { Observation } from "../rules/compare";
import type { AlertRule } from "../rules/schemas";
import { findWatched } from "../signals/catalogue";
import { backtestSchema, type BacktestSeries, type Seen } from "./schemas";

/** Alerts × instants of one answer. */
const MAX_SEEN = 250_000;
/** The newest minutes that the store surely has. */
const MINUTES_KEPT_MS = 7 * DAY_MS - 2 * HOUR_MS;
const HOUR_SEC = 3_600;

export async function readBacktest(ctx: Ctx, input: unknown): Promise<BacktestSeries> {
  requireRole(ctx, "viewer");
  const { rule, days } = backtestSchema.parse(input);
  checkWatched(rule);
  const { timeZone } = await loadWorkspace(ctx.db);
  const now = ctx.now.getTime();
  const newest = newestInstant(rule, now);
  const from = newest - days * DAY_MS;
  const minutesFrom = now - MINUTES_KEPT_MS;
  const isSignal = findWatched(rule.metric)?.kind === "signal";
  const exactFrom = isWholeHours(rule) || isSignal ? from : Math.max(from, minutesFrom + reachMs(rule));
  const exact = instantsBetween(exactFrom, newest + 1, rule.everySec);
  const hourly = Math.max(rule.everySec, HOUR_SEC);
  const coarse = exactFrom > from ? instantsBetween(from, exact[0] ?? newest, hourly) : [];
  const parts = [
    { instants: coarse, everySec: hourly, wholeHours: true },
    { instants: exact, everySec: rule.everySec, wholeHours: false },
  ].filter(({ instants }) => instants.length > 0);

  const read: ((typeof parts)[number] & Observed)[] = [];
  for (const part of parts) {
    const masks = await readMasks(ctx.db.pool, rule, part.instants);
    const around = { zone: timeZone, masks, wholeHours: part.wholeHours };
    read.push({ ...part, ...(await readObservations(ctx, rule, part.instants, around, spendOf(rule, part.everySec))) });
  }
  const labels = new Map(read.flatMap(({ groups }) => groups.map((group) => [JSON.stringify(group.labels), group.labels])));
  const count = parts.reduce((sum, { instants }) => sum + instants.length, 0);
  if (labels.size * count > MAX_SEEN) {
    throw new AppError(
      "unprocessable",
      `That is ${labels.size} alerts at ${count} instants. Test fewer days, evaluate less often, or group by less.`,
      { field: "days" },
    );
  }
  return {
    stretches: parts.map(({ instants, everySec }) => ({ from: instants[0]!, everySec, count: instants.length })),
    groups: [...labels].map(([key, value]) => {
      const own = read.map(({ groups, instants }) => ({
        group: groups.find((group) => JSON.stringify(group.labels) === key),
        count: instants.length,
      }));
      return {
        labels: value,
        seen: own.flatMap(({ group, count: length }) => seenOf(group, length)),
        spentUsd: isSignal ? [] : own.flatMap(({ group, count: length }) => spentOf(group, length)),
      };
    }),
    approximations: await approximationsOf(ctx, rule, { from, newest, coarse, days, isSignal }),
    warnings: [...new Set(read.flatMap(({ warnings }) => warnings))],
    timeZone,
  };
}

/** GPU numbers know the bill of GPUs, everything else the spend of requests. */
function spendOf(rule: AlertRule, everySec: number) {
  const watched = findWatched(rule.metric);
  if (watched?.kind !== "metric") return undefined;
  return {
    metrics: [watched.definition.domain === "node" ? "gpu_cost_usd" : "cost_usd"],
    windowAt: (at: number) => ({ from: at - everySec * 1_000, to: at }),
  };
}

const seenOf = (group: ObservedGroup | undefined, count: number): Seen[] =>
  group ? group.observations.map(seenOfObservation) : Array.from({ length: count }, () => null);

const seenOfObservation = (observation: Observation): Seen =>
  observation.kind === "value" ? observation.value : observation.kind === "no_data" ? null : false;

const spentOf = (group: ObservedGroup | undefined, count: number): (string | null)[] => {
  const values: MetricValue[] | undefined = group?.extras[0];
  return values ? values.map(({ value }) => value) : Array.from({ length: count }, () => null);
};

async function approximationsOf(
  ctx: Ctx,
  rule: AlertRule,
  {
    from,
    newest,
    coarse,
    days,
    isSignal,
  }: { from: number; newest: number; coarse: readonly number[]; days: number; isSignal: boolean },
): Promise<string[]> {
  if (isSignal) return ["Headroom's own signals are known since it began to record them; before that there is no data."];
  const sentences: string[] = [];
  if (coarse.length > 0) {
    const share = Math.round((coarse.at(-1)! + HOUR_MS - from) / DAY_MS);
    sentences.push(
      `Minutes are kept for a week: the oldest ${share} of ${days} days are tested once an hour, on windows of whole hours.`,
    );
  }
  const { completeness } = await runQuery(ctx, {
    metrics: ["requests"],
    from: new Date(from).toISOString(),
    to: new Date(newest).toISOString(),
  });
  if (completeness.late > 0) {
    sentences.push(
      `${completeness.late.toLocaleString("en-US")} events of this time came late. They count here, though the evaluator may not have known them after ${rule.delaySec} s.`,
    );
  }
  sentences.push("Costs are those of the prices known now.");
  return sentences;
}
