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
import type { Payload } from "@/lib/protocol/payload";
import type { Before } from "../observe/read-arms";
import { onRolloutEnd, type ChangeStatus } from "../request/machine";
import { decide } from "../rollout/decide";
import { isTerminal, type RolloutState } from "../rollout/state";
import { wantedOf } from "../rollout/wanted";
import { commandRollout } from "../store/command-rollout";
import { claimRollout, type ClaimedRollout } from "./claim-rollout";
import { payloadOf } from "./payload-of";
import { readFacts, type Facts } from "./read-facts";

export interface TickDeps {
  /** This controller: who holds the lease. */
  holder: string;
  /** Facts that never change, by rollout. */
  before: Map<string, Before>;
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
  const facts = await readFacts(ctx, claimed, deps.before);
  try {
    return await ctx.db.prisma.$transaction((tx) => commit(tx, ctx, deps, claimed, facts), TRANSACTION);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // What it decided cannot be carried out, as when the policies no longer fit the fleet: a person must look, not a retry.
    await commandRollout(ctx, rolloutId, { kind: "pause", reason: `it cannot go on: ${error.message}`.slice(0, 500) });
    return "void";
  }
}

async function commit(tx: Tx, ctx: Ctx, deps: TickDeps, claimed: ClaimedRollout, read: Facts): Promise<TickOutcome> {
  const [row] = await tx.$queryRaw<{ epoch: bigint; commands: number }[]>`
    select epoch, commands from rollout where id = ${claimed.id}::uuid for update`;
  if (row?.epoch !== claimed.epoch || row.commands !== claimed.commands) return "void";
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
  if (turned || (await isQuietTickDue(tx, claimed.id, nowMs))) await writeTick(tx, ctx, claimed, read, state);
  // The change before the audit chain, as everybody who acts on a change locks them.
  if (over) await end(tx, ctx, deps, claimed, state);
  if (turned) await tell(tx, ctx, claimed, state);
  return "decided";
}

/** What everybody is to run, now. Orders that are in force already are none. */
async function place(tx: Tx, ctx: Ctx, { id, plan }: ClaimedRollout, state: RolloutState): Promise<void> {
  const rows = await tx.rolloutTarget.findMany({
    where: { rolloutId: id, capable: true, target: { state: "active" } },
    orderBy: { position: "asc" },
  });
  const hashes = rows.flatMap((row) => [row.stableHash, row.finalHash]).filter((hash) => hash !== null);
  const stored = await tx.targetPayload.findMany({ where: { hash: { in: [...new Set(hashes)] } } });
  const payloads = new Map(stored.map(({ hash, payload }) => [hash, JSON.parse(payload) as Payload]));
  const payload = (hash: string | null) => (hash === null ? null : (payloads.get(hash) ?? null));
  const all = await tx.rolloutTarget.findMany({ where: { rolloutId: id }, select: { targetId: true, position: true } });
  const wanted = wantedOf(
    state,
    plan,
    all.map(({ targetId, position }) => ({ id: targetId, position })),
  );
  const orders = rows.flatMap((row) => {
    const bytes = { stable: payload(row.stableHash), final: payload(row.finalHash) };
    const order = payloadOf(wanted.get(row.targetId)!, bytes, id);
    if (!order) return [];
    const { payload: content, leaseTtlSec } = order;
    const about = { targetId: row.targetId, payload: content, warrant: { rolloutId: id } };
    return leaseTtlSec === null ? about : { ...about, leaseTtlSec };
  });
  if (orders.length > 0) await publishDesiredToAll(tx, ctx, { reason: `Rollout: ${state.reason}`.slice(0, 500), orders });
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

async function writeTick(tx: Tx, ctx: Ctx, claimed: ClaimedRollout, read: Facts, state: RolloutState): Promise<void> {
  const last = await tx.rolloutTick.aggregate({ where: { rolloutId: claimed.id }, _max: { seq: true } });
  const judged = read.judged.map(({ points: _points, ...rest }) => rest);
  await tx.rolloutTick.create({
    data: {
      rolloutId: claimed.id,
      seq: (last._max.seq ?? 0) + 1,
      at: ctx.now,
      facts: JSON.parse(JSON.stringify({ before: claimed.state, ...read.facts, judged })) as object,
      decision: state as object,
    },
  });
}

/** Into the audit chain, and to people. */
async function tell(tx: Tx, ctx: Ctx, claimed: ClaimedRollout, state: RolloutState): Promise<void> {
  const { phase, step, pauses, reason } = state;
  const data = { rollout: claimed.id, from: claimed.state.phase, phase, step, pauses: [...pauses], reason };
  await appendAudit(tx, ctx, { action: "rollout.step", subject: `change:${claimed.changeId}`, data });
  await tx.changeNotice.create({
    data: { changeId: claimed.changeId, kind: `rollout.${pauses.length > 0 ? "paused" : phase}`, data, createdAt: ctx.now },
  });
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
