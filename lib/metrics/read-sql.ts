/**
 * The SQL of a plan: one statement a table. Every statement answers (g0, g1, g2, b, numbers…): the group, the index of
 * the bucket, the sums. All values are parameters; only names from our own lists are text.
 */
import type { TenantScope } from "@/lib/auth/actor";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/time";
import type { SeriesDimension } from "@/lib/telemetry/event";
import { REUSE_CHECK } from "@/lib/telemetry/reuse-check";
import { DIMENSION_COLUMN } from "./columns";
import { DISTRIBUTIONS, MEASURES } from "./measures";
import { ALLOCATED_COLUMN, UNALLOCATED_COLUMN } from "./allocation-measures";
import { isEnergyMeasure, type EnergyMeasure, type NodeMeasure } from "./node-measures";
import type { Bucket } from "./periods";
import type { Dimension, MetricFilter } from "./schemas";
import type { Segment } from "./segments";

export interface Statement {
  text: string;
  values: unknown[];
  /** It joins whole days: where no statistics are known yet, nested loops would read all of them once for each row. */
  joinsByHash?: boolean;
}

export interface ReadScope {
  groupBy: readonly Dimension[];
  filters: readonly MetricFilter[];
  tenants: TenantScope;
  tagKeys: readonly string[];
  buckets: readonly Bucket[];
  /** One row a series, in `series_id`: how day rows are rebuilt. */
  bySeries?: boolean;
}

class Values {
  readonly list: unknown[] = [];
  add(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }
}

const iso = (at: number) => new Date(at).toISOString();

/** Index of the bucket that a time falls into. */
function bucketIndex(column: string, buckets: readonly Bucket[], values: Values): string {
  if (buckets.length === 1) return "0";
  return `width_bucket(${column}, ${values.add(buckets.map((bucket) => iso(bucket.start)))}::timestamptz[]) - 1`;
}

/** `column` lies in one of the segments. */
function inSegments(column: string, segments: readonly Pick<Segment, "from" | "to">[], values: Values): string {
  const first = values.add(iso(Math.min(...segments.map((segment) => segment.from))));
  const last = values.add(iso(Math.max(...segments.map((segment) => segment.to))));
  const bounds = `${column} >= ${first}::timestamptz and ${column} < ${last}::timestamptz`;
  if (segments.length === 1) return bounds;
  const starts = values.add(segments.map((segment) => iso(segment.from)));
  const ends = values.add(segments.map((segment) => iso(segment.to)));
  return `${bounds} and exists (select 1 from unnest(${starts}::timestamptz[], ${ends}::timestamptz[]) as part (f, t)
    where ${column} >= part.f and ${column} < part.t)`;
}

/** A dimension as text over a table of series ("s"). Status is not here: it is a column of the rollups. */
const seriesColumn = (dimension: Dimension): string => `s.${DIMENSION_COLUMN[dimension as SeriesDimension]}`;

/** A dimension as text over raw events ("e"); "" is not set, as in a series. */
function rawColumn(dimension: Dimension, tagKeys: readonly string[], values: Values): string {
  switch (dimension) {
    case "status":
      return "e.status";
    case "errorClass":
      return "coalesce(e.error_class, '')";
    case "cacheOutcome":
      return "case when e.cache_hit then e.cache_layer when e.cache_layer <> 'none' then 'miss' else 'none' end";
    case "tags":
      // The twin of tags.ts.
      return `(select coalesce(string_agg(k || '=' || replace(e.tags ->> k, ',', ';'), ',' order by n), '')
        from unnest(${values.add([...tagKeys])}::text[]) with ordinality as t (k, n) where e.tags ? k)`;
    default:
      return `coalesce(e.${DIMENSION_COLUMN[dimension]}::text, '')`;
  }
}

type ColumnOf = (dimension: Dimension) => string;

/** A tag filter matches one pair (`team=cx`) or the whole text. */
function condition(filter: MetricFilter, columnOf: ColumnOf, values: Values): string {
  const wanted = values.add(filter.in);
  const column = columnOf(filter.dimension);
  if (filter.dimension === "tags")
    return `(${column} = any(${wanted}::text[]) or string_to_array(${column}, ',') && ${wanted}::text[])`;
  return `${column} = any(${wanted}::text[])`;
}

/** The filters, and always the tenants that the actor may see. */
function conditions(scope: ReadScope, columnOf: ColumnOf, values: Values): string[] {
  const result = scope.filters.map((filter) => condition(filter, columnOf, values));
  if (scope.tenants !== "all") result.push(`${columnOf("tenant")} = any(${values.add([...scope.tenants])}::text[])`);
  return result;
}

const and = (parts: readonly string[]): string => (parts.length > 0 ? parts.join(" and ") : "true");
const groups = (scope: ReadScope): string[] => scope.groupBy.map((_, index) => `g${index}`);
const groupColumns = (scope: ReadScope, columnOf: ColumnOf): string =>
  (scope.bySeries ? "r.series_id, " : "") +
  scope.groupBy.map((dimension, index) => `${columnOf(dimension)} as g${index}, `).join("");
const groupClause = (scope: ReadScope): string =>
  `group by ${[...groups(scope), ...(scope.bySeries ? ["r.series_id"] : []), "b"].join(", ")}`;

const GRAIN_MS = { day: DAY_MS, hour: HOUR_MS, minute: MINUTE_MS };
/** Rows a series has per bucket from which summing per series first, then joining, beats joining every row. */
const WORTH_SUMMING_FIRST = 4;

/** Sums of measures from rollup rows. */
export function rollupSums(
  grain: "day" | "hour" | "minute",
  segments: readonly Segment[],
  measures: readonly string[],
  scope: ReadScope,
): Statement {
  const values = new Values();
  const time = inSegments("r.bucket", segments, values);
  const index = bucketIndex("r.bucket", scope.buckets, values);
  const where = conditions(scope, seriesColumn, values);
  const wanted = where.length > 0 ? ` and r.series_id in (select s.id from telemetry.series s where ${and(where)})` : "";
  const first = scope.buckets[0]!;
  const rowsPerBucket = (first.end - first.start) / GRAIN_MS[grain];
  if (scope.groupBy.length === 0 || rowsPerBucket < WORTH_SUMMING_FIRST) {
    const join = scope.groupBy.length > 0 ? "join telemetry.series s on s.id = r.series_id" : "";
    return {
      text: `select ${groupColumns(scope, seriesColumn)} ${index} as b,
          ${measures.map((name) => `coalesce(sum(r.${name}), 0) as ${name}`).join(", ")}
        from telemetry.rollup_${grain} r ${join} where ${time}${wanted} ${groupClause(scope)}`,
      values: values.list,
    };
  }
  return {
    text: `select ${groupColumns(scope, seriesColumn)} t.b, ${measures.map((name) => `coalesce(sum(t.${name}), 0) as ${name}`).join(", ")}
      from (select r.series_id, ${index} as b, ${measures.map((name) => `sum(r.${name}) as ${name}`).join(", ")}
        from telemetry.rollup_${grain} r where ${time}${wanted} group by r.series_id, b) t
      join telemetry.series s on s.id = t.series_id ${groupClause(scope)}`,
    values: values.list,
  };
}

/**
 * Histograms from rollup rows, concatenated: concatenation adds (lib/stats/histogram.ts). As base64: pg reads every
 * result as UTF-8 text, asked for binary or not, and bytea's own hex is half as long again.
 */
export function rollupHistograms(
  grain: "day" | "hour" | "minute",
  segments: readonly Segment[],
  distributions: readonly string[],
  scope: ReadScope,
): Statement {
  const values = new Values();
  const time = inSegments("r.bucket", segments, values);
  const index = bucketIndex("r.bucket", scope.buckets, values);
  const where = conditions(scope, seriesColumn, values);
  const join = where.length > 0 || scope.groupBy.length > 0 ? "join telemetry.series s on s.id = r.series_id" : "";
  return {
    text: `select ${groupColumns(scope, seriesColumn)} ${index} as b,
        ${distributions.map((name) => `encode(string_agg(r.${name}, ''::bytea), 'base64') as ${name}`).join(", ")}
      from telemetry.histogram_${grain} r ${join} where ${time} and ${and(where)} ${groupClause(scope)}`,
    values: values.list,
  };
}

const measureSql = new Map(MEASURES.map((measure) => [measure.name, measure.sql]));
const isBoolean = (sql: string) => !/^case |^provider_cost_nano$/.test(sql);

/** Sums of measures straight from raw rows. */
export function rawSums(segments: readonly Segment[], measures: readonly string[], scope: ReadScope): Statement {
  const values = new Values();
  const columnOf: ColumnOf = (dimension) => rawColumn(dimension, scope.tagKeys, values);
  const sums = measures.map((name) => {
    const sql = measureSql.get(name)!;
    return isBoolean(sql) ? `count(*) filter (where ${sql}) as ${name}` : `coalesce(sum(${sql}), 0) as ${name}`;
  });
  return {
    text: `select ${groupColumns(scope, columnOf)} ${bucketIndex("e.occurred_at", scope.buckets, values)} as b, ${sums.join(", ")}
      from telemetry.event e
      where ${inSegments("e.occurred_at", segments, values)} and ${and(conditions(scope, columnOf, values))} ${groupClause(scope)}`,
    values: values.list,
  };
}

const distributionSql = new Map(DISTRIBUTIONS.map((distribution) => [distribution.name, distribution.sql]));

/** Histogram buckets straight from raw rows: (groups, b, d, bucket, n), d being the index into `distributions`. */
export function rawHistograms(segments: readonly Segment[], distributions: readonly string[], scope: ReadScope): Statement {
  const values = new Values();
  const columnOf: ColumnOf = (dimension) => rawColumn(dimension, scope.tagKeys, values);
  const observed = distributions.map((name, index) => `(${index}, (${distributionSql.get(name)!})::double precision)`);
  return {
    text: `select ${groupColumns(scope, columnOf)} ${bucketIndex("e.occurred_at", scope.buckets, values)} as b, v.d,
        case when v.x > 0 then greatest(-1100, least(2200, ceil(ln(v.x) * 50)))::int else -1101 end as bucket, count(*)::int as n
      from telemetry.event e cross join lateral (values ${observed.join(", ")}) as v (d, x)
      where v.x is not null and ${inSegments("e.occurred_at", segments, values)} and ${and(conditions(scope, columnOf, values))}
      ${groupClause(scope)}, v.d, bucket`,
    values: values.list,
  };
}

/** The model is the pool's: nodes that serve one model interchangeably. */
const poolModel = "coalesce((select p.model from public.pool p where p.id = r.pool), '')";
const nodeColumn = (dimension: Dimension): string => (dimension === "modelServed" ? poolModel : `r.${dimension}`);

/** The energy rates that hold for a row: the region's before everybody's, the later before the earlier. The twin of lib/allocation. */
const energyRates = (region: string, at: string): string => `left join lateral (
    select (t.terms ->> 'pue')::float8 as pue, (t.terms ->> 'usdPerKwh')::float8 as usd, (t.terms ->> 'kgCo2PerKwh')::float8 as kg
    from public.gpu_term t where t.kind = 'energy' and t.withdrawn_at is null
      and (t.terms ->> 'region' is null or t.terms ->> 'region' = ${region})
      and (t.effective_from is null or t.effective_from <= ${at}) and (t.effective_to is null or ${at} < t.effective_to)
    order by t.terms ->> 'region' is null, t.effective_from desc nulls last, t.id desc limit 1) en on true`;

/** 3.6e9 mJ are one kWh. Before any rate was set, nothing is added and nothing is emitted that nobody stated. */
const ENERGY_SQL: Record<EnergyMeasure, string> = {
  facility_mj: "r.energy_mj * coalesce(en.pue, 1)",
  energy_nano: "r.energy_mj / 3.6 * coalesce(en.pue * en.usd, 0)",
  carbon_mg: "r.energy_mj / 3600 * coalesce(en.pue * en.kg, 0)",
};
const energyJoin = (measures: readonly string[], region: string, at: string): string =>
  measures.some(isEnergyMeasure) ? energyRates(region, at) : "";

/** Sums from the node rollups. */
export function nodeRollupSums(
  grain: "day" | "hour" | "minute",
  segments: readonly Segment[],
  measures: readonly string[],
  scope: ReadScope,
): Statement {
  const values = new Values();
  return {
    text: `select ${groupColumns(scope, nodeColumn)} ${bucketIndex("r.bucket", scope.buckets, values)} as b,
        ${measures.map((name) => `sum(${isEnergyMeasure(name) ? ENERGY_SQL[name] : `r.${name}`}) as ${name}`).join(", ")}
      from telemetry.node_rollup_${grain} r ${energyJoin(measures, "r.region", "r.bucket")}
      where ${inSegments("r.bucket", segments, values)} and ${and(conditions({ ...scope, tenants: "all" }, nodeColumn, values))} ${groupClause(scope)}`,
    values: values.list,
  };
}

const weighted = (column: string) => `case when ${column} is null then 0 else ${column} * interval_sec * 1000 end`;
const weight = (column: string) => `case when ${column} is null then 0 else interval_sec * 1000 end`;
const memory = (column: string) =>
  `case when memory_used_mib is null or memory_total_mib is null then 0 else ${column} * interval_sec * 1000 end`;

/** The twin of `nodeSums` (node-measures.ts) over telemetry.node_sample. */
const NODE_SAMPLE_SQL: Record<NodeMeasure, string> = {
  busy_gpu_ms: "busy_gpu_ms",
  idle_gpu_ms: "idle_gpu_ms",
  busy_nano: "busy_nano",
  idle_nano: "idle_nano",
  samples: "1::bigint",
  energy_mj: "coalesce(energy_mj, 0)",
  metered_tokens: "case when energy_mj is null then 0 else coalesce(generated_tokens, 0) end",
  generated_tokens: "coalesce(generated_tokens, 0)",
  generated_ms: weight("generated_tokens"),
  prompt_tokens: "coalesce(prompt_tokens, 0)",
  cached_tokens: "coalesce(cached_tokens, 0)",
  preemptions: "coalesce(preemptions, 0)",
  memory_used: memory("memory_used_mib"),
  memory_total: memory("memory_total_mib"),
  kv_cache: weighted("kv_cache_usage"),
  kv_cache_weight: weight("kv_cache_usage"),
  running: weighted("running"),
  running_weight: weight("running"),
  waiting: weighted("waiting"),
  waiting_weight: weight("waiting"),
  power: weighted("power_watts"),
  power_weight: weight("power_watts"),
};

/** Sums straight from node samples, for the edges of minutes. */
export function nodeSampleSums(segments: readonly Segment[], measures: readonly string[], scope: ReadScope): Statement {
  const values = new Values();
  const columnOf: ColumnOf = (dimension) => {
    if (dimension === "region") return "coalesce(n.region, '')";
    return dimension === "modelServed" ? poolModel : `coalesce(r.${dimension}, '')`;
  };
  return {
    text: `select ${groupColumns(scope, columnOf)} ${bucketIndex("r.at", scope.buckets, values)} as b,
        ${measures.map((name) => `sum(${isEnergyMeasure(name) ? ENERGY_SQL[name] : NODE_SAMPLE_SQL[name as NodeMeasure]}) as ${name}`).join(", ")}
      from telemetry.node_sample r left join public.node n on n.id = r.node ${energyJoin(measures, "n.region", "r.at")}
      where ${inSegments("r.at", segments, values)} and ${and(conditions({ ...scope, tenants: "all" }, columnOf, values))} ${groupClause(scope)}`,
    values: values.list,
  };
}

/**
 * Sums over allocated hours (lib/allocation). What nobody is charged for has no tenant and no endpoint, so it is hidden
 * from an actor who is limited to tenants, like every row of theirs that is not.
 */
export function allocationSums(period: { from: number; to: number }, measures: readonly string[], scope: ReadScope): Statement {
  const values = new Values();
  const columnOf: ColumnOf = (dimension) => (dimension === "modelServed" ? poolModel : `r.${dimension}`);
  const columns = (own: Record<string, string>) => measures.map((name) => `${own[name] ?? "0"} as ${name}`).join(", ");
  const time = inSegments("hour", [period], values);
  return {
    text: `select ${groupColumns(scope, columnOf)} ${bucketIndex("r.hour", scope.buckets, values)} as b,
        ${measures.map((name) => `sum(r.${name})::bigint as ${name}`).join(", ")}
      from (select hour, pool, tenant, endpoint, ${columns(ALLOCATED_COLUMN)} from telemetry.gpu_allocation where ${time}
        union all
        select hour, pool, '' as tenant, '' as endpoint, ${columns(UNALLOCATED_COLUMN)} from telemetry.gpu_pool_hour where ${time}) r
      where ${and(conditions(scope, columnOf, values))} ${groupClause(scope)}`,
    values: values.list,
  };
}

/** What each kpi judges, and from which value on it is good. An escalation repeats an answer that was not resolved. */
export const JUDGED = `(values ('resolved', 'quality', 0.5), ('accepted', 'quality', 0.5), ('correct', 'quality', 0.5), ('helpful', 'quality', 0.5),
  ('rating', 'quality', 4), ('escalated', 'escalation', 0.5), ('${REUSE_CHECK.kpi}', 'reuse', ${REUSE_CHECK.agreesFrom}))`;

export const OUTCOME_MEASURES: Record<string, { judges: "quality" | "escalation" | "reuse"; sql: string }> = {
  outcomes: { judges: "quality", sql: "true" },
  outcomes_good: { judges: "quality", sql: "o.value >= o.good_from" },
  escalations: { judges: "escalation", sql: "o.value >= o.good_from" },
  reuse_checks: { judges: "reuse", sql: "true" },
  reuse_false: { judges: "reuse", sql: "o.value < o.good_from" },
};

/** Dimensions of an action: those of its first event. */
export const ACTION_DIMENSIONS: readonly Dimension[] = ["tenant", "endpoint", "feature", "lane", "apiKeyId"];

/** What is observed once an action; column of the statement below. */
const ACTION_SQL: Record<string, string> = { action_cost: "a.cost", action_calls: "a.calls" };
export const ACTION_DISTRIBUTIONS: readonly string[] = Object.keys(ACTION_SQL);

/**
 * Histogram buckets of whole actions, (groups, b, d, bucket, n): the chain of calls is one observation. Read from raw rows,
 * because a chain is no sum of what one event adds. An action belongs to the bucket in which it began; its calls outside
 * the period are not counted.
 */
export function actionHistograms(
  period: { from: number; to: number },
  distributions: readonly string[],
  scope: ReadScope,
): Statement {
  const values = new Values();
  const columnOf: ColumnOf = (dimension) => rawColumn(dimension, scope.tagKeys, values);
  const first = scope.groupBy.map(
    (dimension, index) => `(array_agg(${columnOf(dimension)} order by e.occurred_at, e.id))[1] as g${index}, `,
  );
  const observed = distributions.map((name, index) => `(${index}, (${ACTION_SQL[name]!})::double precision)`);
  const where = `${inSegments("e.occurred_at", [period], values)} and ${and(conditions(scope, columnOf, values))}`;
  return {
    text: `select ${groups(scope)
      .map((group) => `a.${group}, `)
      .join("")} ${bucketIndex("a.first_at", scope.buckets, values)} as b, v.d,
        case when v.x > 0 then greatest(-1100, least(2200, ceil(ln(v.x) * 50)))::int else -1101 end as bucket, count(*)::int as n
      from (select ${first.join("")} min(e.occurred_at) as first_at, sum(e.cost_nano) as cost, count(*) filter (where e.final) as calls
        from telemetry.event e where e.action_id is not null and not e.shadow and ${where} group by e.tenant, e.action_id) a
        cross join lateral (values ${observed.join(", ")}) as v (d, x)
      ${groupClause(scope)}, v.d, bucket`,
    values: values.list,
  };
}

/**
 * Outcomes and the good ones among them. Ingest gives them a tenant and an endpoint; the rest is asked of their event: of the
 * request that they name, else of the first of their action. All of them at once, so that a month is two joins and not a
 * lookup in every day for each outcome.
 */
export function outcomeSums(period: { from: number; to: number }, measures: readonly string[], scope: ReadScope): Statement {
  const values = new Values();
  const own = (dimension: Dimension) => dimension === "tenant" || dimension === "endpoint";
  const ownFilters = scope.filters.filter(({ dimension }) => own(dimension));
  const otherFilters = scope.filters.filter(({ dimension }) => !own(dimension));
  const asked = [...new Set([...scope.groupBy, ...otherFilters.map(({ dimension }) => dimension)])].filter((one) => !own(one));
  const ownColumn: ColumnOf = (dimension) => `coalesce(o.${dimension}, '')`;
  const columnOf: ColumnOf = (dimension) =>
    own(dimension) ? ownColumn(dimension) : `coalesce(found.d${asked.indexOf(dimension)}, '')`;
  const wanted = measures.map((name) => ({ name, ...OUTCOME_MEASURES[name]! }));
  const sums = wanted.map(({ name, judges, sql }) => `count(*) filter (where o.judges = '${judges}' and ${sql}) as ${name}`);
  const families = [...new Set(wanted.map(({ judges }) => `'${judges}'`))];
  const ownConditions = conditions({ ...scope, filters: ownFilters }, ownColumn, values);
  const time = inSegments("o.occurred_at", [period], values);
  const from = `(select o.*, judged.judges, judged.good_from from telemetry.outcome o
        join ${JUDGED} as judged (kpi, judges, good_from) on judged.kpi = o.kpi and judged.judges in (${families.join(", ")})
      where ${time} and ${and(ownConditions)})`;
  const others = and(conditions({ ...scope, filters: otherFilters, tenants: "all" }, columnOf, values));
  return {
    text: `with picked as materialized ${from}${asked.length > 0 ? `, found as (${eventsOfPicked(period, asked, scope, values)})` : ""}
      select ${groupColumns(scope, columnOf)} ${bucketIndex("o.occurred_at", scope.buckets, values)} as b, ${sums.join(", ")}
      from picked o ${asked.length > 0 ? "left join found on found.outcome_id = o.id" : ""}
      where ${others} ${groupClause(scope)}`,
    values: values.list,
    joinsByHash: asked.length > 0,
  };
}

/** One event for each picked outcome that has one, with what is asked of it as d0, d1, … */
function eventsOfPicked(
  period: { from: number; to: number },
  asked: readonly Dimension[],
  { tagKeys }: ReadScope,
  values: Values,
): string {
  const [from, to] = [values.add(new Date(period.from)), values.add(new Date(period.to))];
  const columns = asked.map((dimension, at) => `, ${rawColumn(dimension, tagKeys, values)} as d${at}`).join("");
  // The same days twice: of each outcome, and of all of them, which leaves days out that hold none.
  const near = `e.occurred_at > o.occurred_at - interval '7 days' and e.occurred_at < o.occurred_at + interval '1 day'
    and e.occurred_at > ${from}::timestamptz - interval '7 days' and e.occurred_at < ${to}::timestamptz + interval '1 day'`;
  const events = (on: string) =>
    `(select distinct on (o.id) o.id as outcome_id${columns} from picked o join telemetry.event e on ${on} and ${near}
      order by o.id, e.occurred_at, e.id)`;
  return `${events("e.request_id = o.request_id and e.final")}
    union all ${events("o.request_id is null and e.action_id = o.action_id")}`;
}
