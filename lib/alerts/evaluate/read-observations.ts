/** What a rule saw at each of many instants, one row of observations a set of labels. Live and backtest read through here. */
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { runWindows, type Window } from "@/lib/metrics";
import type { MetricValue } from "@/lib/metrics/schemas";
import type { Observation } from "../rules/compare";
import type { AlertRule } from "../rules/schemas";
import { SIGNALS } from "../signals/catalogue";
import { readSignalWindows } from "../signals/store";
import { observationOf, windowsAt, type Surroundings } from "./question";

export type Labels = Record<string, string>;

export interface ObservedGroup {
  labels: Labels;
  /** One an instant, in their order. */
  observations: Observation[];
  /** Of the metrics asked for beside the rule, by metric and instant. */
  extras: MetricValue[][];
}

export interface Observed {
  groups: ObservedGroup[];
  warnings: string[];
}

/** One rule must not become a thousand alerts. */
const MAX_GROUPS = 200;

export interface Extras {
  metrics: readonly string[];
  /** Of one instant. */
  windowAt: (at: number) => Window;
}

export async function readObservations(
  ctx: Ctx,
  rule: AlertRule,
  instants: readonly number[],
  around: Surroundings,
  extras?: Extras,
): Promise<Observed> {
  const asked = instants.map((at) => windowsAt(rule, at, around));
  const windows = asked.flat();
  const { groups, warnings } = await readGroups(ctx, rule, windows, instants, extras);
  if (groups.length > MAX_GROUPS) {
    throw new AppError(
      "unprocessable",
      `It would be ${groups.length} alerts at once, ${MAX_GROUPS} are allowed. Filter, or group by something with fewer values.`,
      { field: "groupBy" },
    );
  }
  return {
    warnings,
    groups: groups.map((group) => {
      let at = 0;
      return {
        labels: group.labels,
        extras: group.extras,
        observations: instants.map((instant, index) => {
          const count = asked[index]!.length;
          const slice = (values: readonly MetricValue[]) => values.slice(at, at + count);
          const answer = { values: slice(group.values), per: group.per && slice(group.per) };
          at += count;
          return observationOf(rule, instant, answer, around);
        }),
      };
    }),
  };
}

interface ReadGroup {
  labels: Labels;
  values: MetricValue[];
  per: MetricValue[] | null;
  extras: MetricValue[][];
}

async function readGroups(
  ctx: Ctx,
  rule: AlertRule,
  windows: readonly Window[],
  instants: readonly number[],
  extras: Extras | undefined,
): Promise<{ groups: ReadGroup[]; warnings: string[] }> {
  if (SIGNALS.has(rule.metric)) {
    const values = await readSignalWindows(ctx.db.pool, rule.metric, windows);
    return { groups: [{ labels: {}, values, per: null, extras: [] }], warnings: [] };
  }
  const scope = { groupBy: rule.groupBy, filters: rule.filters };
  const metrics = rule.per === null || rule.per === rule.metric ? [rule.metric] : [rule.metric, rule.per];
  const beside = extras ? instants.map(extras.windowAt) : [];
  const [own, more] = await Promise.all([
    runWindows(ctx, { ...scope, metrics }, windows),
    extras && beside.length > 0 ? runWindows(ctx, { ...scope, metrics: [...extras.metrics] }, beside) : undefined,
  ]);
  const extrasOf = new Map(more?.groups.map(({ labels, values }) => [JSON.stringify(labels), values]));
  return {
    warnings: own.warnings,
    groups: own.groups.map(({ labels, values }) => ({
      labels: labels as Labels,
      values: values[0]!,
      per: rule.per === null ? null : values.at(-1)!,
      extras: extrasOf.get(JSON.stringify(labels)) ?? [],
    })),
  };
}
