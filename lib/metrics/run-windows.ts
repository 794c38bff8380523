/**
 * The value of metrics over many windows that may overlap: a threshold on "the last hour", asked every five minutes for a
 * week, and the hour before each for comparison. The windows are cut at each other's edges into stretches that are read once,
 * by the same planner as any query, and added up again: so a window has the same value whether it is asked alone or with
 * ten thousand others.
 */
import type { Ctx } from "@/lib/auth/actor";
import { HistogramSum } from "@/lib/stats/histogram";
import type { MetricDefinition } from "./catalogue";
import type { Dimension } from "./dimensions";
import { evaluate, percentileOf, type Cell } from "./evaluate";
import type { Bucket } from "./periods";
import { readPeriod } from "./read-period";
import { preparePlan } from "./run-query";
import type { MetricFilter, MetricValue } from "./schemas";

/** Half-open, epoch milliseconds. */
export interface Window {
  from: number;
  to: number;
}

export interface WindowsQuery {
  metrics: string[];
  groupBy: Dimension[];
  filters: MetricFilter[];
}

export interface WindowsResult {
  /** Groups that have data in any of the windows; without `groupBy` always one. `values[metric][window]`. */
  groups: { labels: Partial<Record<Dimension, string>>; values: MetricValue[][] }[];
  warnings: string[];
}

/** Stretches of one read: groups × stretches are held in memory. */
const READ_AT_ONCE = 1_500;

export async function runWindows(ctx: Ctx, query: WindowsQuery, windows: readonly Window[]): Promise<WindowsResult> {
  const stretches = cutWindows(windows);
  const groups = new Map<string, (Cell | undefined)[]>(query.groupBy.length === 0 ? [["[]", []]] : []);
  const warnings = new Set<string>();
  let metrics: MetricDefinition[] = [];
  for (let at = 0; at < stretches.length; at += READ_AT_ONCE) {
    const buckets = stretches.slice(at, at + READ_AT_ONCE);
    const period = { from: new Date(buckets[0]!.from).toISOString(), to: new Date(buckets.at(-1)!.to).toISOString() };
    const { plan, tagKeys } = await preparePlan(ctx, { ...query, ...period }, buckets);
    metrics = plan.metrics;
    for (const warning of plan.warnings) warnings.add(warning);
    const { cells } = await readPeriod(ctx.db.pool, plan, plan.period, tagKeys);
    for (const [key, found] of cells) {
      let row = groups.get(key);
      if (!row) groups.set(key, (row = []));
      for (const [index, cell] of found) row[at + index] = cell;
    }
  }
  const firstOf = new Map(stretches.map(({ from }, index) => [from, index]));
  const lastOf = new Map(stretches.map(({ to }, index) => [to, index]));
  // Nothing is in an empty window, and it has no stretches.
  const spans = windows.map(({ from, to }) => (from < to ? { first: firstOf.get(from)!, end: lastOf.get(to)! + 1 } : EMPTY));
  return {
    groups: [...groups].map(([key, cells]) => ({
      labels: Object.fromEntries(
        (JSON.parse(key) as string[]).map((value, index) => [query.groupBy[index]!, value]),
      ) as WindowsResult["groups"][number]["labels"],
      values: metrics.map((metric) => valuesOf(metric, cells, spans)),
    })),
    warnings: [...warnings],
  };
}

/** The stretches between all edges that lie in at least one window. Pure. */
export function cutWindows(windows: readonly Window[]): Bucket[] {
  const edges = [...new Set(windows.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const change = new Map<number, number>();
  for (const { from, to } of windows) {
    change.set(from, (change.get(from) ?? 0) + 1);
    change.set(to, (change.get(to) ?? 0) - 1);
  }
  const stretches: Bucket[] = [];
  let open = 0;
  for (const [index, from] of edges.entries()) {
    open += change.get(from)!;
    const to = edges[index + 1];
    if (open > 0 && to !== undefined) stretches.push({ start: from, end: to, from, to });
  }
  return stretches;
}

interface Span {
  first: number;
  end: number;
}

const EMPTY: Span = { first: 0, end: 0 };

function valuesOf(metric: MetricDefinition, cells: readonly (Cell | undefined)[], spans: readonly Span[]): MetricValue[] {
  return metric.evaluation.type === "percentile"
    ? slidePercentile(metric.evaluation, cells, spans)
    : sumSpans(metric, cells, spans);
}

/** Exact measures by differences of running sums; inexact ones are added up anew, as a difference would carry old errors on. */
function sumSpans(metric: MetricDefinition, cells: readonly (Cell | undefined)[], spans: readonly Span[]): MetricValue[] {
  const end = Math.max(0, ...spans.map((span) => span.end));
  const columns = metric.measures.map((name) => {
    const sums: bigint[] = [0n];
    const seen: number[] = [0];
    let exact = true;
    for (let at = 0; at < end; at++) {
      const value = cells[at]?.sums.get(name);
      if (typeof value === "number") exact = false;
      sums.push(sums[at]! + (typeof value === "bigint" ? value : 0n));
      seen.push(seen[at]! + (value === undefined ? 0 : 1));
    }
    return { name, sums, seen, exact };
  });
  const scratch = new HistogramSum();
  return spans.map((span) => {
    const cell: Cell = { sums: new Map(), histograms: new Map() };
    for (const { name, sums, seen, exact } of columns) {
      if (seen[span.end] === seen[span.first]) continue;
      cell.sums.set(name, exact ? sums[span.end]! - sums[span.first]! : addUp(cells, name, span));
    }
    return evaluate(metric, cell, scratch);
  });
}

function addUp(cells: readonly (Cell | undefined)[], name: string, { first, end }: Span): number {
  let sum = 0;
  for (let at = first; at < end; at++) sum += Number(cells[at]?.sums.get(name) ?? 0);
  return sum;
}

/** One histogram slides from window to window: what leaves it is taken out, what comes is put in. */
function slidePercentile(
  how: Parameters<typeof percentileOf>[0],
  cells: readonly (Cell | undefined)[],
  spans: readonly Span[],
): MetricValue[] {
  const values: MetricValue[] = Array.from({ length: spans.length });
  const order = spans
    .map((span, index) => ({ ...span, index }))
    .sort((a, b) => a.end - a.first - (b.end - b.first) || a.first - b.first);
  const sum = new HistogramSum();
  let held: Span = { first: 0, end: 0 };
  const chunks = (at: number) => cells[at]?.histograms.get(how.distribution) ?? [];
  for (const { first, end, index } of order) {
    if (first < held.first || first >= held.end || end < held.end) {
      sum.clear();
      held = { first, end: first };
    }
    for (let at = held.first; at < first; at++) for (const chunk of chunks(at)) sum.removeEncoded(chunk);
    for (let at = held.end; at < end; at++) for (const chunk of chunks(at)) sum.addEncoded(chunk);
    held = { first, end };
    values[index] = percentileOf(how, sum);
  }
  return values;
}
