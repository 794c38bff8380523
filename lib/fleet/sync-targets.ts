/**
 * Decides many syncs in one transaction: at 5,000 targets a commit for each would be the cost, not the work. Words of one
 * target are taken in the order in which they came.
 */
import type pg from "pg";
import { withTransaction } from "@/lib/db/transaction";
import type { PublicKey, SyncRequest } from "@/lib/protocol";
import { quarantineTarget } from "./change-target-state";
import { decideKeys } from "./decide-keys";
import { decideSync, decideWake, type Answer } from "./decide-sync";
import { lockForSync, saveAttempts, saveSynced, type HeardAttempt, type SyncedTarget } from "./sync-store";
import { tellWithheld, type TellPeople } from "./tell-withheld";

/** A word as it arrived, already known to be signed by `signedBy`. */
export interface ArrivedWord {
  kind: "word";
  targetId: string;
  request: SyncRequest;
  signedBy: PublicKey;
  sentAtMs: number;
}
/** A parked poll for which something may have changed. */
export interface WokenPoll {
  kind: "wake";
  targetId: string;
  bootId: string;
  seq: number;
}

export type SyncOutcome =
  | { kind: "refuse"; code: "unknown_target" | "bad_signature" | "revoked" | "quarantined"; reason?: string }
  | {
      kind: "answer";
      answer: Answer;
      order: { generation: number; hash: string; leaseTtlSec: number | null; forced: boolean } | null;
      fullState: boolean;
      rotated: PublicKey | null;
      /** Serial of the key list that it has. */
      keySerial: number;
      /** The word was of the past: nobody should wait on it. */
      late: boolean;
    };

/** An order that is about to be given to its target. */
export interface OrderToSign {
  targetId: string;
  generation: number;
  hash: string;
  leaseTtlSec: number | null;
  forced: boolean;
}

export interface SyncDeps {
  pool: pg.Pool;
  /** Target → why its order is not given to it. Absent: it may be. */
  unsigned: (client: pg.PoolClient, orders: readonly OrderToSign[]) => Promise<ReadonlyMap<string, string>>;
  /** Called once for each order that is not given. */
  tellPeople: TellPeople;
}

/** The outcomes are in the order of `items`. An order that is withheld is as if it were not there, and is reported once. */
export async function syncTargets(
  { pool, unsigned, tellPeople }: SyncDeps,
  items: readonly (ArrivedWord | WokenPoll)[],
  now: Date,
): Promise<SyncOutcome[]> {
  const doubled = new Map<string, string>();
  const withheld: Parameters<typeof tellWithheld>[1][] = [];
  const outcomes = await withTransaction(pool, async (client) => {
    const targets = await lockForSync(client, [...new Set(items.map((item) => item.targetId))]);
    for (const [id, reason] of await unsigned(client, ordersOf(targets))) {
      const target = targets.get(id)!;
      const { generation, hash } = target.sync.desired!;
      target.sync = { ...target.sync, desired: null, verdict: null };
      if (target.unsignedGeneration !== generation) withheld.push({ id, generation, hash, reason, now });
    }
    const changed = new Map<string, SyncedTarget>();
    const heard: HeardAttempt[] = [];
    const unheard: HeardAttempt[] = [];
    const decided = items.map((item): SyncOutcome => {
      const target = targets.get(item.targetId);
      if (!target) return { kind: "refuse", code: "unknown_target" };
      const reason = doubled.get(target.id);
      if (reason) return { kind: "refuse", code: "quarantined", reason };
      if (item.kind === "wake") {
        const wake = decideWake(target.sync, item, now.getTime());
        if (wake.kind === "refuse") return wake;
        if (wake.state !== target.sync) {
          target.sync = wake.state;
          changed.set(target.id, target);
        }
        return answerOf(target, wake.answer);
      }
      const keys = decideKeys(target.keys, { signedBy: item.signedBy, rotateTo: item.request.rotateTo });
      if (keys === "unknown") return { kind: "refuse", code: "bad_signature" };
      const decision = decideSync(target.sync, { ...item.request, sentAtMs: item.sentAtMs }, now.getTime());
      if (decision.kind === "refuse") return decision;
      if (decision.kind === "quarantine") {
        doubled.set(target.id, decision.reason);
        return { kind: "refuse", code: "quarantined", reason: decision.reason };
      }
      const { bootId } = item.request;
      if (decision.kind === "late") {
        if (decision.unheard) unheard.push({ targetId: target.id, bootId, attempt: decision.unheard });
        return { ...answerOf(target, { kind: "empty" }), late: true };
      }
      if (decision.heard) heard.push({ targetId: target.id, bootId, attempt: decision.heard });
      target.sync = decision.state;
      target.keys = keys.keys;
      take(target, item.request, now);
      changed.set(target.id, target);
      return { ...answerOf(target, decision.answer), fullState: decision.fullState, rotated: keys.rotated ?? null };
    });
    await saveAttempts(client, unheard, { late: true, now });
    await saveAttempts(client, heard, { late: false, now });
    await saveSynced(client, [...changed.values()]);
    return decided;
  });
  // Rare, and a state change: with its audit row, in a transaction of its own. Lost here, the next word decides it again.
  for (const [id, reason] of doubled) await quarantineTarget(pool, { id, reason, now });
  for (const order of withheld) await tellWithheld(pool, order, tellPeople);
  return outcomes;
}

function ordersOf(targets: ReadonlyMap<string, SyncedTarget>): OrderToSign[] {
  return [...targets.values()].flatMap(({ id, sync: { desired }, desiredLeaseTtlSec: leaseTtlSec }) =>
    desired ? [{ targetId: id, ...desired, leaseTtlSec }] : [],
  );
}

function answerOf(target: SyncedTarget, answer: Answer): Extract<SyncOutcome, { kind: "answer" }> {
  const { desired } = target.sync;
  const order =
    answer.kind === "offer" && desired
      ? { generation: desired.generation, hash: desired.hash, leaseTtlSec: target.desiredLeaseTtlSec, forced: desired.forced }
      : null;
  return { kind: "answer", answer, order, fullState: false, rotated: null, keySerial: target.keySerial, late: false };
}

/** What it says of itself, as it is. */
function take(target: SyncedTarget, request: SyncRequest, now: Date): void {
  target.capabilities = request.capabilities;
  if (request.hardware !== undefined) target.hardware = request.hardware;
  target.health = request.health;
  target.leaseEpoch = request.leaseEpoch;
  target.keySerial = request.keySerial ?? target.keySerial;
  target.lastSeenAtMs = now.getTime();
}
