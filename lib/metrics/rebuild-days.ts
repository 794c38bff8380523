/**
 * Day rows after the workspace changed its zone.
 *
 *   rows in zone A ── zone B asked ──► emptied, days_from = ∞ ── newest day first ──► days_from = day … ──► −∞: complete
 *
 * Writers put new events into days of the zone in telemetry.rollup_zone from the moment it changes, and every rebuilt
 * day is replaced under the writers' lock, so a day from `days_from` on is always exact. Until then, and for days that
 * cannot be rebuilt (a zone whose midnight is inside a UTC hour, and whose minutes and raw rows are gone), queries add
 * up hours. Safe to run in several processes, and to stop anywhere.
 */
import type pg from "pg";
import { withTransaction, type Db } from "@/lib/db";
import { HistogramSum } from "@/lib/stats/histogram";
import { DAY_MS, HOUR_MS, nextZoneDay, startOfZoneDay } from "@/lib/time";
import { SERIES_DIMENSIONS } from "@/lib/telemetry/event";
import { addNodeRows } from "./apply-node-rollups";
import { addHistograms, addSums, lockRollups, MINUTES_KEPT_MS } from "./apply-rollups";
import { DISTRIBUTIONS, MEASURES } from "./measures";
import { isExactNodeMeasure, NODE_MEASURES, type NodeSums } from "./node-measures";
import type { Bucket } from "./periods";
import { nodeRollupSums, nodeSampleSums, rawHistograms, rawSums, rollupHistograms, rollupSums, type Statement } from "./read-sql";
import { isRounded, segmentsBySource, segmentsOf, type Segment, type Sources } from "./segments";
import { resolveSeries } from "./series";
import { sortTagKeys } from "./tags";

export interface RebuildOptions {
  timeZone: string;
  tagKeys: readonly string[];
  rawRetentionDays: number;
  now: Date;
  /** Days to rebuild at most in this call; each is one transaction. */
  maxDays: number;
}

type Row = Record<string, string | number | bigint | null>;

const SERIES_KEY = "\u001F";
const MEASURE_NAMES = MEASURES.map((measure) => measure.name);
const DISTRIBUTION_NAMES = DISTRIBUTIONS.map((distribution) => distribution.name);
const NODE_DIMENSIONS = ["node", "pool", "engine", "region"] as const;

/** `done` when there is nothing left that can be rebuilt. */
export async function rebuildDays(db: Db, options: RebuildOptions): Promise<{ rebuilt: number; done: boolean }> {
  const found = await db.pool.query<{ complete: boolean }>(
    "select time_zone = $1 and days_from = '-infinity' as complete from telemetry.rollup_zone",
    [options.timeZone],
  );
  if (found.rows[0]?.complete !== false) return { rebuilt: 0, done: true };
  await withTransaction(db.pool, (client) => startZone(client, options.timeZone));
  for (let rebuilt = 0; rebuilt < options.maxDays; rebuilt++) {
    const more = await withTransaction(db.pool, (client) => rebuildNextDay(client, options));
    if (!more) return { rebuilt, done: true };
  }
  return { rebuilt: options.maxDays, done: false };
}

async function startZone(client: pg.ClientBase, timeZone: string): Promise<void> {
  await lockRollups(client);
  const { rowCount } = await client.query(
    "update telemetry.rollup_zone set time_zone = $1, days_from = 'infinity' where time_zone <> $1",
    [timeZone],
  );
  if (rowCount) await client.query("truncate telemetry.rollup_day, telemetry.histogram_day, telemetry.node_rollup_day");
}

/** False when no older day is left, or the next cannot be rebuilt exactly. */
async function rebuildNextDay(client: pg.ClientBase, options: RebuildOptions): Promise<boolean> {
  const { timeZone, now } = options;
  await lockRollups(client);
  const { rows } = await client.query<{ days_from: number; first: Date | null; last: Date | null }>(
    `select extract(epoch from days_from)::double precision * 1000 as days_from,
       least((select min(bucket) from telemetry.rollup_hour), (select min(bucket) from telemetry.node_rollup_hour)) as first,
       greatest((select max(bucket) from telemetry.rollup_hour), (select max(bucket) from telemetry.node_rollup_hour)) as last
     from telemetry.rollup_zone where time_zone = $1`,
    [timeZone],
  );
  const state = rows[0];
  if (!state) return false;
  if (!state.first || !state.last || state.days_from <= state.first.getTime()) {
    await client.query("update telemetry.rollup_zone set days_from = '-infinity'");
    return false;
  }
  const newest = state.last.getTime() + HOUR_MS - 1;
  const day = startOfZoneDay(Number.isFinite(state.days_from) ? state.days_from - 1 : newest, timeZone);
  const bucket: Bucket = { start: day, end: nextZoneDay(day, timeZone), from: day, to: nextZoneDay(day, timeZone) };
  const sources: Sources = {
    timeZone,
    daysFrom: null,
    minutesFrom: now.getTime() - MINUTES_KEPT_MS + HOUR_MS,
    rawFrom: Math.ceil((now.getTime() - options.rawRetentionDays * DAY_MS) / DAY_MS) * DAY_MS,
    maxRawMs: DAY_MS,
  };
  const segments = segmentsOf([bucket], sources, false);
  if (isRounded([bucket], segments)) return false;
  const at = new Date(day);
  await client.query("delete from telemetry.rollup_day where bucket = $1", [at]);
  await client.query("delete from telemetry.histogram_day where bucket = $1", [at]);
  await client.query("delete from telemetry.node_rollup_day where bucket = $1", [at]);
  await rebuildUsageDay(client, bucket, segments, options);
  await rebuildNodeDay(client, bucket, segments);
  await client.query("update telemetry.rollup_zone set days_from = $1", [at]);
  return true;
}

async function rebuildUsageDay(
  client: pg.ClientBase,
  bucket: Bucket,
  segments: readonly Segment[],
  options: RebuildOptions,
): Promise<void> {
  const all = new Map<number, { sums: (number | bigint)[]; chunks: Uint8Array[][] }>();
  const scratch = new HistogramSum();
  const seriesOf = (id: number) => {
    let series = all.get(id);
    if (!series) {
      all.set(id, (series = { sums: MEASURES.map(() => 0n), chunks: DISTRIBUTIONS.map(() => []) }));
    }
    return series;
  };
  const takeSums = (id: number, row: Row) => {
    const { sums } = seriesOf(id);
    MEASURE_NAMES.forEach((name, index) => (sums[index] = (sums[index] as bigint) + BigInt(row[name] ?? 0)));
  };

  for (const [source, parts] of segmentsBySource(segments)) {
    if (source !== "raw") {
      const grain = source === "day" ? "hour" : source;
      for (const row of await read(client, rollupSums(grain, parts, MEASURE_NAMES, { ...scopeOf(bucket), bySeries: true }))) {
        takeSums(Number(row["series_id"]), row);
      }
      for (const row of await read(
        client,
        rollupHistograms(grain, parts, DISTRIBUTION_NAMES, { ...scopeOf(bucket), bySeries: true }),
      )) {
        const { chunks } = seriesOf(Number(row["series_id"]));
        DISTRIBUTION_NAMES.forEach((name, index) => {
          if (row[name]) chunks[index]!.push(Buffer.from(row[name] as string, "base64"));
        });
      }
      continue;
    }
    const scope = { ...scopeOf(bucket), groupBy: SERIES_DIMENSIONS, tagKeys: sortTagKeys(options.tagKeys) };
    const sums = await read(client, rawSums(parts, MEASURE_NAMES, scope));
    const observed = await read(client, rawHistograms(parts, DISTRIBUTION_NAMES, scope));
    const dimensionsOf = (row: Row) => SERIES_DIMENSIONS.map((_, index) => row[`g${index}`] as string);
    const series = new Map(sums.map((row) => [dimensionsOf(row).join(SERIES_KEY), dimensionsOf(row)]));
    const ids = await resolveSeries(client, series, { now: options.now });
    const idOf = (row: Row) => ids.get(dimensionsOf(row).join(SERIES_KEY))!;
    for (const row of sums) takeSums(idOf(row), row);
    // A raw row is one bucket of one histogram: each becomes a chunk of its own, merged below.
    for (const row of observed) {
      scratch.clear();
      scratch.addBucket(row["bucket"] as number, row["n"] as number);
      seriesOf(idOf(row)).chunks[row["d"] as number]!.push(scratch.encode());
    }
  }

  const merged = (chunks: readonly Uint8Array[]): Uint8Array | null => {
    if (chunks.length === 0) return null;
    scratch.clear();
    for (const chunk of chunks) scratch.addEncoded(chunk);
    return scratch.encode();
  };
  const rows = [...all].map(([seriesId, { sums, chunks }]) => ({
    bucket: bucket.start,
    seriesId,
    sums,
    histograms: chunks.map(merged),
  }));
  await addSums(client, "day", rows);
  await addHistograms(client, "day", rows);
}

const scopeOf = (bucket: Bucket) => ({ groupBy: [], filters: [], tenants: "all" as const, tagKeys: [], buckets: [bucket] });

const read = async (client: pg.ClientBase, { text, values }: Statement): Promise<Row[]> =>
  (await client.query<Row>(text, values)).rows;

async function rebuildNodeDay(client: pg.ClientBase, bucket: Bucket, segments: readonly Segment[]): Promise<void> {
  const nodes = new Map<string, { bucket: number; key: [string, string, string, string]; sums: NodeSums }>();
  const scope = { ...scopeOf(bucket), groupBy: NODE_DIMENSIONS };
  for (const [source, parts] of segmentsBySource(segments)) {
    const statement =
      source === "raw"
        ? nodeSampleSums(parts, NODE_MEASURES, scope)
        : nodeRollupSums(source === "day" ? "hour" : source, parts, NODE_MEASURES, scope);
    for (const row of await read(client, statement)) {
      const key = [row["g0"], row["g1"], row["g2"], row["g3"]] as [string, string, string, string];
      const name = JSON.stringify(key);
      const sums = Object.fromEntries(
        NODE_MEASURES.map((measure) => {
          const before = nodes.get(name)?.sums[measure];
          const by = row[measure] ?? 0;
          return [
            measure,
            isExactNodeMeasure(measure) ? BigInt(by) + ((before as bigint) ?? 0n) : Number(by) + ((before as number) ?? 0),
          ];
        }),
      ) as NodeSums;
      nodes.set(name, { bucket: bucket.start, key, sums });
    }
  }
  await addNodeRows(client, "day", [...nodes.values()]);
}
