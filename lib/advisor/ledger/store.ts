/** The only file of the ledger that reads and writes the database. */
import type pg from "pg";
import { findingIdOf, type PolicyEdit, type PredictedSaving } from "@/lib/changes/schemas";
import type { ChangeContent } from "@/lib/changes/request/content-hash";
import { editsOf } from "@/lib/changes/describe/policy-edits";
import type { RolloutState } from "@/lib/changes/rollout/state";
import { withTransaction, type Db } from "@/lib/db";
import type { RateableEvent } from "@/lib/pricing/rate";
import { metersOf } from "@/lib/telemetry/stored-meters";
import type { SavingEstimate } from "./estimate";
import type { SavingScope } from "./scope";
import type { RolloutTimes, Window } from "./windows";

export interface ChangeToEstimate {
  id: string;
  contentHash: string;
  edits: PolicyEdit[];
  /** Of a change that came of a finding: what that was worth, worked out with more than a week's requests. */
  predicted: PredictedSaving | null;
}

/** Drafted or edited since they were estimated, and not carried out yet. Oldest first. */
export async function changesToEstimate(db: Db, limit: number): Promise<ChangeToEstimate[]> {
  const { rows } = await db.pool.query<{
    id: string;
    content_hash: string;
    content: ChangeContent;
    predicted_saving: PredictedSaving | null;
  }>(
    `select c.id, c.content_hash, c.content, c.predicted_saving from change c left join ledger_entry l on l.change_id = c.id
     where l.change_id is null
       or (l.content_hash <> c.content_hash and not exists (select 1 from rollout r where r.change_id = c.id))
     order by c.number limit $1`,
    [limit],
  );
  return rows.map((row) => ({
    id: row.id,
    contentHash: row.content_hash,
    edits: editsOf(row.content),
    predicted: row.predicted_saving,
  }));
}

/** Models and targets by name: what a target of a route runs, from the routing policies in force. */
export async function readProviders(db: Db): Promise<Map<string, string>> {
  const { rows } = await db.pool.query<{ model: string; provider: string }>(
    `select distinct on (model_served) model_served as model, provider from telemetry.series where model_served <> '' order by 1, id desc`,
  );
  return new Map(rows.map(({ model, provider }) => [model, provider]));
}

/** Of changes that were started and are due; each is claimed with a new epoch for as long as a measurement may take. */
export async function claimDue(db: Db, now: Date, limit: number): Promise<{ changeId: string; epoch: bigint; pricesAt: Date }[]> {
  const { rows } = await db.pool.query<{ change_id: string; epoch: string; prices_at: Date }>(
    `update ledger_entry l set epoch = l.epoch + 1, lease_until = $1::timestamptz + interval '5 minutes'
     where l.change_id in (
       select e.change_id from ledger_entry e join rollout r on r.change_id = e.change_id
       where (e.lease_until is null or e.lease_until < $1)
         and (e.next_at <= $1 or (e.next_at is null and not exists (select 1 from ledger_measurement m where m.change_id = e.change_id)))
       order by e.next_at nulls first limit $2 for update of e skip locked)
     returning l.change_id, l.epoch::text, l.prices_at`,
    [now, limit],
  );
  return rows.map((row) => ({ changeId: row.change_id, epoch: BigInt(row.epoch), pricesAt: row.prices_at }));
}

export interface StartedRollout extends RolloutTimes {
  changeId: string;
  number: number;
  scopes: SavingScope[];
  /** Names of gateways; empty for engines. */
  gateways: string[];
  pool: string | null;
  /** Since when and until when each node ran the change. */
  nodes: { node: string; since: Date; until: Date | null }[];
}

/** Every rollout that reached targets, oldest first: a measurement must know what else went on. */
export async function startedRollouts(db: Db): Promise<StartedRollout[]> {
  const { rows } = await db.pool.query<{
    change_id: string;
    number: number;
    content: ChangeContent;
    started_at: Date;
    ended_at: Date | null;
    state: RolloutState;
    steps: number;
    last_step_at: Date | null;
    gateways: string[];
    pool: string | null;
    nodes: { node: string; since: string; until: string | null }[];
  }>(
    `select c.id as change_id, c.number, c.content, r.started_at, r.ended_at, r.state,
       json_array_length(r.plan->'sharesPercent') as steps,
       (select min(k.at) from rollout_tick k where k.rollout_id = r.id and k.decision->>'phase' = 'deploying'
         and (k.decision->>'step')::int = json_array_length(r.plan->'sharesPercent') - 1) as last_step_at,
       coalesce((select json_agg(t.name) from rollout_target x join target t on t.id = x.target_id
         where x.rollout_id = r.id and t.connector <> 'engine'), '[]') as gateways,
       (select min(t.pool_id) from rollout_target x join target t on t.id = x.target_id
         where x.rollout_id = r.id and t.connector = 'engine') as pool,
       coalesce((select json_agg(json_build_object('node', t.name, 'since', f.since, 'until',
           (select min(d.created_at) from target_desired d
            where d.target_id = t.id and d.generation > f.generation and d.hash <> x.final_hash)))
         from rollout_target x join target t on t.id = x.target_id
           cross join lateral (select min(a.at) as since, min(a.generation) as generation from target_ack a
             where a.target_id = t.id and a.hash = x.final_hash and a.status = 'applied' and a.at >= r.started_at) f
         where x.rollout_id = r.id and t.connector = 'engine' and f.since is not null), '[]') as nodes
     from rollout r join change c on c.id = r.change_id order by r.started_at, c.number`,
  );
  return rows.map((row) => ({
    changeId: row.change_id,
    number: row.number,
    scopes: editsOf(row.content).map(({ scope }) => scope),
    startedAt: row.started_at,
    endedAt: row.ended_at,
    promoted: row.state.phase === "promoted",
    // All at once has no control beside it: its first step is its last.
    lastStepAt: row.steps === 1 ? row.started_at : row.last_step_at,
    gateways: row.gateways,
    pool: row.pool,
    nodes: row.nodes.map(({ node, since, until }) => ({
      node,
      since: new Date(since),
      until: until === null ? null : new Date(until),
    })),
  }));
}

/** One attempt of a request, as far as its saving depends on it. */
export interface LedgerEvent extends RateableEvent {
  endpoint: string;
  route: string;
  node: string | null;
  variant: string | null;
  requestId: string;
  actionId: string | null;
  /** The request ended well with it. */
  success: boolean;
  storedNanoUsd: number;
}

const MOST_EVENTS = 150_000;

interface EventRow {
  occurred_at: Date;
  tenant: string;
  endpoint: string;
  route: string;
  provider: string;
  model_requested: string;
  model_served: string;
  pool: string | null;
  node: string | null;
  variant: string | null;
  request_id: string;
  action_id: string | null;
  success: boolean;
  status: RateableEvent["status"];
  cache_layer: RateableEvent["cacheLayer"];
  cache_hit: boolean;
  service_tier: string | null;
  batch: boolean;
  cost_nano: bigint;
  input: bigint;
  cache_read: bigint;
  cache_write_5m: bigint;
  cache_write_1h: bigint;
  output: bigint;
  audio_in: bigint;
  audio_out: bigint;
  image: bigint;
  reasoning: bigint;
}

/**
 * Requests of a stretch of time in the scopes. Of very many only every `every`-th request is read, whole with its attempts:
 * what is summed is to be multiplied by it.
 */
export async function readEvents(
  db: Pick<Db, "pool">,
  range: { from: Date; to: Date },
  of: { scopes: readonly SavingScope[]; gateways: readonly string[]; pool: string | null },
): Promise<{ events: LedgerEvent[]; every: number }> {
  const { where, values } = filterOf(of);
  const params = [range.from, range.to, ...values];
  const { rows: counted } = await db.pool.query<{ n: string }>(
    `select count(*) as n from telemetry.event where occurred_at >= $1 and occurred_at < $2 and not shadow and ${where}`,
    params,
  );
  const every = Math.max(1, Math.ceil(Number(counted[0]!.n) / MOST_EVENTS));
  const { rows } = await db.pool.query<EventRow>(
    `select occurred_at, tenant, endpoint, coalesce(route, model_requested) as route, provider, model_requested, model_served, pool, node,
       variant, request_id, action_id, final and status = 'success' as success, status, cache_layer, cache_hit, service_tier, batch,
       cost_nano, input, cache_read, cache_write_5m, cache_write_1h, output, audio_in, audio_out, image, reasoning
     from telemetry.event where occurred_at >= $1 and occurred_at < $2 and not shadow and ${where}
       and ($${params.length + 1} = 1 or (hashtextextended(request_id, 0) & 9223372036854775807) % $${params.length + 1} = 0)`,
    [...params, every],
  );
  return { events: rows.map(toEvent), every };
}

function filterOf({ scopes, gateways, pool }: Parameters<typeof readEvents>[2]): { where: string; values: unknown[] } {
  if (pool !== null) return { where: "pool = $3", values: [pool] };
  const everything = scopes.some(({ level }) => level === "global" || level === "environment");
  const named = (level: SavingScope["level"]) =>
    scopes.flatMap((scope) => (scope.level === level && scope.value ? [scope.value] : []));
  return {
    where: `gateway = any($3) and ($4 or tenant = any($5) or endpoint = any($6))`,
    values: [[...gateways], everything, named("tenant"), named("endpoint")],
  };
}

const toEvent = (row: EventRow): LedgerEvent => ({
  occurredAt: row.occurred_at.getTime(),
  tenant: row.tenant,
  endpoint: row.endpoint,
  route: row.route,
  provider: row.provider,
  modelRequested: row.model_requested,
  modelServed: row.model_served,
  pool: row.pool,
  node: row.node,
  variant: row.variant,
  requestId: row.request_id,
  actionId: row.action_id,
  success: row.success,
  status: row.status,
  cacheLayer: row.cache_layer,
  cacheHit: row.cache_hit,
  serviceTier: row.service_tier,
  batch: row.batch,
  meters: metersOf(row),
  storedNanoUsd: Number(row.cost_nano),
});

/** False: the change was edited or started meanwhile, and somebody else wrote it. */
export async function saveEstimate(
  client: pg.PoolClient,
  change: ChangeToEstimate,
  estimate: SavingEstimate,
  at: { pricesAt: Date; now: Date },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into ledger_entry as l (change_id, content_hash, prices_at, estimated_at, estimate_low_nano_usd, estimate_high_nano_usd, estimate_basis)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (change_id) do update set content_hash = excluded.content_hash, prices_at = excluded.prices_at,
       estimated_at = excluded.estimated_at, estimate_low_nano_usd = excluded.estimate_low_nano_usd,
       estimate_high_nano_usd = excluded.estimate_high_nano_usd, estimate_basis = excluded.estimate_basis
     where l.content_hash <> excluded.content_hash`,
    [change.id, change.contentHash, at.pricesAt, at.now, estimate.lowNanoUsd, estimate.highNanoUsd, estimate.basis],
  );
  return rowCount === 1;
}

export interface StoredMeasurement extends Window {
  savingNanoUsd: bigint | null;
  lowNanoUsd: bigint | null;
  highNanoUsd: bigint | null;
  bookedNanoUsd: bigint;
  share: number | null;
  lowShare: number | null;
  highShare: number | null;
  treatedSuccesses: number;
  controlSuccesses: number;
  owned: number;
  note: string | null;
}

export const readFinalWindows = async (db: Pick<Db, "pool">, changeId: string): Promise<Set<number>> => {
  const { rows } = await db.pool.query<{ from_at: Date }>(
    "select from_at from ledger_measurement where change_id = $1 and final",
    [changeId],
  );
  return new Set(rows.map(({ from_at }) => from_at.getTime()));
};

/** Written only while the claim holds. `told`: is asked, in the transaction, to say what has become final. */
export const saveMeasurements = (
  db: Db,
  claim: { changeId: string; epoch: bigint },
  measurements: readonly StoredMeasurement[],
  at: { now: Date; nextAt: Date | null },
  told: (client: pg.PoolClient, final: readonly StoredMeasurement[]) => Promise<void>,
): Promise<boolean> =>
  withTransaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      "update ledger_entry set next_at = $3, lease_until = null where change_id = $1 and epoch = $2",
      [claim.changeId, claim.epoch, at.nextAt],
    );
    if (rowCount === 0) return false;
    for (const one of measurements) {
      await client.query(
        `insert into ledger_measurement (change_id, from_at, to_at, method, final, saving_nano_usd, low_nano_usd, high_nano_usd,
           booked_nano_usd, share, low_share, high_share, treated_successes, control_successes, owned, note, measured_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict (change_id, from_at) do update set to_at = excluded.to_at, method = excluded.method, final = excluded.final,
           saving_nano_usd = excluded.saving_nano_usd, low_nano_usd = excluded.low_nano_usd, high_nano_usd = excluded.high_nano_usd,
           booked_nano_usd = excluded.booked_nano_usd, share = excluded.share, low_share = excluded.low_share,
           high_share = excluded.high_share, treated_successes = excluded.treated_successes,
           control_successes = excluded.control_successes, owned = excluded.owned, note = excluded.note,
           measured_at = excluded.measured_at
         where not ledger_measurement.final`,
        [
          claim.changeId,
          one.from,
          one.to,
          one.method,
          one.final,
          one.savingNanoUsd,
          one.lowNanoUsd,
          one.highNanoUsd,
          one.bookedNanoUsd,
          one.share,
          one.lowShare,
          one.highShare,
          one.treatedSuccesses,
          one.controlSuccesses,
          one.owned,
          one.note,
          at.now,
        ],
      );
    }
    const final = measurements.filter((one) => one.final);
    if (final.length > 0) await told(client, final);
    return true;
  });

export interface StoredEntry {
  changeId: string;
  number: number;
  title: string;
  status: string;
  findingId: string | null;
  startedAt: Date | null;
  pricesAt: Date;
  estimateLowNanoUsd: bigint | null;
  estimateHighNanoUsd: bigint | null;
  estimateBasis: string;
  /** Oldest first. */
  measurements: StoredMeasurement[];
}

/** Newest change first. `visible`: ids of the changes that may be seen. */
export async function readLedger(db: Db, visible: readonly string[] | "all", changeId: string | null): Promise<StoredEntry[]> {
  const seen = changeId === null ? visible : visible === "all" || visible.includes(changeId) ? [changeId] : [];
  const rows = await db.prisma.ledgerEntry.findMany({
    where: seen === "all" ? {} : { changeId: { in: [...seen] } },
    include: {
      measurements: { orderBy: { fromAt: "asc" } },
      change: { select: { number: true, title: true, status: true, origin: true, rollout: { select: { startedAt: true } } } },
    },
    orderBy: { change: { number: "desc" } },
  });
  return rows.map(({ change, measurements, ...entry }) => ({
    changeId: entry.changeId,
    number: change.number,
    title: change.title,
    status: change.status,
    findingId: findingIdOf(change.origin),
    startedAt: change.rollout?.startedAt ?? null,
    pricesAt: entry.pricesAt,
    estimateLowNanoUsd: entry.estimateLowNanoUsd,
    estimateHighNanoUsd: entry.estimateHighNanoUsd,
    estimateBasis: entry.estimateBasis,
    measurements: measurements.map(({ fromAt, toAt, method, ...rest }) => ({
      ...rest,
      from: fromAt,
      to: toAt,
      method: method as StoredMeasurement["method"],
    })),
  }));
}

/** What each of these changes edits. */
export async function readEdits(db: Db, changeIds: readonly string[]): Promise<Map<string, PolicyEdit[]>> {
  const rows = await db.prisma.change.findMany({ where: { id: { in: [...changeIds] } }, select: { id: true, content: true } });
  return new Map(rows.map(({ id, content }) => [id, editsOf(content as unknown as ChangeContent)]));
}
