/**
 * What one sync means, as a function of what is known of the target, what it says, and the time. Nothing here waits,
 * reads or writes; workers/fleet-server runs it inside a transaction that holds the target's row.
 *
 *   boot ids      the one in `state` is current, one before it is remembered
 *     current, seq + 1         next word: taken
 *     current, same seq        asked twice: taken again, the answer is the same
 *     current, seq higher      words were lost: taken, and the full state is asked for
 *     current, seq lower       late: its attempt is recorded when unknown, nothing else
 *     unknown, sent later      a new boot: taken, becomes current
 *     unknown, sent earlier    late word of a dead boot: as "late"
 *     previous, sent later     two programs live with one identity: quarantine for both
 *     previous, sent earlier   as "late"
 *
 * "Sent" is by the target's clock, which targets set by the console's. What is compared is one identity's own clock.
 *
 * Offers are level-triggered: only the newest order exists, and it is due until the target runs it, works on it, or said
 * that it cannot run this content. What it refused may be another matter after a restart, what failed after an upgrade.
 */
import type { Attempt, SyncRequest } from "@/lib/protocol/sync";
import type { TargetState } from "./schemas";

/** Polls in a row that read back something else than what was applied, until that counts as drift. */
export const DRIFT_POLLS = 3;
/** A target that neither takes nor refuses an order is offered it again after this. */
export const REOFFER_MS = 5_000;

export interface Order {
  generation: number;
  hash: string;
  /** A person wants it although the content failed here before. */
  forced: boolean;
}

export interface SyncState {
  state: TargetState;
  bootId: string | null;
  previousBootId: string | null;
  /** When the first word of the current boot was sent, ms by the target's clock. */
  bootSentAtMs: number | null;
  seq: number;
  running: { generation: number; hash: string } | null;
  effectiveHash: string | null;
  driftPolls: number;
  /** What the current boot said last of its newest try. */
  attempt: Attempt | null;
  desired: Order | null;
  /** Of the program of the current boot. */
  version: string;
  /** Tries up to this number are not held against any content. */
  verdictFloor: number;
  /** The newest finished try of the desired content above the floor, in this life of the target, whatever its generation. */
  verdict: { generation: number; attempt: number; status: "applied" | "refused" | "failed" } | null;
  /** The order that was last put into an answer, and into the answer to which word. */
  offered: { generation: number; bootId: string; seq: number; atMs: number } | null;
}

export type SyncWord = Pick<
  SyncRequest,
  "bootId" | "seq" | "running" | "lastAttempt" | "effectiveHash" | "hardware" | "version"
> & {
  sentAtMs: number;
};

export type SyncDecision =
  | { kind: "refuse"; code: "revoked" | "quarantined" }
  | { kind: "quarantine"; reason: string }
  /** Nothing of it counts, but what it says of a try that nobody heard of is kept. */
  | { kind: "late"; unheard: Attempt | null }
  | { kind: "taken"; state: SyncState; heard: Attempt | null; newBoot: boolean; fullState: boolean; answer: Answer };

/** `offer`: now, with the newest order. `hold`: until it is due, at the latest after `atMostMs`. `empty`: now, with nothing. */
export type Answer = { kind: "offer" } | { kind: "hold"; atMostMs: number } | { kind: "empty" };

export function decideSync(before: SyncState, word: SyncWord, nowMs: number): SyncDecision {
  if (before.state !== "active") return { kind: "refuse", code: before.state };
  const standing = standingOf(before, word);
  if (standing === "double") {
    return {
      kind: "quarantine",
      reason: "Two programs use this target's identity at the same time: an earlier start still asks after a later one did.",
    };
  }
  if (standing === "late") return { kind: "late", unheard: word.lastAttempt };

  const newBoot = standing === "new boot";
  const repeated = !newBoot && word.seq === before.seq;
  const lost = newBoot ? word.seq !== 0 : word.seq > before.seq + 1;
  const known = newBoot ? afterRestart(before, word) : before;
  const state: SyncState = {
    ...known,
    seq: word.seq,
    version: word.version,
    running: word.running,
    effectiveHash: word.effectiveHash,
    attempt: word.lastAttempt,
    driftPolls: repeated ? before.driftPolls : countDrift(before.driftPolls, word),
    verdict: newerVerdict(known, word.lastAttempt),
  };
  const fullState = lost && word.hardware === undefined;
  const due = dueOffer(state, { nowMs, newBoot, repeated });
  const answer: Answer = due.kind === "hold" && (fullState || newBoot) ? { kind: "empty" } : due;
  const marked = answer.kind === "offer" ? { ...state, offered: offeredNow(state, nowMs) } : state;
  return { kind: "taken", state: marked, heard: word.lastAttempt, newBoot, fullState, answer };
}

/** The same for a poll that is parked since word `seq` of `bootId`, when something may have changed. */
export function decideWake(
  before: SyncState,
  parked: { bootId: string; seq: number },
  nowMs: number,
): Exclude<SyncDecision, { kind: "late" | "quarantine" | "taken" }> | { kind: "wake"; state: SyncState; answer: Answer } {
  if (before.state !== "active") return { kind: "refuse", code: before.state };
  // It asked again since, perhaps at another fleet server: nobody waits for this answer any more.
  if (before.bootId !== parked.bootId || before.seq !== parked.seq) {
    return { kind: "wake", state: before, answer: { kind: "empty" } };
  }
  const answer = dueOffer(before, { nowMs, newBoot: false, repeated: false });
  return { kind: "wake", state: answer.kind === "offer" ? { ...before, offered: offeredNow(before, nowMs) } : before, answer };
}

/** True when this content failed or was refused here and nobody has insisted since. */
export function isBlocked(desired: Order, verdict: SyncState["verdict"]): boolean {
  if (!verdict || verdict.status === "applied") return false;
  return !(desired.forced && verdict.generation < desired.generation);
}

function standingOf(state: SyncState, word: SyncWord): "next" | "new boot" | "late" | "double" {
  if (word.bootId === state.bootId) return word.seq >= state.seq ? "next" : "late";
  const begun = state.bootSentAtMs ?? Number.NEGATIVE_INFINITY;
  if (word.bootId === state.previousBootId) return word.sentAtMs > begun ? "double" : "late";
  return word.sentAtMs >= begun ? "new boot" : "late";
}

function afterRestart(before: SyncState, word: SyncWord): SyncState {
  const upgraded = before.bootId !== null && before.version !== word.version;
  // Only tries that were heard of before: one told for the first time may be of the new program.
  const past = upgraded ? [before.attempt?.attempt ?? 0, before.verdict?.attempt ?? 0] : [];
  const refused = before.verdict?.status === "refused" ? [before.verdict.attempt] : [];
  const verdictFloor = Math.max(before.verdictFloor, ...past, ...refused);
  return {
    ...before,
    bootId: word.bootId,
    previousBootId: before.bootId,
    bootSentAtMs: word.sentAtMs,
    verdictFloor,
    verdict: before.verdict && before.verdict.attempt > verdictFloor ? before.verdict : null,
  };
}

const isUnderWay = (attempt: Attempt | null) => attempt?.status === "applying" || attempt?.status === "warming";

function countDrift(polls: number, word: SyncWord): number {
  if (!word.running) return 0;
  // What cannot be read, or is being changed right now, says nothing.
  if (word.effectiveHash === null || isUnderWay(word.lastAttempt)) return polls;
  return word.effectiveHash === word.running.hash ? 0 : polls + 1;
}

function newerVerdict({ desired, verdict, verdictFloor }: SyncState, said: Attempt | null): SyncState["verdict"] {
  if (!desired || !said || said.hash !== desired.hash || said.attempt <= verdictFloor) return verdict;
  const { generation, attempt, status } = said;
  if (status === "applying" || status === "warming") return verdict;
  // Tries are counted over all generations, so the number alone says which came later.
  return !verdict || attempt >= verdict.attempt ? { generation, attempt, status } : verdict;
}

function dueOffer(
  state: SyncState,
  { nowMs, newBoot, repeated }: { nowMs: number; newBoot: boolean; repeated: boolean },
): Exclude<Answer, { kind: "empty" }> {
  const hold: Answer = { kind: "hold", atMostMs: Number.POSITIVE_INFINITY };
  const { desired, running, attempt, offered, bootId } = state;
  if (!desired || isBlocked(desired, state.verdict)) return hold;
  // It ran something newer than was ever ordered here: a restored backup. The next order is numbered above it.
  if (running && running.generation > desired.generation) return hold;
  const runs = running?.generation === desired.generation && running.hash === desired.hash;
  // What has drifted is applied again, each time that three more polls have shown it.
  const drifted = runs && state.driftPolls >= DRIFT_POLLS && state.driftPolls % DRIFT_POLLS === 0;
  if (runs && !drifted) return hold;
  const told = offered?.bootId === bootId && offered?.generation === desired.generation ? offered : null;
  if (repeated && told?.seq === state.seq) return { kind: "offer" };
  const onIt = isUnderWay(attempt) && attempt?.generation === desired.generation && attempt.hash === desired.hash;
  if (onIt && !newBoot) return hold;
  if (!told) return { kind: "offer" };
  const waitMs = told.atMs + REOFFER_MS - nowMs;
  // A clock that went back must not keep an order away.
  return waitMs <= 0 || waitMs > REOFFER_MS ? { kind: "offer" } : { kind: "hold", atMostMs: waitMs };
}

const offeredNow = (state: SyncState, nowMs: number): SyncState["offered"] => ({
  generation: state.desired!.generation,
  bootId: state.bootId!,
  seq: state.seq,
  atMs: nowMs,
});
