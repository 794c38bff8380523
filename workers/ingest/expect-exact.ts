/** For tests: are the rollups exactly the sums over the raw rows, and is every event there once? */
import type { Pool } from "pg";
import { MEASURES } from "@/lib/metrics/measures";

export interface Exactness {
  rows: number;
  ids: number;
  identities: number;
  costNano: bigint;
  /** Measures whose rollup differs from the raw sum, by grain; empty when all is exact. */
  differences: string[];
}

export async function readExactness(pool: Pool): Promise<Exactness> {
  const raw = MEASURES.map(({ name, kind, sql }) => {
    const summed = kind === "money" || sql.startsWith("case ") ? sql : `(${sql})::int`;
    return `coalesce(sum(${summed}), 0)::text as ${name}`;
  });
  const expected = (await pool.query<Record<string, string>>(`select ${raw.join(", ")} from telemetry.event`)).rows[0]!;
  const differences: string[] = [];
  for (const grain of ["minute", "hour", "day"]) {
    const sums = MEASURES.map(({ name }) => `coalesce(sum(${name}), 0)::text as ${name}`);
    const found = (await pool.query<Record<string, string>>(`select ${sums.join(", ")} from telemetry.rollup_${grain}`)).rows[0]!;
    for (const { name } of MEASURES) {
      if (found[name] !== expected[name]) differences.push(`${grain} ${name}: ${found[name]}, raw ${expected[name]}`);
    }
  }
  const { rows } = await pool.query<{ rows: number; ids: number; identities: number; cost: bigint }>(
    `select count(*)::int as rows, count(distinct id)::int as ids, coalesce(sum(cost_nano), 0)::bigint as cost,
       (select count(*)::int from telemetry.event_identity) as identities from telemetry.event`,
  );
  const { rows: count, ids, identities, cost } = rows[0]!;
  return { rows: count, ids, identities, costNano: cost, differences };
}
