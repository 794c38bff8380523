/**
 * Series numbers: one int per combination of dimensions. Numbers are remembered per database once they are committed;
 * one that this transaction made is not, because the transaction may roll back.
 *
 * Every dimension has a cardinality budget, and so have series in all. A new value beyond it is counted as "(other)": totals stay exact, ingest
 * never fails, and the overflow is shown beside every answer that asks for the dimension.
 *
 * The caller holds the rollup lock: nobody else makes series meanwhile.
 */
import { createHash } from "node:crypto";
import type pg from "pg";
import { SERIES_DIMENSIONS, type SeriesDimension } from "@/lib/telemetry/event";
import { DIMENSION_COLUMN, OTHER } from "./columns";

/** Distinct values a dimension may have. */
const DEFAULT_BUDGET = 1_000;
const BUDGETS: Partial<Record<SeriesDimension, number>> = { tenant: 20_000, generation: 5_000, tags: 2_000, node: 5_000 };
/** Series in all, and what is no longer told apart in new ones beyond that. */
const MAX_SERIES = 200_000;
const FINEST: ReadonlySet<SeriesDimension> = new Set([
  "tags",
  "generation",
  "apiKeyId",
  "actionStep",
  "feature",
  "node",
  "gateway",
]);
const budgetOf = (dimension: SeriesDimension): number => BUDGETS[dimension] ?? DEFAULT_BUDGET;

interface Known {
  /** Series key → id, committed ones only. */
  ids: Map<string, number>;
  /** Values per dimension, as of the last series that was read. */
  values: Set<string>[];
  /** Highest id whose values are in `values`. */
  upTo: number;
}

const MAX_REMEMBERED = 200_000;
const byDatabase = new Map<string, Known>();

function knownOf(client: pg.ClientBase): Known {
  const { host, port, database } = client as unknown as { host?: string; port?: number; database?: string };
  const name = `${host}:${port}/${database}`;
  let known = byDatabase.get(name);
  if (!known) {
    known = { ids: new Map(), values: SERIES_DIMENSIONS.map(() => new Set<string>()), upTo: 0 };
    byDatabase.set(name, known);
  }
  if (known.ids.size > MAX_REMEMBERED) known.ids.clear();
  return known;
}

/** md5 as a uuid: a key of fixed size whatever the values are. */
function hashOf(dimensions: readonly string[]): string {
  const hex = createHash("md5").update(dimensions.join("\u001F")).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const COLUMNS = SERIES_DIMENSIONS.map((name) => DIMENSION_COLUMN[name]);

/** A visible row is committed when its transaction is older than every running one; savepoints of ours are not. */
const COMMITTED = "(age(xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid))";

/** Read what others made since; this transaction's own series are read again next time. */
async function readNewValues(client: pg.ClientBase, known: Known): Promise<Set<string>[]> {
  const { rows } = await client.query<Record<string, string | number | boolean>>(
    `select id, ${COMMITTED} as committed, ${COLUMNS.join(", ")}
       from telemetry.series where id > $1 order by id`,
    [known.upTo],
  );
  const uncommitted = SERIES_DIMENSIONS.map(() => new Set<string>());
  let allCommitted = true;
  for (const row of rows) {
    allCommitted &&= row["committed"] === true;
    COLUMNS.forEach((column, index) => (allCommitted ? known.values : uncommitted)[index]!.add(row[column] as string));
    if (allCommitted) known.upTo = row["id"] as number;
  }
  return known.values.map((values, index) => (uncommitted[index]!.size ? new Set([...values, ...uncommitted[index]!]) : values));
}

/** New series of a full installation keep who pays and what it is for; the finest dimensions are summed. */
function collapseDimensions(dimensions: readonly string[], overflow: Map<SeriesDimension, number>): string[] {
  return dimensions.map((value, index) => {
    const dimension = SERIES_DIMENSIONS[index]!;
    if (value === "" || value === OTHER || !FINEST.has(dimension)) return value;
    overflow.set(dimension, (overflow.get(dimension) ?? 0) + 1);
    return OTHER;
  });
}

/** The dimensions with values beyond budget replaced, and how many were per dimension. Pure but for `values`, which grow. */
function foldDimensions(
  dimensions: readonly string[],
  values: readonly Set<string>[],
  budget: (dimension: SeriesDimension) => number,
  overflow: Map<SeriesDimension, number>,
): string[] {
  return dimensions.map((value, index) => {
    const dimension = SERIES_DIMENSIONS[index]!;
    const seen = values[index]!;
    if (value === "" || value === OTHER || seen.has(value)) return value;
    if (seen.size >= budget(dimension)) {
      overflow.set(dimension, (overflow.get(dimension) ?? 0) + 1);
      return OTHER;
    }
    seen.add(value);
    return value;
  });
}

export interface SeriesOptions {
  now: Date;
  budget?: (dimension: SeriesDimension) => number;
  maxSeries?: number;
}

/** Numbers for these series, made where missing. Answers key → id. */
export async function resolveSeries(
  client: pg.ClientBase,
  series: ReadonlyMap<string, readonly string[]>,
  options: SeriesOptions,
): Promise<Map<string, number>> {
  const known = knownOf(client);
  const result = new Map<string, number>();
  const missing = new Map<string, readonly string[]>();
  for (const [key, dimensions] of series) {
    const id = known.ids.get(key);
    if (id === undefined) missing.set(key, dimensions);
    else result.set(key, id);
  }
  if (missing.size === 0) return result;

  await findSeries(client, missing, known, result);
  const absent = [...missing].filter(([key]) => !result.has(key));
  if (absent.length === 0) return result;

  // A copy: values that this transaction makes count against the budget now, but are known only once committed.
  const values = (await readNewValues(client, known)).map((seen) => new Set(seen));
  const overflow = new Map<SeriesDimension, number>();
  const full = known.upTo >= (options.maxSeries ?? MAX_SERIES);
  const folded = new Map<string, { hash: string; dimensions: string[]; keys: string[] }>();
  for (const [key, dimensions] of absent) {
    const coarse = full ? collapseDimensions(dimensions, overflow) : dimensions;
    const kept = foldDimensions(coarse, values, options.budget ?? budgetOf, overflow);
    const hash = hashOf(kept);
    const same = folded.get(hash);
    if (same) same.keys.push(key);
    else folded.set(hash, { hash, dimensions: kept, keys: [key] });
  }
  const rows = [...folded.values()];
  const { rows: made } = await client.query<{ id: number; key: string }>(
    `insert into telemetry.series (key, ${COLUMNS.join(", ")})
     select * from unnest($1::uuid[], ${COLUMNS.map((_, index) => `$${index + 2}::text[]`).join(", ")})
     on conflict (key) do update set key = excluded.key returning id, key`,
    [rows.map((row) => row.hash), ...COLUMNS.map((_, index) => rows.map((row) => row.dimensions[index]))],
  );
  for (const { id, key } of made) for (const folding of folded.get(key)!.keys) result.set(folding, id);

  for (const [dimension, count] of overflow) {
    await client.query(
      `insert into telemetry.series_overflow (dimension, folded, last_at) values ($1, $2, $3)
       on conflict (dimension) do update set folded = series_overflow.folded + excluded.folded, last_at = excluded.last_at`,
      [dimension, count, options.now],
    );
  }
  return result;
}

async function findSeries(
  client: pg.ClientBase,
  wanted: ReadonlyMap<string, readonly string[]>,
  known: Known,
  result: Map<string, number>,
): Promise<void> {
  const keyOfHash = new Map([...wanted].map(([key, dimensions]) => [hashOf(dimensions), key]));
  const { rows } = await client.query<{ id: number; key: string; committed: boolean }>(
    `select id, key, ${COMMITTED} as committed from telemetry.series where key = any($1::uuid[])`,
    [[...keyOfHash.keys()]],
  );
  for (const row of rows) {
    const key = keyOfHash.get(row.key)!;
    result.set(key, row.id);
    if (row.committed) known.ids.set(key, row.id);
  }
}
