/** The targets as pages and API show them. */
import { requireScope, type Ctx } from "@/lib/auth/actor";
import type { Db } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { Connector, Hardware, Health } from "@/lib/protocol";
import { hideAttempt, hideOrder, hideWords } from "./hide-words";
import { listeningSince, livenessOf } from "./liveness";
import { requireFleet } from "./may-run-fleet";
import { rolloutState } from "./rollout-state";
import type { DesiredEntry, TargetAttempt, TargetDetails, TargetList, TargetOrder, TargetState, TargetView } from "./schemas";
import type { SyncState } from "./decide-sync";
import { VERDICT_JOIN } from "./sync-store";

const MOST_ENTRIES = 50;

interface TargetRow {
  id: string;
  name: string;
  connector: Connector;
  environment: string;
  pool: string | null;
  simulated: boolean;
  state: TargetState;
  stateReason: string | null;
  stateAt: Date;
  lastSeenAt: Date | null;
  enrolledAt: Date;
  version: string;
  capabilities: string[] | null;
  hardware: Hardware | null;
  health: Health | null;
  runningGeneration: number | null;
  runningHash: string | null;
  effectiveHash: string | null;
  driftPolls: number;
  leaseEpoch: number | null;
  offeredGeneration: number | null;
  withheld: string | null;
  desired: DesiredRow | null;
  attempt: (Omit<TargetAttempt, "at"> & { at: string }) | null;
  verdict: SyncState["verdict"];
}

interface DesiredRow extends Omit<DesiredEntry, "createdAt"> {
  createdAt: string;
}

/**
 * Everybody may know the names, health and generations of the fleet; it is not divided by tenant. Free text about orders is
 * hidden from those who are limited to some.
 */
export async function listTargets(ctx: Ctx, ids: readonly string[] | null = null): Promise<TargetList> {
  requireScope(ctx.actor, "read");
  const [rows, since] = await Promise.all([readRows(ctx.db, ids), readListening(ctx)]);
  return {
    targets: rows.map((row) => {
      const target = viewOf(row, since, ctx.now);
      return isLimited(ctx) ? hideWords(target) : target;
    }),
    fleetServer: { listening: since !== null, since: since?.toISOString() ?? null },
  };
}

export async function getTarget(ctx: Ctx, id: string): Promise<TargetDetails> {
  requireScope(ctx.actor, "read");
  const [[row], since, desired, attempts] = await Promise.all([
    readRows(ctx.db, [id]),
    readListening(ctx),
    ctx.db.prisma.targetDesired.findMany({ where: { targetId: id }, orderBy: { generation: "desc" }, take: MOST_ENTRIES }),
    ctx.db.prisma.targetAck.findMany({
      where: { targetId: id },
      orderBy: [{ generation: "desc" }, { attempt: "desc" }],
      take: MOST_ENTRIES,
    }),
  ]);
  if (!row) throw new AppError("not_found", "There is no such target.");
  const details: TargetDetails = {
    target: viewOf(row, since, ctx.now),
    desired: desired.map((one) => ({
      generation: one.generation,
      hash: one.hash,
      leaseTtlSec: one.leaseTtlSec,
      forced: one.forced,
      reason: one.reason,
      createdBy: one.createdByName,
      createdAt: one.createdAt.toISOString(),
    })),
    attempts: attempts.map(({ generation, attempt, hash, status, error, at }) => ({
      generation,
      attempt,
      hash,
      status: status as TargetAttempt["status"],
      error,
      at: at.toISOString(),
    })),
  };
  if (!isLimited(ctx)) return details;
  return {
    target: hideWords(details.target),
    desired: details.desired.map(hideOrder),
    attempts: details.attempts.map(hideAttempt),
  };
}

const isLimited = ({ actor }: Pick<Ctx, "actor">) => actor.tenants !== "all";

/** What was ordered, to the byte. It holds the rules of every tenant: not for those who are limited to some. */
export async function getTargetOrder(ctx: Ctx, id: string, generation: number): Promise<TargetOrder> {
  requireFleet(ctx, "lead");
  const row = await ctx.db.prisma.targetDesired.findUnique({
    where: { targetId_generation: { targetId: id, generation } },
    include: { payload: true },
  });
  if (!row) throw new AppError("not_found", "There is no such generation of this target.");
  const { hash, leaseTtlSec, forced, reason, createdByName, createdAt } = row;
  const entry = { generation, hash, leaseTtlSec, forced, reason, createdBy: createdByName, createdAt: createdAt.toISOString() };
  return { entry, payload: JSON.parse(row.payload.payload) as unknown };
}

async function readListening(ctx: Pick<Ctx, "db" | "now">): Promise<Date | null> {
  return listeningSince(await ctx.db.prisma.fleetServer.findMany(), ctx.now);
}

/** Some targets, or all of them, by name. */
async function readRows(db: Pick<Db, "pool">, ids: readonly string[] | null): Promise<TargetRow[]> {
  const { rows } = await db.pool.query<TargetRow>(
    `select t.id, t.name, t.connector, t.environment, t.pool_id as "pool", t.simulated, t.state, t.state_reason as "stateReason",
       t.state_at as "stateAt", t.last_seen_at as "lastSeenAt", t.enrolled_at as "enrolledAt", t.version, t.capabilities,
       t.hardware, t.health, t.running_generation as "runningGeneration", t.running_hash as "runningHash",
       t.effective_hash as "effectiveHash", t.drift_polls as "driftPolls", t.lease_epoch as "leaseEpoch",
       t.offered_generation as "offeredGeneration",
       case when (t.unsigned_order->>'generation')::int = t.desired_generation then t.unsigned_order->>'reason' end as withheld,
       case when d.target_id is not null then jsonb_build_object('generation', d.generation, 'hash', d.hash,
         'leaseTtlSec', d.lease_ttl_sec, 'forced', d.forced, 'reason', d.reason, 'createdBy', d.created_by_name,
         'createdAt', d.created_at) end as desired,
       case when a.target_id is not null then jsonb_build_object('generation', a.generation, 'attempt', a.attempt,
         'hash', a.hash, 'status', a.status, 'error', a.error, 'at', a.at) end as attempt,
       v.verdict
     from target t
     left join target_desired d on d.target_id = t.id and d.generation = t.desired_generation
     left join target_ack a on a.target_id = t.id and a.generation = t.attempt_generation and a.attempt = t.attempt_number
     ${VERDICT_JOIN}
     where $1::uuid[] is null or t.id = any($1) order by t.name`,
    [ids],
  );
  return rows;
}

function viewOf(row: TargetRow, since: Date | null, now: Date): TargetView {
  const { runningGeneration, runningHash, desired, attempt, verdict, driftPolls, offeredGeneration, ...rest } = row;
  const running =
    runningGeneration === null || runningHash === null ? null : { generation: runningGeneration, hash: runningHash };
  const liveness = livenessOf(row.lastSeenAt, since, now);
  return {
    ...rest,
    stateAt: row.stateAt.toISOString(),
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    enrolledAt: row.enrolledAt.toISOString(),
    capabilities: row.capabilities ?? [],
    liveness,
    desired: desired && { ...desired, createdAt: new Date(desired.createdAt).toISOString() },
    running,
    rollout: rolloutState({ desired, running, attempt, verdict, driftPolls, offeredGeneration, liveness }),
    lastAttempt: attempt && { ...attempt, at: new Date(attempt.at).toISOString() },
    driftPolls,
  };
}
