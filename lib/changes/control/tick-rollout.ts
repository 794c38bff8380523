/**
 * One tick of one rollout: claim → read → decide → one transaction that counts only while the claim holds and no command
 * came since. What is wanted of the targets is published at every tick, so it does not matter what an earlier one did.
 */
import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { publishDesiredToAll } from "@/lib/fleet";
import { AppError } from "@/lib/http";
import { lockPolicies } from "@/lib/policies/store/store";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { Payload } from "@/lib/protocol/payload";
import { writeStops } from "../guardrails/stops-of";
import { toTell } from "../observe/arms-memory";
import { onRolloutEnd, type ChangeStatus } from "../request/machine";
import { decide, TICK_MS } from "../rollout/decide";
import { isLive, isTerminal, type RolloutState } from "../rollout/state";
import { wantedOf, type Wanted } from "../rollout/wanted";
import { commandRollout } from "../store/command-rollout";
import { noteChange } from "../store/notices";
import { freezeNow } from "../store/read-gates";
import { claimRollout, type ClaimedRollout } from "./claim-rollout";
import { payloadOf, type PlacedOrder } from "./payload-of";
import { readFacts, type Facts, type RolloutMemory } from "./read-facts";

export interface TickDeps {
  /** This controller: who holds the lease. */
  holder: string;
  /** What is kept between ticks, by rollout. */
  memory: Map<string, RolloutMemory>;
  /** The change is what everybody runs: its policies become the versions in force. */
  promote: (tx: Tx, ctx: Ctx, changeId: string) => Promise<void>;
}

export type TickOutcome = "decided" | "not_mine" | "void";

const TRANSACTION = { maxWait: 10_000, timeout: 30_000 };
/** A tick in which nothing changed is written down at most this often. */
const QUIET_TICK_MS = 60_000;

export async function tickRollout(ctx: Ctx, deps: TickDeps, rolloutId: string): Promise<TickOutcome> {
  const claimed = await claimRollout(ctx.db, rolloutId, deps.holder, ctx.now);
  if (!claimed) return "not_mine";
  try {
    const facts = await readFacts(ctx, claimed, deps.memory);
    const done = await ctx.db.prisma.$transaction((tx) => commit(tx, ctx, deps, claimed, facts), TRANSACTION);
    const memory = deps.memory.get(rolloutId);
    if (done.over) deps.memory.delete(rolloutId);
    else if (memory && done.toldSeq !== null) memory.told = { seq: done.toldSeq, rows: facts.arms.rows };
    return done.outcome;
  } catch (error) {
    // Not at once again: one that always fails must not keep the others waiting.
    await postpone(ctx, claimed);
    if (!(error instanceof AppError)) throw error;
    // What it decided cannot be carried out, as when the policies no longer fit the fleet: a person must look, not a retry.
    if (isLive(claimed.state.phase) && !claimed.state.pauses.includes("manual")) {
      await commandRollout(ctx, rolloutId, { kind: "pause", reason: `it cannot go on: ${error.message}`.slice(0, 500) });
    }
    return "void";
  }
}

const postpone = ({ db, now }: Ctx, { id, epoch }: ClaimedRollout) =>
  db.pool.query("update rollout set next_tick_at = $3 where id = $1 and epoch = $2 and next_tick_at is not null", [
    id,
    epoch,
    new Date(now.getTime() + TICK_MS),
  ]);

interface Done {
  outcome: TickOutcome;
  over: boolean;
  /** Number of the tick that was written down; null: none. */
  toldSeq: number | null;
}

async function commit(tx: Tx, ctx: Ctx, deps: TickDeps, claimed: ClaimedRollout, read: Facts): Promise<Done> {
  const [row] = await tx.$queryRaw<{ epoch: bigint; commands: number }[]>`
    select epoch, commands from rollout where id = ${claimed.id}::uuid for update`;
  const isVoid = { outcome: "void", over: false, toldSeq: null } as const;
  if (row?.epoch !== claimed.epoch || row.commands !== claimed.commands) return isVoid;
  // A freeze that came since the reading: it is looked at again at once.
  if (((await freezeNow(tx, ctx.now)) !== null) !== read.facts.frozen) return isVoid;
  const nowMs = ctx.now.getTime();
  const { state, wakeAt } = decide(claimed.state, claimed.plan, read.facts, nowMs);
  const over = isTerminal(state.phase);
  // Policies before targets before the audit chain, as every writer locks them.
  if (state.phase === "promoted") await lockPolicies(tx);
  await tx.rollout.update({
    where: { id: claimed.id },
    data: {
      state: state as object,
      phase: state.phase,
      nextTickAt: wakeAt === null ? null : new Date(wakeAt),
      ...(over ? { endedAt: ctx.now, leaseHolder: null, leaseUntil: null } : {}),
    },
  });
  await place(tx, ctx, claimed, state);
  const turned = differs(claimed.state, state);
  const due = turned || (await isQuietTickDue(tx, claimed.id, nowMs));
  const told = deps.memory.get(claimed.id)?.told ?? null;
  const toldSeq = due ? await writeTick(tx, ctx, claimed, read, { state, told }) : null;
  // The change before the audit chain, as everybody who acts on a change locks them.
  if (over) await end(tx, ctx, deps, claimed, state);
  if (turned) await tell(tx, ctx, claimed, state);
  return { outcome: "decided", over, toldSeq };
}

/** What everybody is to run, now. Orders that are in force already are none: mostly nobody is locked and nothing is hashed. */
async function place(tx: Tx, ctx: Ctx, { id, plan }: ClaimedRollout, state: RolloutState): Promise<void> {
  const rows = await tx.rolloutTarget.findMany({
    where: { rolloutId: id },
    orderBy: { position: "asc" },
    include: { target: { select: { state: true, desiredHash: true, desiredLeaseTtlSec: true } } },
  });
  const wanted = wantedOf(
    state,
    plan,
    rows.map(({ targetId, position }) => ({ id: targetId, position })),
  );
  const bytes = await readBytes(tx, rows);
  const trials = new Map<string, PlacedOrder & { hash: string }>();
  const orders = rows.flatMap((row) => {
    if (!row.capable || row.target.state !== "active") return [];
    const one = wanted.get(row.targetId)!;
    // What was never ordered anything is left as it is until its turn comes.
    if (one.run === "stable" && row.target.desiredHash === null) return [];
    const order = one.run === "canary" ? trialOf(one, row) : storedOf(one, row);
    if (!order) return [];
    const { desiredHash, desiredLeaseTtlSec } = row.target;
    if (order.hash === desiredHash && order.leaseTtlSec === desiredLeaseTtlSec) return [];
    const about = { targetId: row.targetId, payload: order.payload, warrant: { rolloutId: id } };
    return [order.leaseTtlSec === null ? about : { ...about, leaseTtlSec: order.leaseTtlSec }];
  });
  if (orders.length > 0) await publishDesiredToAll(tx, ctx, { reason: `Rollout: ${state.reason}`.slice(0, 500), orders });

  type Row = (typeof rows)[number];
  function storedOf(one: Wanted, row: Row): (PlacedOrder & { hash: string }) | null {
    const order = payloadOf(one, bytes.of(row), id);
    return order && { ...order, hash: (one.run === "stable" ? row.stableHash : row.finalHash)! };
  }
  /** Made of the two, once for all targets that share both. */
  function trialOf(one: Wanted, row: Row): (PlacedOrder & { hash: string }) | null {
    const key = `${row.stableHash} ${row.finalHash}`;
    const known = trials.get(key);
    if (known) return known;
    const order = payloadOf(one, bytes.of(row), id);
    if (!order) return null;
    const trial = { ...order, hash: canonicalHash(order.payload) };
    trials.set(key, trial);
    return trial;
  }
}

interface Hashes {
  stableHash: string | null;
  finalHash: string | null;
}

async function readBytes(tx: Tx, rows: readonly Hashes[]) {
  const hashes = rows.flatMap((row) => [row.stableHash, row.finalHash]).filter((hash) => hash !== null);
  const stored = await tx.targetPayload.findMany({ where: { hash: { in: [...new Set(hashes)] } } });
  const payloads = new Map(stored.map(({ hash, payload }) => [hash, JSON.parse(payload) as Payload]));
  const payload = (hash: string | null) => (hash === null ? null : (payloads.get(hash) ?? null));
  return { of: ({ stableHash, finalHash }: Hashes) => ({ stable: payload(stableHash), final: payload(finalHash) }) };
}

const differs = (a: RolloutState, b: RolloutState) =>
  a.phase !== b.phase ||
  a.step !== b.step ||
  a.reason !== b.reason ||
  a.commandsSeen !== b.commandsSeen ||
  a.pauses.join() !== b.pauses.join();

async function isQuietTickDue(tx: Tx, rolloutId: string, nowMs: number): Promise<boolean> {
  const last = await tx.rolloutTick.findFirst({ where: { rolloutId }, orderBy: { seq: "desc" }, select: { at: true } });
  return last === null || nowMs - last.at.getTime() >= QUIET_TICK_MS;
}

/** With everything that it was decided from: the arms as what changed since the tick before, when that is this controller's. */
async function writeTick(
  tx: Tx,
  ctx: Ctx,
  claimed: ClaimedRollout,
  read: Facts,
  { state, told }: { state: RolloutState; told: RolloutMemory["told"] },
): Promise<number> {
  const last = (await tx.rolloutTick.aggregate({ where: { rolloutId: claimed.id }, _max: { seq: true } }))._max.seq ?? 0;
  const judged = read.judged.map(({ points: _points, ...rest }) => rest);
  const arms = toTell(told?.seq === last ? told.rows : null, read.arms.rows);
  const inputs = { arms, dispersions: read.dispersions, stops: writeStops(read.stops) };
  await tx.rolloutTick.create({
    data: {
      rolloutId: claimed.id,
      seq: last + 1,
      at: ctx.now,
      facts: JSON.parse(JSON.stringify({ before: claimed.state, ...read.facts, judged, inputs })) as object,
      decision: state as object,
    },
  });
  return last + 1;
}

/** Into the audit chain, and to people. */
async function tell(tx: Tx, ctx: Ctx, claimed: ClaimedRollout, state: RolloutState): Promise<void> {
  const { phase, step, pauses, reason } = state;
  const data = { rollout: claimed.id, from: claimed.state.phase, phase, step, pauses: [...pauses], reason };
  await appendAudit(tx, ctx, { action: "rollout.step", subject: `change:${claimed.changeId}`, data });
  const newlyPaused = claimed.state.pauses.length === 0;
  const kind = `rollout.${pauses.length > 0 ? "paused" : phase}`;
  await noteChange(tx, ctx, { changeId: claimed.changeId, kind, data: { ...data, newlyPaused } });
}

async function end(tx: Tx, ctx: Ctx, deps: TickDeps, claimed: ClaimedRollout, state: RolloutState): Promise<void> {
  await tx.blastLock.deleteMany({ where: { rolloutId: claimed.id } });
  const change = await tx.change.findUniqueOrThrow({ where: { id: claimed.changeId } });
  const ended = onRolloutEnd(
    {
      status: change.status as ChangeStatus,
      contentHash: change.contentHash,
      contributors: change.contributors,
      authorId: change.authorId,
      approvals: [],
      openRequestForChanges: change.openRequestForChanges,
      quorum: change.quorum,
      scheduledAt: change.scheduledAt,
      since: change.since,
      reviewOwed: change.reviewOwed,
    },
    state.phase as "promoted",
    ctx.now,
  );
  await tx.change.update({
    where: { id: change.id },
    data: { status: ended.status, since: ended.since, statusReason: state.reason, version: { increment: 1 } },
  });
  if (state.phase === "promoted") await deps.promote(tx, ctx, change.id);
}
