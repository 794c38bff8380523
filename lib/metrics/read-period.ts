/** Reads one period of a plan: every table it needs, side by side, added up into cells by group and bucket. */
import type pg from "pg";
import { withTransaction } from "@/lib/db/transaction";
import { AppError } from "@/lib/http";
import { HistogramSum } from "@/lib/stats/histogram";
import { STATUSES } from "@/lib/telemetry/event";
import { addHistogram, addSum, emptyCell, type Cell } from "./evaluate";
import { MEASURES } from "./measures";
import { isExactNodeMeasure, type NodeMeasure } from "./node-measures";
import type { Period, QueryPlan } from "./plan-query";
import {
  actionHistograms,
  allocationSums,
  nodeRollupSums,
  nodeSampleSums,
  outcomeSums,
  rawHistograms,
  rawSums,
  rollupHistograms,
  rollupSums,
  type ReadScope,
  type Statement,
} from "./read-sql";
import { segmentsBySource } from "./segments";

/** group (JSON of its values) → bucket index → cell. */
export type Cells = Map<string, Map<number, Cell>>;

export interface PeriodCells {
  cells: Cells;
  /** Requests by pricing state, before any filter of status. */
  pricing: { covered: bigint; unpriced: bigint };
}

type Row = Record<string, unknown>;

/** Groups × buckets that one table may answer with: beyond it nobody looks, and memory is at stake. */
const MAX_ROWS = 200_000;

async function readRows(pool: pg.Pool, { text, values, joinsByHash }: Statement): Promise<Row[]> {
  const limited = `${text} limit ${MAX_ROWS + 1}`;
  const { rows } = joinsByHash
    ? await withTransaction(pool, async (client) => {
        await client.query("set transaction read only; set local enable_nestloop = off");
        return client.query<Row>(limited, values);
      })
    : await pool.query<Row>(limited, values);
  if (rows.length <= MAX_ROWS) return rows;
  throw new AppError(
    "invalid",
    `That makes more than ${MAX_ROWS} groups and buckets. Group by fewer dimensions, filter, or choose a coarser grain.`,
    { field: "groupBy" },
  );
}

const STATUS_OF_MEASURE = new Map(
  MEASURES.flatMap((measure) => (measure.status ? [[measure.name, measure.status] as const] : [])),
);

export async function readPeriod(
  pool: pg.Pool,
  plan: QueryPlan,
  period: Period,
  tagKeys: readonly string[],
): Promise<PeriodCells> {
  const result: PeriodCells = { cells: new Map(), pricing: { covered: 0n, unpriced: 0n } };
  // What status means to rollups is decided after reading, from their columns.
  const isColumn = (dimension: string) => plan.statusFromColumns && dimension === "status";
  const groupBy = plan.groupBy.filter((dimension) => !isColumn(dimension));
  const filters = plan.filters.filter((filter) => !isColumn(filter.dimension));
  const scope: ReadScope = { groupBy, filters, tenants: plan.tenants, tagKeys, buckets: period.buckets };
  const statusFilters = plan.filters.filter((filter) => isColumn(filter.dimension));
  const statuses = plan.statusFromColumns
    ? STATUSES.filter((status) => statusFilters.every((filter) => filter.in.includes(status)))
    : undefined;
  const statusAt = plan.groupBy.indexOf("status");

  const valuesOf = (row: Row, dimensions = groupBy): string[] => dimensions.map((_, index) => row[`g${index}`] as string);
  const cellOf = (values: readonly string[], bucket: number): Cell => {
    const key = JSON.stringify(values);
    let buckets = result.cells.get(key);
    if (!buckets) result.cells.set(key, (buckets = new Map<number, Cell>()));
    let cell = buckets.get(bucket);
    if (!cell) buckets.set(bucket, (cell = emptyCell()));
    return cell;
  };

  const takeUsage = (rows: Row[]) => {
    for (const row of rows) {
      const sums = new Map(plan.measures.map((name) => [name, BigInt(row[name] as string | bigint)]));
      if (sums.get("events") === 0n) continue;
      result.pricing.covered += sums.get("req_priced")! + sums.get("req_free")!;
      result.pricing.unpriced += sums.get("req_unpriced")!;
      const values = valuesOf(row);
      const bucket = row["b"] as number;
      if (!statuses) {
        const cell = cellOf(values, bucket);
        for (const [name, value] of sums) addSum(cell, name, value);
      } else if (statusAt < 0) {
        addStatuses(cellOf, values, bucket, sums, statuses);
      } else {
        for (const status of statuses) addStatuses(cellOf, values.toSpliced(statusAt, 0, status), bucket, sums, [status]);
      }
    }
  };
  const takeHistograms = (rows: Row[]) => {
    for (const row of rows) {
      const cell = cellOf(valuesOf(row), row["b"] as number);
      for (const name of plan.distributions) {
        if (row[name]) addHistogram(cell, name, Buffer.from(row[name] as string, "base64"));
      }
    }
  };
  const takeRawHistograms = (rows: Row[], names: readonly string[]) => {
    const sums = new Map<string, { cell: Cell; name: string; sum: [number, number][] }>();
    for (const row of rows) {
      const values = valuesOf(row);
      const name = names[row["d"] as number]!;
      const key = JSON.stringify([values, row["b"], name]);
      let entry = sums.get(key);
      if (!entry) sums.set(key, (entry = { cell: cellOf(values, row["b"] as number), name, sum: [] }));
      entry.sum.push([row["bucket"] as number, row["n"] as number]);
    }
    const scratch = new HistogramSum();
    for (const { cell, name, sum } of sums.values()) {
      scratch.clear();
      for (const [bucket, count] of sum) scratch.addBucket(bucket, count);
      addHistogram(cell, name, scratch.encode());
    }
  };
  const takeNode = (rows: Row[]) => {
    for (const row of rows) {
      const cell = cellOf(valuesOf(row), row["b"] as number);
      for (const name of plan.nodeMeasures) {
        const value = row[name] as string | number | null;
        if (value !== null) addSum(cell, name, isExactNodeMeasure(name as NodeMeasure) ? BigInt(value) : Number(value));
      }
    }
  };
  const takeExact = (rows: Row[], names: readonly string[]) => {
    for (const row of rows) {
      const cell = cellOf(valuesOf(row, plan.groupBy), row["b"] as number);
      for (const name of names) addSum(cell, name, row[name] as bigint);
    }
  };

  const reads: Promise<void>[] = [];
  if (plan.measures.length > 0) {
    for (const [source, segments] of segmentsBySource(period.segments)) {
      if (source === "raw") {
        reads.push(readRows(pool, rawSums(segments, plan.measures, scope)).then(takeUsage));
        if (plan.distributions.length > 0) {
          reads.push(
            readRows(pool, rawHistograms(segments, plan.distributions, scope)).then((rows) =>
              takeRawHistograms(rows, plan.distributions),
            ),
          );
        }
        continue;
      }
      reads.push(readRows(pool, rollupSums(source, segments, plan.measures, scope)).then(takeUsage));
      if (plan.distributions.length > 0) {
        reads.push(readRows(pool, rollupHistograms(source, segments, plan.distributions, scope)).then(takeHistograms));
      }
    }
  }
  if (plan.nodeMeasures.length > 0) {
    for (const [source, segments] of segmentsBySource(period.nodeSegments)) {
      const statement =
        source === "raw"
          ? nodeSampleSums(segments, plan.nodeMeasures, scope)
          : nodeRollupSums(source, segments, plan.nodeMeasures, scope);
      reads.push(readRows(pool, statement).then(takeNode));
    }
  }
  if (plan.outcomeMeasures.length > 0) {
    const outcomes = outcomeSums(period, plan.outcomeMeasures, { ...scope, groupBy: plan.groupBy, filters: plan.filters });
    reads.push(readRows(pool, outcomes).then((rows) => takeExact(rows, plan.outcomeMeasures)));
  }
  if (plan.allocationMeasures.length > 0) {
    const hours = allocationSums(period, plan.allocationMeasures, { ...scope, groupBy: plan.groupBy, filters: plan.filters });
    reads.push(readRows(pool, hours).then((rows) => takeExact(rows, plan.allocationMeasures)));
  }
  if (plan.actionDistributions.length > 0) {
    const actions = actionHistograms(period, plan.actionDistributions, {
      ...scope,
      groupBy: plan.groupBy,
      filters: plan.filters,
    });
    reads.push(readRows(pool, actions).then((rows) => takeRawHistograms(rows, plan.actionDistributions)));
  }
  await Promise.all(reads);
  return result;
}

/** Only the columns of these statuses count; a group that they leave empty is no group. */
function addStatuses(
  cellOf: (values: readonly string[], bucket: number) => Cell,
  values: readonly string[],
  bucket: number,
  sums: ReadonlyMap<string, bigint>,
  statuses: readonly string[],
): void {
  const kept = [...sums].flatMap(([name, value]) => {
    const status = STATUS_OF_MEASURE.get(name);
    return status === undefined ? [] : [[name, statuses.includes(status) ? value : 0n] as const];
  });
  if (kept.every(([, value]) => value === 0n)) return;
  const cell = cellOf(values, bucket);
  for (const [name, value] of kept) addSum(cell, name, value);
}
