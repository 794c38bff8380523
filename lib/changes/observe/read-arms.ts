/**
 * The two arms of a rollout from raw telemetry. Gateways stamp the variant on each event; nodes are told apart by name and
 * time. A minute after the change was read back from a node, or taken back, counts for neither arm: it warms up.
 */
import type pg from "pg";
import { JUDGED } from "@/lib/metrics/read-sql";
import type { CountBlock } from "../guardrails/count-evidence";
import type { ArmRow } from "./arm-row";

export type Population =
  /** `shadow`: the canary's answers are thrown away; only what the copies do and cost can be compared. */
  | { kind: "gateways"; gateways: readonly string[]; shadow: boolean }
  /** Everybody got it at once: after `sinceMs` against before. Nothing can be compared minute by minute; streaks can be seen. */
  | { kind: "before_after"; gateways: readonly string[]; sinceMs: number }
  /** `nodes`: those with the change, since when and until when, ms. Baseline: those without it, also before and after. */
  | {
      kind: "nodes";
      /** GPU nodes of a pool, or gateways that are changed one after the other. */
      of: { pool: string } | { gateways: readonly string[] };
      nodes: readonly { node: string; sinceMs: number; untilMs: number | null }[];
    };

export interface Thresholds {
  /** Milliseconds; null: too few requests before to know, then nothing is slow. */
  slowMs: number | null;
  slowFirstMs: number | null;
}

const WARM_UP_SEC = 60;

interface Sql {
  /** True for events of the canary; of the population otherwise baseline. */
  canary: string;
  population: string;
  exposed: string;
  values: unknown[];
}

/** Parameters from $3 on; $1 and $2 are the time. */
function sqlOf(population: Population): Sql {
  if (population.kind === "gateways") {
    const { gateways, shadow } = population;
    return {
      canary: shadow ? "shadow" : "variant = 'canary'",
      population: `gateway = any($3) and (variant = 'canary' or not shadow)${shadow ? " and (shadow or not cache_hit)" : ""}`,
      exposed: shadow ? "true" : "final",
      values: [[...gateways]],
    };
  }
  if (population.kind === "before_after") {
    const { gateways, sinceMs } = population;
    const values = [[...gateways], new Date(sinceMs)];
    return { canary: "e.occurred_at >= $4", population: "gateway = any($3) and not shadow", exposed: "final", values };
  }
  const { of, nodes } = population;
  const who = "pool" in of ? "node" : "gateway";
  const [since, until] = ["n.since", "coalesce(n.until, 'infinity')"];
  const warming = (from: string) => `(e.occurred_at >= ${from} and e.occurred_at < ${from} + interval '${WARM_UP_SEC} seconds')`;
  const changed = `from unnest($4::text[], $5::timestamptz[], $6::timestamptz[]) as n(node, since, until) where n.node = e.${who}`;
  return {
    canary: `exists (select 1 ${changed} and e.occurred_at >= ${since} and e.occurred_at < ${until})`,
    population: `${"pool" in of ? "pool = $3 and not cache_hit and node is not null" : "gateway = any($3)"} and not shadow
      and not exists (select 1 ${changed} and (${warming(since)} or ${warming(until)}))`,
    exposed: "pool" in of ? "true" : "final",
    values: [
      "pool" in of ? of.pool : [...of.gateways],
      nodes.map(({ node }) => node),
      nodes.map(({ sinceMs }) => new Date(sinceMs)),
      nodes.map(({ untilMs }) => (untilMs === null ? null : new Date(untilMs))),
    ],
  };
}

/** One row a minute, tenant, route and arm, in order of time. `from` inclusive, `to` exclusive. */
export async function readArms(
  pool: Pick<pg.Pool, "query">,
  population: Population,
  range: { from: Date; to: Date },
  thresholds: Thresholds,
): Promise<ArmRow[]> {
  const { canary, population: where, exposed, values } = sqlOf(population);
  const at = values.length + 3;
  const { rows } = await pool.query<Record<string, string> & { canary: boolean; minute: Date }>(
    `select ${canary} as canary, date_trunc('minute', occurred_at) as minute, tenant,
       coalesce(route, model_requested) as route,
       count(*) filter (where ${exposed}) as exposed,
       count(*) filter (where ${exposed} and status = 'success') as successes,
       count(*) filter (where ${exposed} and status not in ('success', 'cancelled')) as errors,
       count(*) filter (where ${exposed} and status = 'timeout') as timeouts,
       count(*) filter (where ${exposed} and status = 'oom') as ooms,
       count(*) filter (where attempt > 1) as retries,
       count(*) filter (where ${exposed} and latency_ms > $${at}) as slow,
       count(*) filter (where ${exposed} and stream and ttft_ms is not null) as streamed,
       count(*) filter (where ${exposed} and stream and ttft_ms > $${at + 1}) as "slowFirst",
       sum(cost_nano) as cost,
       sum(input + cache_read + cache_write_5m + cache_write_1h + output) as tokens
     from telemetry.event e
     where occurred_at >= $1 and occurred_at < $2 and ${where}
     group by 1, 2, 3, 4 order by 2, 3, 4, 1`,
    [range.from, range.to, ...values, thresholds.slowMs ?? Infinity, thresholds.slowFirstMs ?? Infinity],
  );
  return rows.map((row) => ({
    arm: row.canary ? "canary" : "baseline",
    minuteMs: row.minute.getTime(),
    tenant: row["tenant"]!,
    route: row["route"]!,
    exposed: Number(row["exposed"]),
    successes: Number(row["successes"]),
    errors: Number(row["errors"]),
    timeouts: Number(row["timeouts"]),
    ooms: Number(row["ooms"]),
    retries: Number(row["retries"]),
    slow: Number(row["slow"]),
    streamed: Number(row["streamed"]),
    slowFirst: Number(row["slowFirst"]),
    qualityKnown: 0,
    qualityFailures: 0,
    costNanoUsd: Number(row["cost"]),
    tokens: Number(row["tokens"]),
  }));
}

/** Successes and failures of both arms in ten-second steps, for streaks; and until when anything was heard. */
export async function readRecent(
  pool: Pick<pg.Pool, "query">,
  population: Population,
  range: { from: Date; to: Date },
): Promise<{ cells: CountBlock[]; heardAt: Date | null }> {
  const { canary, population: where, exposed, values } = sqlOf(population);
  const { rows } = await pool.query<{ canary: boolean; at: Date; exposed: string; bad: string; heard: Date }>(
    `select ${canary} as canary, date_bin('10 seconds', occurred_at, $1) as at, count(*) filter (where ${exposed}) as exposed,
       count(*) filter (where ${exposed} and status not in ('success', 'cancelled')) as bad, max(received_at) as heard
     from telemetry.event e where occurred_at >= $1 and occurred_at < $2 and ${where} group by 1, 2 order by 2`,
    [range.from, range.to, ...values],
  );
  const cells = new Map<number, CountBlock>();
  let heardAt: Date | null = null;
  for (const row of rows) {
    const cell = cells.get(row.at.getTime()) ?? { canary: { exposed: 0, bad: 0 }, baseline: { exposed: 0, bad: 0 } };
    cell[row.canary ? "canary" : "baseline"] = { exposed: Number(row.exposed), bad: Number(row.bad) };
    cells.set(row.at.getTime(), cell);
    if (heardAt === null || row.heard > heardAt) heardAt = row.heard;
  }
  return { cells: [...cells.values()], heardAt };
}

/** What people and checks said of the answers, added to the rows of the requests they are about. */
export async function withQuality(
  pool: Pick<pg.Pool, "query">,
  population: Population,
  range: { from: Date; to: Date },
  arms: readonly ArmRow[],
): Promise<ArmRow[]> {
  const { canary, population: where, values } = sqlOf(population);
  const inRange = "e.occurred_at >= $1 and e.occurred_at < $2";
  const { rows } = await pool.query<{ canary: boolean; minute: Date; tenant: string; route: string; known: string; bad: string }>(
    `select ${canary} as canary, date_trunc('minute', e.occurred_at) as minute, e.tenant, coalesce(e.route, e.model_requested) as route,
       count(*) as known, count(*) filter (where o.value < judged.good_from) as bad
     from telemetry.outcome o join ${JUDGED} as judged (kpi, judges, good_from) on judged.kpi = o.kpi and judged.judges <> 'escalation'
       cross join lateral (
         (select * from telemetry.event e where e.request_id = o.request_id and e.final and ${inRange} limit 1)
         union all
         (select * from telemetry.event e where o.request_id is null and e.action_id = o.action_id and ${inRange} limit 1)
         limit 1) e
     where o.occurred_at >= $1 and ${where} group by 1, 2, 3, 4`,
    [range.from, range.to, ...values],
  );
  const keyOf = (arm: string, minuteMs: number, tenant: string, route: string) => JSON.stringify([arm, minuteMs, tenant, route]);
  const said = new Map(
    rows.map((row) => [keyOf(row.canary ? "canary" : "baseline", row.minute.getTime(), row.tenant, row.route), row]),
  );
  return arms.map((row) => {
    const one = said.get(keyOf(row.arm, row.minuteMs, row.tenant, row.route));
    return one ? { ...row, qualityKnown: Number(one.known), qualityFailures: Number(one.bad) } : row;
  });
}

/** Requests that ran out of memory on each node of the canary; empty where nodes without the change have that, too. */
export async function readOutOfMemory(
  pool: Pick<pg.Pool, "query">,
  population: Population,
  range: { from: Date; to: Date },
): Promise<Map<string, number>> {
  if (population.kind !== "nodes" || !("pool" in population.of)) return new Map();
  const { canary, population: where, values } = sqlOf(population);
  const { rows } = await pool.query<{ canary: boolean; node: string; ended: string }>(
    `select ${canary} as canary, node, count(*) as ended from telemetry.event e
     where occurred_at >= $1 and occurred_at < $2 and status = 'oom' and ${where} group by 1, 2`,
    [range.from, range.to, ...values],
  );
  return rows.some((row) => !row.canary) ? new Map() : new Map(rows.map(({ node, ended }) => [node, Number(ended)]));
}

export interface Before {
  thresholds: Thresholds;
  /** Two halves of the population's requests, minute by minute: what bursts are usual. */
  halves: Record<"error" | "slow", CountBlock[]>;
  requestsPerMinute: number;
  /** Spent by all of it in the dearest hour, nano-USD. */
  dearestHourNanoUsd: bigint;
}

const FEWEST_FOR_P95 = 20;

/** The 24 hours before: what is slow, how bursty failures are, how much traffic there is. The same at every call. */
export async function readBefore(pool: Pick<pg.Pool, "query">, population: Population, startedAt: Date): Promise<Before> {
  const from = new Date(startedAt.getTime() - 24 * 3_600_000);
  const everybody: Population =
    population.kind === "nodes"
      ? { ...population, nodes: [] }
      : { kind: "gateways", gateways: population.gateways, shadow: false };
  const { population: where, exposed, values } = sqlOf(everybody);
  const range = [from, startedAt, ...values];
  const known = `from telemetry.event e where occurred_at >= $1 and occurred_at < $2 and ${where} and ${exposed}`;
  const { rows } = await pool.query<{ slow: number | null; first: number | null; n: string; streamed: string }>(
    `select percentile_cont(0.95) within group (order by latency_ms) as slow,
       percentile_cont(0.95) within group (order by ttft_ms) filter (where stream) as first,
       count(latency_ms) as n, count(ttft_ms) filter (where stream) as streamed ${known}`,
    range,
  );
  const { slow, first, n, streamed } = rows[0]!;
  const thresholds: Thresholds = {
    slowMs: Number(n) >= FEWEST_FOR_P95 ? slow : null,
    slowFirstMs: Number(streamed) >= FEWEST_FOR_P95 ? first : null,
  };
  const halves = await pool.query<{ half: number; minute: Date; exposed: string; bad: string; slow: string }>(
    `select hashtext(coalesce(action_id, request_id)) & 1 as half, date_trunc('minute', occurred_at) as minute,
       count(*) as exposed, count(*) filter (where status not in ('success', 'cancelled')) as bad,
       count(*) filter (where latency_ms > $${range.length + 1}) as slow ${known} group by 1, 2`,
    [...range, thresholds.slowMs ?? Infinity],
  );
  const dearest = await pool.query<{ cost: string | null }>(
    `select max(cost)::text as cost from (select sum(cost_nano) as cost from telemetry.event e
       where occurred_at >= $1 and occurred_at < $2 and ${where} group by date_trunc('hour', occurred_at)) hours`,
    range,
  );
  const blocks = (metric: "bad" | "slow") => {
    const minutes = new Map<number, CountBlock>();
    for (const row of halves.rows) {
      const block = minutes.get(row.minute.getTime()) ?? { canary: { exposed: 0, bad: 0 }, baseline: { exposed: 0, bad: 0 } };
      block[row.half === 0 ? "canary" : "baseline"] = { exposed: Number(row.exposed), bad: Number(row[metric]) };
      minutes.set(row.minute.getTime(), block);
    }
    return [...minutes.values()];
  };
  return {
    thresholds,
    halves: { error: blocks("bad"), slow: blocks("slow") },
    requestsPerMinute: Number(n) / (24 * 60),
    dearestHourNanoUsd: BigInt(dearest.rows[0]?.cost?.split(".")[0] ?? 0),
  };
}
