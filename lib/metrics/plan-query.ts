/**
 * From a question to what has to be read: which metrics, from which tables, over which stretches of time. Pure; it
 * refuses with a message what cannot be answered exactly or would read too much.
 */
import type { TenantScope } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { DAY_MS } from "@/lib/time";
import { METRICS, nearestMetricId, type Evaluation, type MetricDefinition } from "./catalogue";
import { MEASURES } from "./measures";
import { bucketsOf, comparePeriod, type Bucket } from "./periods";
import type { Dimension, metricQuerySchema, MetricFilter } from "./schemas";
import { ACTION_DIMENSIONS, OUTCOME_MEASURES } from "./read-sql";
import { isRounded, segmentsOf, type Segment, type Sources } from "./segments";
import type { z } from "zod";

const MAX_BUCKETS = 2_000;
/** Dimensions that may need raw rows; `status` only where its metrics are not kept per status. */
export const mayNeedRaw = (dimension: Dimension): boolean => dimension === "status" || RAW_DIMENSIONS.includes(dimension);

export interface Period {
  from: number;
  to: number;
  buckets: Bucket[];
  /** Where usage (and node) numbers of this period are read. */
  segments: Segment[];
  nodeSegments: Segment[];
}

export interface QueryPlan {
  metrics: MetricDefinition[];
  groupBy: Dimension[];
  filters: MetricFilter[];
  /** ANDed to every read. */
  tenants: TenantScope;
  grain: z.output<typeof metricQuerySchema>["grain"];
  period: Period;
  compare?: Period;
  /** Columns of the usage rollups to add up; empty when nothing of usage is asked. */
  measures: string[];
  distributions: string[];
  /** `status` is answered from columns instead of rows: group by it and filter it after reading. */
  statusFromColumns: boolean;
  nodeMeasures: string[];
  /** Of outcomes; none: they are not read. */
  outcomeMeasures: readonly string[];
  /** Of whole actions, read from raw rows; none: they are not read. */
  actionDistributions: readonly string[];
  /** Of allocated GPU hours; none: they are not read. */
  allocationMeasures: readonly string[];
  orderBy: { metric: MetricDefinition; direction: "asc" | "desc" };
  limit: number;
  warnings: string[];
}

/** Node numbers know these dimensions only. */
const NODE_DIMENSIONS: readonly Dimension[] = ["pool", "node", "engine", "region", "modelServed"];
/** And allocated GPU hours these. */
const ALLOCATION_DIMENSIONS: readonly Dimension[] = ["tenant", "endpoint", "pool", "modelServed"];
/** Dimensions that no rollup column carries. */
const RAW_DIMENSIONS: readonly Dimension[] = ["errorClass", "cacheOutcome"];

const STATUS_MEASURES = new Set(MEASURES.filter((measure) => measure.status).map((measure) => measure.name));
/** Always read, for completeness. */
const PRICING_MEASURES = ["req_priced", "req_free", "req_unpriced"];

function findMetric(id: string): MetricDefinition {
  const metric = METRICS.get(id);
  if (metric) return metric;
  throw new AppError(
    "invalid",
    `There is no metric "${id}". Did you mean "${nearestMetricId(id)}"? GET /api/v1/metrics lists all.`,
    {
      field: "metrics",
    },
  );
}

const measuresOf = (evaluation: Evaluation): string[] => {
  if (evaluation.type === "percentile") return [];
  const sums =
    evaluation.type === "sum"
      ? [evaluation.sum]
      : [
          evaluation.numerator,
          evaluation.denominator,
          ...(evaluation.type === "avoided" ? [evaluation.times, evaluation.minus] : []),
        ];
  return sums.flat().map((term) => term.measure);
};

export interface PlanOptions {
  now: number;
  sources: Sources;
  tenants: TenantScope;
  /** Instead of the buckets of the grain: rising, none overlapping, within the period. Gaps between them are not read. */
  buckets?: Bucket[];
}

export function planQuery(
  query: z.output<typeof metricQuerySchema>,
  { now, sources, tenants, buckets: own }: PlanOptions,
): QueryPlan {
  const metrics = [...new Set(query.metrics)].map(findMetric);
  const groupBy = [...new Set(query.groupBy)];
  const orderBy = {
    metric: query.orderBy ? findMetric(query.orderBy.metric) : metrics[0]!,
    direction: query.orderBy?.direction ?? "desc",
  };
  if (!metrics.includes(orderBy.metric)) {
    throw new AppError(
      "invalid",
      `orderBy names "${orderBy.metric.id}", which is not among the metrics asked for. Add it to metrics.`,
      {
        field: "orderBy.metric",
      },
    );
  }
  const warnings: string[] = [];
  const asked: Dimension[] = [...groupBy, ...query.filters.map((filter) => filter.dimension)];

  const needs = (metric: MetricDefinition, domain: MetricDefinition["domain"]) =>
    metric.domain === domain || metric.also === domain;
  const usage = metrics.filter((metric) => needs(metric, "usage"));
  const outcome = metrics.filter((metric) => metric.domain === "outcome");
  let node = metrics.filter((metric) => metric.domain === "node");
  if (node.length > 0 && tenants !== "all") {
    warnings.push("GPU numbers are not split by tenant, so they are hidden from an account that is limited to tenants.");
    node = [];
  }
  const unknownToNodes = asked.filter((dimension) => !NODE_DIMENSIONS.includes(dimension));
  if (node.length > 0 && unknownToNodes.length > 0) {
    warnings.push(
      `GPU numbers cannot be split by ${[...new Set(unknownToNodes)].join(", ")}: only by pool, node, engine, region and model.`,
    );
    node = [];
  }
  let allocation = metrics.filter((metric) => metric.domain === "allocation");
  const unknownToAllocation = asked.filter((dimension) => !ALLOCATION_DIMENSIONS.includes(dimension));
  if (allocation.length > 0 && unknownToAllocation.length > 0) {
    warnings.push(
      `Allocated GPU cost cannot be split by ${[...new Set(unknownToAllocation)].join(", ")}: only by tenant, endpoint, pool and model.`,
    );
    allocation = [];
  }

  let action = metrics.filter((metric) => metric.domain === "action");
  const unknownToActions = asked.filter((dimension) => !ACTION_DIMENSIONS.includes(dimension));
  if (action.length > 0 && unknownToActions.length > 0) {
    warnings.push(
      `Percentiles of whole actions cannot be split by ${[...new Set(unknownToActions)].join(", ")}: only by ${ACTION_DIMENSIONS.join(", ")}.`,
    );
    action = [];
  }

  const statusAsked = asked.includes("status");
  const statusFromColumns =
    statusAsked &&
    usage.every(
      ({ evaluation }) => evaluation.type !== "percentile" && measuresOf(evaluation).every((name) => STATUS_MEASURES.has(name)),
    );
  const rawReason =
    asked.find((dimension) => RAW_DIMENSIONS.includes(dimension)) ?? (statusAsked && !statusFromColumns ? "status" : undefined);

  const maxRawDays = Math.floor(sources.maxRawMs / DAY_MS);
  const periodOf = (from: number, to: number): Period => {
    const buckets = own ?? bucketsOf(from, to, query.grain, sources.timeZone, MAX_BUCKETS);
    if (!buckets) {
      throw new AppError(
        "invalid",
        `That is more than ${MAX_BUCKETS} ${query.grain}s. Choose a coarser grain or a shorter period.`,
        {
          field: "grain",
        },
      );
    }
    const segments = segmentsOf(buckets, sources, rawReason !== undefined);
    const rawMs = segments.reduce((sum, { source, from: start, to: end }) => sum + (source === "raw" ? end - start : 0), 0);
    if (usage.length > 0 && rawMs > sources.maxRawMs) {
      throw new AppError(
        "invalid",
        rawReason
          ? `These metrics by ${rawReason} can only be read from raw events, for at most ${maxRawDays} days. Shorten the period${
              rawReason === "status"
                ? ", or ask only for requests, attempts, errors, rates of them and cost"
                : ` or leave ${rawReason} out`
            }.`
          : `Buckets this fine would read ${Math.ceil(rawMs / DAY_MS)} days of raw events; ${maxRawDays} are allowed. Choose a coarser grain.`,
        { field: "from" },
      );
    }
    if (usage.length > 0 && rawReason !== undefined && from < sources.rawFrom) {
      warnings.push(
        `Raw events before ${new Date(sources.rawFrom).toISOString()} are no longer kept; the answer leaves them out.`,
      );
    } else if (isRounded(buckets, segments)) {
      warnings.push("Minutes of a part of this period are no longer kept: its edges are rounded to whole hours.");
    }
    return { from, to, buckets, segments, nodeSegments: node.length > 0 ? segmentsOf(buckets, sources, false) : [] };
  };

  const from = Date.parse(query.from);
  const to = Date.parse(query.to);
  if (!(from < to)) throw new AppError("invalid", "`to` must be after `from`.", { field: "to" });
  if (from > now + 366 * DAY_MS || to > now + 366 * DAY_MS) {
    throw new AppError("invalid", "The period lies more than a year in the future.", { field: "to" });
  }
  if (action.length > 0 && to - from > sources.maxRawMs) {
    throw new AppError(
      "invalid",
      `Percentiles of whole actions are read from raw events, for at most ${maxRawDays} days. Shorten the period.`,
      { field: "from" },
    );
  }
  const period = periodOf(from, to);
  let compare: Period | undefined;
  if (query.compare !== undefined) {
    const other =
      typeof query.compare === "string"
        ? comparePeriod(from, to, query.compare, sources.timeZone)
        : { from: Date.parse(query.compare.from), to: Date.parse(query.compare.to) };
    if (!(other.from < other.to))
      throw new AppError("invalid", "`compare.to` must be after `compare.from`.", { field: "compare" });
    compare = periodOf(other.from, other.to);
  }

  return {
    metrics,
    groupBy,
    filters: query.filters,
    tenants,
    grain: query.grain,
    period,
    ...(compare ? { compare } : {}),
    measures:
      usage.length > 0
        ? [
            ...new Set([
              ...usage.flatMap((metric) => measuresOf(metric.evaluation)).filter((name) => !(name in OUTCOME_MEASURES)),
              ...PRICING_MEASURES,
              "events",
            ]),
          ]
        : [],
    distributions: [
      ...new Set(usage.flatMap(({ evaluation }) => (evaluation.type === "percentile" ? [evaluation.distribution] : []))),
    ],
    statusFromColumns,
    nodeMeasures: [...new Set(node.flatMap((metric) => measuresOf(metric.evaluation)))],
    outcomeMeasures: [...new Set(outcome.flatMap((metric) => measuresOf(metric.evaluation)))].filter(
      (name) => name in OUTCOME_MEASURES,
    ),
    actionDistributions: [
      ...new Set(action.flatMap(({ evaluation }) => (evaluation.type === "percentile" ? [evaluation.distribution] : []))),
    ],
    allocationMeasures: [...new Set(allocation.flatMap((metric) => measuresOf(metric.evaluation)))],
    orderBy,
    limit: query.limit,
    warnings: [...new Set(warnings)],
  };
}
