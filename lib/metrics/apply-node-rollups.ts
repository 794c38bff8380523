/** Adds GPU node readings to the node rollups, inside the transaction that stores the new readings. Call it last. */
import type pg from "pg";
import { floorToUtcHour, floorToUtcMinute } from "@/lib/time";
import { lockRollups, MINUTES_KEPT_MS, zoneOfDays, type RollupGrain } from "./apply-rollups";
import { isExactNodeMeasure, NODE_MEASURES, nodeSums, type NodeReading, type NodeSums } from "./node-measures";
import { zoneDayFinder } from "./zone-days";

export interface NodeRow {
  bucket: number;
  key: readonly [node: string, pool: string, engine: string, region: string];
  sums: NodeSums;
}

function sumReadings(readings: readonly NodeReading[], bucketFor: (at: number) => number): NodeRow[] {
  const rows = new Map<string, NodeRow>();
  for (const reading of readings) {
    const bucket = bucketFor(reading.at);
    const key = [reading.node, reading.pool, reading.engine ?? "", reading.region ?? ""] as const;
    const cell = [bucket, ...key].join("\u001F");
    const sums = nodeSums(reading);
    const row = rows.get(cell);
    if (!row) {
      rows.set(cell, { bucket, key, sums });
      continue;
    }
    for (const name of NODE_MEASURES) {
      const by = sums[name];
      row.sums[name] = typeof by === "bigint" ? (row.sums[name] as bigint) + by : (row.sums[name] as number) + by;
    }
  }
  return [...rows.values()].sort((a, b) => a.bucket - b.bucket || (a.key.join() < b.key.join() ? -1 : 1));
}

/** `readings` were new to this transaction. `timeZone` is the workspace's, as of now. */
export async function applyNodeRollups(
  client: pg.ClientBase,
  readings: readonly NodeReading[],
  options: { timeZone: string; now?: Date },
): Promise<void> {
  if (readings.length === 0) return;
  await lockRollups(client);
  const timeZone = await zoneOfDays(client, options.timeZone);
  const oldest = (options.now ?? new Date()).getTime() - MINUTES_KEPT_MS;
  await addNodeRows(
    client,
    "minute",
    sumReadings(readings, floorToUtcMinute).filter((row) => row.bucket >= oldest),
  );
  await addNodeRows(client, "hour", sumReadings(readings, floorToUtcHour));
  await addNodeRows(client, "day", sumReadings(readings, zoneDayFinder(timeZone)));
}

export async function addNodeRows(client: pg.ClientBase, grain: RollupGrain, rows: readonly NodeRow[]): Promise<void> {
  if (rows.length === 0) return;
  const table = `node_rollup_${grain}`;
  const types = NODE_MEASURES.map((name) => (isExactNodeMeasure(name) ? "bigint" : "double precision"));
  await client.query(
    `insert into telemetry.${table} (bucket, node, pool, engine, region, ${NODE_MEASURES.join(", ")})
     select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[],
       ${types.map((type, index) => `$${index + 6}::${type}[]`).join(", ")})
     on conflict (bucket, node, pool, engine, region) do update set
       ${NODE_MEASURES.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(", ")}`,
    [
      rows.map((row) => new Date(row.bucket)),
      ...[0, 1, 2, 3].map((at) => rows.map((row) => row.key[at])),
      ...NODE_MEASURES.map((name) => rows.map((row) => row.sums[name].toString())),
    ],
  );
}
