/**
 * Say what targets shall run from now on. Runs inside the caller's transaction, so that a policy and what it makes of the
 * fleet are one fact; fleet servers are told when that commits.
 *
 * Generations only rise, over what was ever ordered and over what the target ever said, so that a database restored from
 * a backup does not order what targets must refuse as a replay.
 */
import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { canonicalHash, canonicalText } from "@/lib/protocol/canonical";
import { payloadSchema, type Payload } from "@/lib/protocol/payload";
import { MAX_PAYLOAD_BYTES } from "@/lib/protocol/sync";

/** A version of a policy, by its scope; lib/fleet does not know what it says. */
export interface PolicyCitation {
  kind: string;
  level: string;
  /** Empty for global. */
  value: string;
  version: number;
}

/** What allows an order: a rollout, or the versions in force that it was rendered from. Fleet servers look it up before they sign. */
export type Warrant = { rolloutId: string } | { policies: readonly PolicyCitation[] };

export interface DesiredOrder {
  targetId: string;
  payload: Payload;
  warrant: Warrant;
  /** Not renewed in this time, the target goes back to its newest state without a lease by itself. Absent: for good. */
  leaseTtlSec?: number;
}

export interface Published {
  targetId: string;
  generation: number;
  hash: string;
  /** The newest order was this already: nothing was written. */
  unchanged: boolean;
}

type Ordered = Published & { leaseTtlSec: number | null; warrant: Warrant };

interface LockedTarget {
  id: string;
  name: string;
  connector: string;
  state: string;
  desiredGeneration: number | null;
  desiredHash: string | null;
  desiredLeaseTtlSec: number | null;
  seenGeneration: number;
}

/** One target of `publishDesiredToAll`. */
export async function publishDesired(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "now">,
  { reason, force, ...order }: DesiredOrder & { reason: string; force?: boolean },
): Promise<Published> {
  const [published] = await publishDesiredToAll(tx, ctx, { reason, ...(force ? { force } : {}), orders: [order] });
  return published!;
}

/**
 * The answers are in the order of `orders`. `force`: a new generation even when nothing changed, offered even to a target
 * that failed this content before. The caller has decided that the actor may.
 */
export async function publishDesiredToAll(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "now">,
  input: { reason: string; force?: boolean; orders: readonly DesiredOrder[] },
): Promise<Published[]> {
  const { reason, force = false } = input;
  const rendered = renderedOnce();
  const locked = await lockTargets(
    tx,
    input.orders.map((order) => order.targetId),
  );
  const published = input.orders.map((order): Ordered => {
    const target = locked.get(order.targetId);
    if (!target) throw new AppError("not_found", `There is no target ${order.targetId}.`);
    const { hash } = rendered.of(order.payload, target);
    const { warrant, leaseTtlSec = null } = order;
    const unchanged = !force && target.desiredHash === hash && target.desiredLeaseTtlSec === leaseTtlSec;
    const about = { targetId: target.id, hash, unchanged, leaseTtlSec, warrant };
    if (unchanged) return { ...about, generation: target.desiredGeneration! };
    const generation = Math.max(target.desiredGeneration ?? 0, target.seenGeneration) + 1;
    return { ...about, generation };
  });
  const changed = published.filter((one) => !one.unchanged);
  if (changed.length > 0) {
    const data = {
      reason,
      ...(force ? { force } : {}),
      targets: changed.map(({ targetId, generation, hash, leaseTtlSec }) => ({
        target: targetId,
        generation,
        hash,
        ...(leaseTtlSec === null ? {} : { leaseTtlSec }),
      })),
    };
    const subject = changed.length === 1 ? `target:${changed[0]!.targetId}` : "targets";
    // The targets are locked already: everybody locks them before the chain.
    const auditSeq = await appendAudit(tx, ctx, { action: "target.publish", subject, data });
    await write(tx, ctx, { reason, force, changed, payloads: rendered.all(), auditSeq });
  }
  return published.map(({ targetId, generation, hash, unchanged }) => ({ targetId, generation, hash, unchanged }));
}

async function lockTargets(tx: Tx, ids: readonly string[]): Promise<Map<string, LockedTarget>> {
  if (new Set(ids).size !== ids.length) throw new AppError("invalid", "A target can be given one order at a time.");
  // In order of id, so that two publishers wait for each other instead of for ever.
  const rows = await tx.$queryRaw<LockedTarget[]>`
    select t.id::text, t.name, t.connector, t.state, t.desired_generation as "desiredGeneration",
      t.desired_hash as "desiredHash", t.desired_lease_ttl_sec as "desiredLeaseTtlSec",
      greatest(t.running_generation, 0, (select max(generation) from target_ack a where a.target_id = t.id)) as "seenGeneration"
    from target t where t.id = any(${ids}::uuid[]) order by t.id for update of t`;
  return new Map(rows.map((row) => [row.id, row]));
}

/** Parses and hashes a payload that many targets share once. */
function renderedOnce() {
  const known = new Map<Payload, { hash: string; text: string; connector: string }>();
  return {
    of(payload: Payload, target: LockedTarget) {
      if (target.state === "revoked") {
        throw new AppError("conflict", `The target ${target.name} is revoked: it takes no configuration. Enrol it again first.`);
      }
      let one = known.get(payload);
      if (!one) {
        const parsed = payloadSchema.parse(payload);
        const text = canonicalText(parsed);
        if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
          throw new AppError("too_large", `The configuration of ${target.name} is larger than ${MAX_PAYLOAD_BYTES} bytes.`);
        }
        one = { hash: canonicalHash(parsed), text, connector: parsed.connector };
        known.set(payload, one);
      }
      if (one.connector !== target.connector) {
        throw new AppError(
          "unprocessable",
          `${target.name} is a target of ${target.connector}; this configuration is for ${one.connector}.`,
        );
      }
      return one;
    },
    all: () => [...new Map([...known.values()].map((one) => [one.hash, one])).values()],
  };
}

async function write(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "now">,
  input: {
    reason: string;
    force: boolean;
    changed: readonly Ordered[];
    payloads: readonly { hash: string; text: string; connector: string }[];
    auditSeq: bigint;
  },
): Promise<void> {
  const { reason, force, changed, payloads, auditSeq } = input;
  const { actor, now } = ctx;
  await tx.targetPayload.createMany({
    data: payloads.map(({ hash, text, connector }) => ({ hash, connector, payload: text, createdAt: now })),
    skipDuplicates: true,
  });
  const ids = changed.map((one) => one.targetId);
  const generations = changed.map((one) => one.generation);
  const hashes = changed.map((one) => one.hash);
  const leases = changed.map((one) => one.leaseTtlSec);
  const rollouts = changed.map(({ warrant }) => ("rolloutId" in warrant ? warrant.rolloutId : null));
  const policies = changed.map(({ warrant }) => ("policies" in warrant ? JSON.stringify(warrant.policies) : null));
  await tx.$executeRaw`
    insert into target_desired (target_id, generation, hash, lease_ttl_sec, forced, reason, created_by_kind, created_by_id,
      created_by_name, created_at, rollout_id, policies, audit_seq)
    select o.id, o.generation, o.hash, o.lease, ${force}, ${reason}, ${actor.kind}, ${actor.id}, ${actor.name}, ${now},
      o.rollout, o.policies::jsonb, ${auditSeq}
    from unnest(${ids}::uuid[], ${generations}::int[], ${hashes}::text[], ${leases}::int[], ${rollouts}::uuid[], ${policies}::text[])
      as o(id, generation, hash, lease, rollout, policies)`;
  await tx.$executeRaw`
    update target t set desired_generation = o.generation, desired_hash = o.hash, desired_lease_ttl_sec = o.lease,
      desired_forced = ${force}, drift_polls = 0
    from unnest(${ids}::uuid[], ${generations}::int[], ${hashes}::text[], ${leases}::int[]) as o(id, generation, hash, lease)
    where t.id = o.id`;
  await tx.$executeRaw`select pg_notify('fleet_desired', id) from unnest(${ids}::text[]) as o(id)`;
}
