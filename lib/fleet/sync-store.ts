/** What a sync reads and writes: many targets at once, one row each, held for the length of the transaction. */
import type pg from "pg";
import type { Health, PublicKey } from "@/lib/protocol";
import type { Attempt } from "@/lib/protocol/sync";
import type { TargetKeys } from "./decide-keys";
import type { SyncState } from "./decide-sync";

/** Everything of a target that a sync may change. */
export interface SyncedTarget {
  id: string;
  sync: SyncState;
  keys: TargetKeys;
  capabilities: string[];
  hardware: unknown;
  health: Health | null;
  leaseEpoch: number | null;
  desiredLeaseTtlSec: number | null;
  lastSeenAtMs: number | null;
  keySerial: number;
  /** Generation of the newest order that was not signed, and said so. */
  unsignedGeneration: number | null;
}

interface Row {
  id: string;
  state: SyncState["state"];
  bootId: string | null;
  previousBootId: string | null;
  bootSentAt: Date | null;
  seq: string | bigint;
  runningGeneration: number | null;
  runningHash: string | null;
  effectiveHash: string | null;
  driftPolls: number;
  verdictFloor: number;
  desiredGeneration: number | null;
  desiredHash: string | null;
  desiredForced: boolean;
  desiredLeaseTtlSec: number | null;
  offeredGeneration: number | null;
  offeredBootId: string | null;
  offeredSeq: string | bigint | null;
  offeredAt: Date | null;
  publicKey: PublicKey;
  nextPublicKey: PublicKey | null;
  version: string;
  capabilities: string[] | null;
  hardware: unknown;
  health: Health | null;
  leaseEpoch: number | null;
  lastSeenAt: Date | null;
  keySerial: number;
  unsignedGeneration: number | null;
  attempt: Attempt | null;
  verdict: SyncState["verdict"];
}

/** The newest finished try of the desired content in this life of the target. Shared with the pages' queries. */
export const VERDICT_JOIN = `left join lateral (
    select jsonb_build_object('generation', v.generation, 'attempt', v.attempt, 'status', v.status) as verdict
    from target_ack v
    where v.target_id = t.id and v.hash = t.desired_hash and v.status in ('applied', 'refused', 'failed') and v.at >= t.enrolled_at
      and v.attempt > t.verdict_floor
    order by v.attempt desc, v.generation desc limit 1) v on true`;

/** In order of id, as publishers lock them too. */
export async function lockForSync(client: pg.PoolClient, ids: readonly string[]): Promise<Map<string, SyncedTarget>> {
  const { rows } = await client.query<Row>(
    `select t.id, t.state, t.boot_id as "bootId", t.previous_boot_id as "previousBootId", t.boot_sent_at as "bootSentAt", t.seq,
       t.running_generation as "runningGeneration", t.running_hash as "runningHash", t.effective_hash as "effectiveHash",
       t.drift_polls as "driftPolls", t.verdict_floor as "verdictFloor", t.desired_generation as "desiredGeneration", t.desired_hash as "desiredHash",
       t.desired_forced as "desiredForced", t.desired_lease_ttl_sec as "desiredLeaseTtlSec",
       t.offered_generation as "offeredGeneration", t.offered_boot_id as "offeredBootId", t.offered_seq as "offeredSeq",
       t.offered_at as "offeredAt", t.public_key as "publicKey", t.next_public_key as "nextPublicKey", t.version,
       t.capabilities, t.hardware, t.health, t.lease_epoch as "leaseEpoch", t.last_seen_at as "lastSeenAt",
       t.key_serial as "keySerial", (t.unsigned_order->>'generation')::int as "unsignedGeneration",
       case when a.target_id is not null then
         jsonb_build_object('generation', a.generation, 'hash', a.hash, 'attempt', a.attempt, 'status', a.status) end as attempt,
       v.verdict
     from target t
     left join target_ack a on a.target_id = t.id and a.generation = t.attempt_generation and a.attempt = t.attempt_number
     ${VERDICT_JOIN}
     where t.id = any($1::uuid[]) order by t.id for update of t`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, fromRow(row)]));
}

function fromRow(row: Row): SyncedTarget {
  const pair = (generation: number | null, hash: string | null) =>
    generation === null || hash === null ? null : { generation, hash };
  const desired = pair(row.desiredGeneration, row.desiredHash);
  return {
    id: row.id,
    sync: {
      state: row.state,
      bootId: row.bootId,
      previousBootId: row.previousBootId,
      bootSentAtMs: row.bootSentAt?.getTime() ?? null,
      seq: Number(row.seq),
      running: pair(row.runningGeneration, row.runningHash),
      effectiveHash: row.effectiveHash,
      driftPolls: row.driftPolls,
      version: row.version,
      verdictFloor: row.verdictFloor,
      attempt: row.attempt,
      desired: desired && { ...desired, forced: row.desiredForced },
      verdict: row.verdict,
      offered:
        row.offeredGeneration === null
          ? null
          : {
              generation: row.offeredGeneration,
              bootId: row.offeredBootId!,
              seq: Number(row.offeredSeq),
              atMs: row.offeredAt!.getTime(),
            },
    },
    keys: { current: row.publicKey, next: row.nextPublicKey },
    capabilities: row.capabilities ?? [],
    hardware: row.hardware,
    health: row.health,
    leaseEpoch: row.leaseEpoch,
    desiredLeaseTtlSec: row.desiredLeaseTtlSec,
    lastSeenAtMs: row.lastSeenAt?.getTime() ?? null,
    keySerial: row.keySerial,
    unsignedGeneration: row.unsignedGeneration,
  };
}

const at = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : new Date(ms).toISOString());

/** One statement for all of them. What an order is, is not written here: publishers own that. */
export async function saveSynced(client: pg.PoolClient, targets: readonly SyncedTarget[]): Promise<void> {
  if (targets.length === 0) return;
  const rows = targets.map(({ sync, ...target }) => ({
    id: target.id,
    boot_id: sync.bootId,
    previous_boot_id: sync.previousBootId,
    boot_sent_at: at(sync.bootSentAtMs),
    seq: sync.seq,
    running_generation: sync.running?.generation ?? null,
    running_hash: sync.running?.hash ?? null,
    effective_hash: sync.effectiveHash,
    drift_polls: sync.driftPolls,
    verdict_floor: sync.verdictFloor,
    attempt_generation: sync.attempt?.generation ?? null,
    attempt_number: sync.attempt?.attempt ?? null,
    offered_generation: sync.offered?.generation ?? null,
    offered_boot_id: sync.offered?.bootId ?? null,
    offered_seq: sync.offered?.seq ?? null,
    offered_at: at(sync.offered?.atMs),
    public_key: target.keys.current,
    next_public_key: target.keys.next,
    version: sync.version,
    capabilities: target.capabilities,
    hardware: target.hardware,
    health: target.health,
    lease_epoch: target.leaseEpoch,
    last_seen_at: at(target.lastSeenAtMs),
    key_serial: target.keySerial,
  }));
  await client.query(
    `update target t set boot_id = s.boot_id, previous_boot_id = s.previous_boot_id, boot_sent_at = s.boot_sent_at, seq = s.seq,
       running_generation = s.running_generation, running_hash = s.running_hash, effective_hash = s.effective_hash,
       drift_polls = s.drift_polls, verdict_floor = s.verdict_floor, attempt_generation = s.attempt_generation, attempt_number = s.attempt_number,
       offered_generation = s.offered_generation, offered_boot_id = s.offered_boot_id, offered_seq = s.offered_seq,
       offered_at = s.offered_at, public_key = s.public_key, next_public_key = nullif(s.next_public_key, 'null'),
       version = s.version, capabilities = s.capabilities, hardware = nullif(s.hardware, 'null'),
       health = nullif(s.health, 'null'), lease_epoch = s.lease_epoch, last_seen_at = s.last_seen_at, key_serial = s.key_serial
     from jsonb_to_recordset($1::jsonb) as s(id uuid, boot_id uuid, previous_boot_id uuid, boot_sent_at timestamptz, seq bigint,
       running_generation int, running_hash text, effective_hash text, drift_polls int, verdict_floor int, attempt_generation int,
       attempt_number int, offered_generation int, offered_boot_id uuid, offered_seq bigint, offered_at timestamptz,
       public_key jsonb, next_public_key jsonb, version text, capabilities text[], hardware jsonb, health jsonb,
       lease_epoch int, last_seen_at timestamptz, key_serial int)
     where t.id = s.id`,
    [JSON.stringify(rows)],
  );
}

export interface HeardAttempt {
  targetId: string;
  bootId: string;
  attempt: Attempt;
}

/** What the current boot says replaces what was known of the same try; what comes late only fills a gap. */
export async function saveAttempts(
  client: pg.PoolClient,
  attempts: readonly HeardAttempt[],
  { late, now }: { late: boolean; now: Date },
): Promise<void> {
  if (attempts.length === 0) return;
  // The last word of a batch counts: one statement cannot touch a row twice.
  const last = new Map(attempts.map((one) => [`${one.targetId} ${one.attempt.generation} ${one.attempt.attempt}`, one]));
  const rows = [...last.values()].map(({ targetId, bootId, attempt }) => ({
    target_id: targetId,
    boot_id: bootId,
    generation: attempt.generation,
    attempt: attempt.attempt,
    hash: attempt.hash,
    status: attempt.status,
    error: attempt.error ?? null,
  }));
  const known = late
    ? "do nothing"
    : `do update set boot_id = excluded.boot_id, hash = excluded.hash, status = excluded.status, error = excluded.error, at = excluded.at
       where (target_ack.boot_id, target_ack.hash, target_ack.status, target_ack.error)
         is distinct from (excluded.boot_id, excluded.hash, excluded.status, excluded.error)`;
  await client.query(
    `insert into target_ack (target_id, generation, attempt, boot_id, hash, status, error, at)
     select s.target_id, s.generation, s.attempt, s.boot_id, s.hash, s.status, s.error, $2
     from jsonb_to_recordset($1::jsonb) as s(target_id uuid, generation int, attempt int, boot_id uuid, hash text, status text, error text)
     on conflict (target_id, generation, attempt) ${known}`,
    [JSON.stringify(rows), now],
  );
}

/** The two keys with which a target may sign; undefined: there is no such target. */
export async function readTargetKeys(pool: pg.Pool, id: string): Promise<TargetKeys | undefined> {
  const { rows } = await pool.query<{ current: PublicKey; next: PublicKey | null }>(
    "select public_key as current, next_public_key as next from target where id = $1",
    [id],
  );
  return rows[0];
}

/** The ordered bytes, by their hash. */
export async function readPayloads(pool: pg.Pool, hashes: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ hash: string; payload: string }>(
    "select hash, payload from target_payload where hash = any($1::text[])",
    [hashes],
  );
  return new Map(rows.map((row) => [row.hash, row.payload]));
}

/** Of these, the ones whose order was not put into an answer yet, or whose state ends their poll. */
export async function findDue(pool: pg.Pool, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await pool.query<{ id: string }>(
    `select id from target where id = any($1::uuid[]) and (state <> 'active'
       or (desired_generation is distinct from running_generation and desired_generation is distinct from offered_generation))`,
    [ids],
  );
  return rows.map((row) => row.id);
}

/** Names of targets that ask, and have an older list of signing keys than `serial`. */
export async function findWithoutKeys(pool: pg.Pool, serial: number): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select name from target where state <> 'revoked' and key_serial < $1 and last_seen_at > now() - interval '7 days' order by name`,
    [serial],
  );
  return rows.map((row) => row.name);
}
