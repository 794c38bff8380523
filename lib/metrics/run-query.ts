/** Answers a metric query: plan, read, add up, divide. The one way to a number. */
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { HistogramSum } from "@/lib/stats/histogram";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { MINUTES_KEPT_MS } from "./apply-rollups";
import { OTHER } from "./columns";
import { readCompleteness } from "./completeness";
import { addToCell, emptyCell, evaluate, type Cell } from "./evaluate";
import { mayNeedRaw, planQuery, type QueryPlan } from "./plan-query";
import type { Bucket } from "./periods";
import { readPeriod, type Cells } from "./read-period";
import { metricQuerySchema, type MetricCell, type MetricQuery, type MetricResult, type MetricRow } from "./schemas";
import type { Sources } from "./segments";
import { sortTagKeys } from "./tags";

/** Groups × buckets up to which every bucket of every group is listed; beyond it, only those with data. */
const MAX_FILLED_CELLS = 20_000;

/** Raw rows that one answer may read: this long always, and up to this much (some 4M events). */
const MIN_RAW_MS = 8 * DAY_MS;
const MAX_RAW_BYTES = 2_000_000_000;

/** Throws `invalid` for what cannot be answered, with what to do instead. Rows outside the actor's tenants do not exist. */
export async function runQuery(ctx: Ctx, query: MetricQuery): Promise<MetricResult> {
  const { plan, tagKeys, timeZone } = await preparePlan(ctx, query);
  const now = ctx.now.getTime();
  const [main, other] = await Promise.all([
    readPeriod(ctx.db.pool, plan, plan.period, tagKeys),
    plan.compare ? readPeriod(ctx.db.pool, plan, plan.compare, tagKeys) : undefined,
  ]);
  const [completeness, overflow] = await Promise.all([
    readCompleteness(
      ctx.db.pool,
      { from: plan.period.from, to: plan.period.to, now: ctx.now, tenants: plan.tenants },
      main.pricing,
    ),
    readOverflow(ctx, plan),
  ]);
  const { rows, warnings } = rowsOf(plan, main.cells, other?.cells, now);
  return {
    rows,
    completeness,
    plan: {
      grains: [...new Set([...plan.period.segments, ...plan.period.nodeSegments].map((segment) => segment.source))],
      from: new Date(plan.period.from).toISOString(),
      to: new Date(plan.period.to).toISOString(),
      ...(plan.compare
        ? { compareFrom: new Date(plan.compare.from).toISOString(), compareTo: new Date(plan.compare.to).toISOString() }
        : {}),
      timeZone,
    },
    warnings: [...plan.warnings, ...overflow, ...warnings],
  };
}

/** What has to be read, and how this installation keeps it. `buckets`: see PlanOptions. */
export async function preparePlan(
  ctx: Ctx,
  query: MetricQuery,
  buckets?: Bucket[],
): Promise<{ plan: QueryPlan; tagKeys: readonly string[]; timeZone: string }> {
  requireRole(ctx, "viewer");
  const parsed = metricQuerySchema.parse(query);
  const workspace = await loadWorkspace(ctx.db);
  const asked = [...parsed.groupBy, ...parsed.filters.map((filter) => filter.dimension)];
  const [kept, maxRawMs] = await Promise.all([
    readSources(ctx, workspace.timeZone, workspace.rawRetentionDays),
    asked.some(mayNeedRaw) ? readMaxRawMs(ctx) : MIN_RAW_MS,
  ]);
  const sources: Sources = { ...kept, maxRawMs };
  const plan = planQuery(parsed, {
    now: ctx.now.getTime(),
    sources,
    tenants: ctx.actor.tenants,
    ...(buckets ? { buckets } : {}),
  });
  return { plan, tagKeys: sortTagKeys(workspace.tagKeys), timeZone: workspace.timeZone };
}

/**
 * How long a stretch of raw rows one answer may read: what only they can answer must not scan a month of a busy
 * installation (some 45 s for 50M events), and may on a quiet one.
 */
async function readMaxRawMs(ctx: Ctx): Promise<number> {
  const { rows } = await ctx.db.pool.query<{ bytes: number; days: number }>(
    `select coalesce(sum(size), 0)::double precision as bytes, count(*)::int as days from (
       select pg_relation_size(inhrelid) as size from pg_inherits where inhparent = 'telemetry.event'::regclass) part where size > 0`,
  );
  const { bytes, days } = rows[0]!;
  return bytes === 0 ? MIN_RAW_MS : Math.max(MIN_RAW_MS, (MAX_RAW_BYTES / (bytes / days)) * DAY_MS);
}

async function readSources(ctx: Ctx, timeZone: string, rawRetentionDays: number): Promise<Omit<Sources, "maxRawMs">> {
  const { rows } = await ctx.db.pool.query<{ time_zone: string; days_from: number }>(
    "select time_zone, extract(epoch from days_from)::double precision * 1000 as days_from from telemetry.rollup_zone",
  );
  const zone = rows[0];
  const now = ctx.now.getTime();
  return {
    timeZone,
    daysFrom: zone?.time_zone === timeZone ? zone.days_from : null,
    // An hour of grace: minutes are pruned by another clock.
    minutesFrom: now - MINUTES_KEPT_MS + HOUR_MS,
    rawFrom: Math.ceil((now - rawRetentionDays * DAY_MS) / DAY_MS) * DAY_MS,
  };
}

/** Dimensions of the query that outgrew their budget. */
async function readOverflow(ctx: Ctx, plan: QueryPlan): Promise<string[]> {
  const asked = [...plan.groupBy, ...plan.filters.map((filter) => filter.dimension)];
  if (asked.length === 0) return [];
  const { rows } = await ctx.db.pool.query<{ dimension: string }>(
    "select dimension from telemetry.series_overflow where dimension = any($1::text[]) order by dimension",
    [asked],
  );
  return rows.map(({ dimension }) => `"${dimension}" has more values than its budget; the newest are counted under "${OTHER}".`);
}

const totalsOf = (buckets: ReadonlyMap<number, Cell>): Cell => {
  const sum = emptyCell();
  for (const cell of buckets.values()) addToCell(sum, cell);
  return sum;
};

/** Groups in order, those beyond the limit folded into one; then one row a group and bucket. */
function rowsOf(plan: QueryPlan, main: Cells, other: Cells | undefined, now: number): { rows: MetricRow[]; warnings: string[] } {
  const scratch = new HistogramSum();
  const warnings: string[] = [];
  if (plan.groupBy.length === 0 && !main.has("[]")) main.set("[]", new Map());
  const keys = new Set([...main.keys(), ...(other?.keys() ?? [])]);

  const ranked = [...keys]
    .map((key) => {
      const buckets = main.get(key);
      const { value } = evaluate(plan.orderBy.metric, buckets && totalsOf(buckets), scratch);
      return { key, rank: value === null ? null : Number(value) };
    })
    .sort((a, b) => {
      if (a.rank === null || b.rank === null) return a.rank === b.rank ? (a.key < b.key ? -1 : 1) : a.rank === null ? 1 : -1;
      const difference = plan.orderBy.direction === "asc" ? a.rank - b.rank : b.rank - a.rank;
      return difference || (a.key < b.key ? -1 : 1);
    })
    .map(({ key }) => key);

  let order = ranked;
  if (ranked.length > plan.limit) {
    const rest = ranked.slice(plan.limit);
    const otherKey = JSON.stringify(plan.groupBy.map(() => OTHER));
    order = [...ranked.slice(0, plan.limit).filter((key) => key !== otherKey), otherKey];
    for (const cells of other ? [main, other] : [main]) foldGroups(cells, rest, otherKey);
    warnings.push(`${rest.length} more groups than the limit of ${plan.limit} are added up in "${OTHER}".`);
  }

  const { buckets } = plan.period;
  const fill = order.length * buckets.length <= MAX_FILLED_CELLS;
  const rows: MetricRow[] = [];
  for (const [index, bucket] of buckets.entries()) {
    for (const key of order) {
      const cell = main.get(key)?.get(index);
      const compared = other?.get(key)?.get(index);
      if (!fill && !cell && !compared) continue;
      const row: MetricRow = { bucket: plan.grain === "total" ? null : new Date(bucket.start).toISOString() };
      if (bucket.from > bucket.start || bucket.to < bucket.end || bucket.end > now) row.partial = true;
      const values = JSON.parse(key) as string[];
      for (const [at, dimension] of plan.groupBy.entries()) row[dimension] = values[at]!;
      for (const metric of plan.metrics) {
        const value: MetricCell = evaluate(metric, cell, scratch);
        row[metric.id] = other ? { ...value, compare: evaluate(metric, compared, scratch) } : value;
      }
      rows.push(row);
    }
  }
  return { rows, warnings };
}

function foldGroups(cells: Cells, keys: readonly string[], into: string): void {
  const sum = cells.get(into) ?? new Map<number, Cell>();
  for (const key of keys) {
    if (key === into) continue;
    for (const [index, cell] of cells.get(key) ?? []) {
      const target = sum.get(index) ?? emptyCell();
      addToCell(target, cell);
      sum.set(index, target);
    }
    cells.delete(key);
  }
  cells.set(into, sum);
}
