/**
 * Takes the old rating of events out of the rollups and puts the new one in, inside the transaction that changes the raw
 * rows. Call it last: like `applyRollups` it holds the one rollup lock to commit.
 *
 * What depends on a rating is money, the pricing state of requests, and the histogram of cost. Both versions of the same
 * events go through `buildRollupDeltas`, and their difference is added: counts that a rating does not touch cancel out.
 * Sums are exact always. A histogram of a series that does not hold the old observation (tag keys were changed since,
 * so that the event was counted under another series) keeps what it has.
 */
import type pg from "pg";
import { HistogramSum } from "@/lib/stats/histogram";
import { floorToUtcHour } from "@/lib/time";
import type { RatedEvent } from "@/lib/telemetry/event";
import { addSums, lockRollups, MINUTES_KEPT_MS, zoneOfDays, type RollupGrain } from "./apply-rollups";
import { buildRollupDeltas, foldDeltas, type SeriesDelta } from "./build-deltas";
import { DISTRIBUTIONS } from "./measures";
import { resolveSeries } from "./series";
import { zoneDayFinder } from "./zone-days";

const COST = DISTRIBUTIONS.findIndex(({ name }) => name === "cost");

/** `before` and `after` are the same events in the same order, rated differently. */
export async function correctRollups(
  client: pg.ClientBase,
  before: readonly RatedEvent[],
  after: readonly RatedEvent[],
  options: { timeZone: string; tagKeys: readonly string[]; now: Date },
): Promise<void> {
  if (after.length === 0) return;
  const old = buildRollupDeltas(before, options);
  const fresh = buildRollupDeltas(after, options);
  await lockRollups(client);
  const timeZone = await zoneOfDays(client, options.timeZone);
  const series = new Map(fresh.minutes.map((delta) => [delta.key, delta.dimensions]));
  const ids = await resolveSeries(client, series, { now: options.now });
  const numbered = (deltas: typeof fresh) => deltas.minutes.map((delta) => ({ ...delta, seriesId: ids.get(delta.key)! }));
  const oldest = options.now.getTime() - MINUTES_KEPT_MS;
  for (const [grain, bucketFor] of [
    ["minute", (at: number) => at],
    ["hour", floorToUtcHour],
    ["day", zoneDayFinder(timeZone)],
  ] as const) {
    const kept = (deltas: SeriesDelta[]) => (grain === "minute" ? deltas.filter(({ bucket }) => bucket >= oldest) : deltas);
    const differences = subtract(kept(foldDeltas(numbered(fresh), bucketFor)), kept(foldDeltas(numbered(old), bucketFor)));
    await addSums(
      client,
      grain,
      differences.filter(({ sums }) => sums.some((sum) => sum !== 0 && sum !== 0n)),
    );
    await moveCosts(client, grain, differences);
  }
}

interface Difference extends Pick<SeriesDelta, "bucket" | "seriesId" | "sums"> {
  /** Buckets of the cost histogram that observations leave and reach, pair by pair. */
  moves: [from: number, to: number][];
}

/** Both lists come from the same events, folded the same way: equal cells at equal places. */
function subtract(after: readonly SeriesDelta[], before: readonly SeriesDelta[]): Difference[] {
  return after.map((delta, index) => {
    const old = before[index]!;
    const from = old.observations[COST]!;
    return {
      bucket: delta.bucket,
      seriesId: delta.seriesId,
      sums: delta.sums.map((sum, measure) =>
        typeof sum === "bigint" ? sum - (old.sums[measure] as bigint) : sum - (old.sums[measure] as number),
      ),
      moves: delta.observations[COST]!.map((to, at): [number, number] => [from[at]!, to]).filter(([was, is]) => was !== is),
    };
  });
}

async function moveCosts(client: pg.ClientBase, grain: RollupGrain, all: readonly Difference[]): Promise<void> {
  const rows = all.filter(({ moves }) => moves.length > 0);
  if (rows.length === 0) return;
  const table = `telemetry.histogram_${grain}`;
  const wanted = new Map(rows.map((row) => [`${row.bucket} ${row.seriesId}`, row.moves]));
  const found = await client.query<{ bucket: Date; series_id: number; cost: Buffer }>(
    `select h.bucket, h.series_id, h.cost from ${table} h
       join unnest($1::timestamptz[], $2::int[]) as w (bucket, series_id) on h.bucket = w.bucket and h.series_id = w.series_id
      where h.cost is not null`,
    [rows.map(({ bucket }) => new Date(bucket)), rows.map(({ seriesId }) => seriesId)],
  );
  const sum = new HistogramSum();
  const moved = found.rows.map((row) => {
    sum.clear();
    sum.addEncoded(row.cost);
    for (const [from, to] of wanted.get(`${row.bucket.getTime()} ${row.series_id}`) ?? []) sum.move(from, to);
    return Buffer.from(sum.encode());
  });
  await client.query(
    `update ${table} h set cost = m.cost from unnest($1::timestamptz[], $2::int[], $3::bytea[]) as m (bucket, series_id, cost)
      where h.bucket = m.bucket and h.series_id = m.series_id`,
    [found.rows.map((row) => row.bucket), found.rows.map((row) => row.series_id), moved],
  );
}
