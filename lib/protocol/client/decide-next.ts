/**
 * What the sync client does next. Pure: time, offers and outcomes come in as events; what is to be done goes out as
 * effects, after the record was saved.
 *
 *             offered (newer, genuine, not refused)
 *   IDLE ────────────────────────────────────────────→ APPLYING(offer) ──applied──→ IDLE on the new version
 *    ↑ ↑  crashed twice in 10 min, or lease over            │ │ failed ───────────→ IDLE on the old one, hash never again
 *    │ └──────────── APPLYING(revert) ←─────────────────────┼─┘ (revert first when something else runs now)
 *    │                                                      │ offered (still newer): abort, and when it has ended
 *    └── applied ── APPLYING(boot) ←── started              └──────────→ APPLYING(offer) of that one
 *                    │ failed: again once, then as a crash: back to the last known good
 *
 * Invariants
 * - `newest.generation` never falls; only a genuine order raises it.
 * - A content that failed here, or that the applier refuses, is never given to the applier as an offer (unless forced).
 * - `running` is null or was applied and read back, and never becomes null again. `stable` and `good` have no lease.
 * - At most one task at a time; a second one begins when the first has ended, aborted or not.
 * - One crash is bad luck, two within ten minutes on one generation are its fault. With nothing to go back to, what runs
 *   stays: something that ran once is better than nothing.
 */
import type { Attempt } from "../sync";
import type { SyncRecord, Version } from "./record";

const CRASH_WINDOW_MS = 10 * 60_000;
const CRASHES_TOO_MANY = 2;
const FAILURES_KEPT = 100;
const LONGEST_REASON = 2_000;

export interface Task {
  version: Version;
  why: "boot" | "offer" | "revert";
}

export interface State {
  record: SyncRecord;
  /** With the applier, or waiting to be given to it again. */
  task: Task | null;
  /** `task` is being aborted; this follows. */
  next: Task | null;
  /** The task under way failed to be undone or what ran was condemned meanwhile: go to `running` when it fails. */
  owesRevert: boolean;
  /** Failures in a row of boot or revert. */
  misses: number;
  /** Of the last answer of the console, on the steady clock. Null: none yet, nor in an earlier start. */
  answeredAtSteadyMs: number | null;
  /** What is wrong beyond an attempt, in words; null: nothing. */
  fault: string | null;
}

export interface Now {
  wallMs: number;
  steadyMs: number;
}

export type Event =
  | { kind: "started"; program: string }
  | {
      kind: "offered";
      version: Version;
      /** False: not signed for this target, a replay, too large. Then only `refusal` counts. */
      genuine: boolean;
      refusal: string | null;
      /** A person insists although this content failed here before. */
      force: boolean;
      /** What really runs now; null: unknown. */
      effectiveHash: string | null;
    }
  | { kind: "progressed"; status: "applying" | "warming" }
  | { kind: "applied"; effectiveHash: string | null }
  | { kind: "failed"; reason: string; effectiveHash: string | null; program: string }
  | { kind: "crashed"; reason: string; program: string }
  | { kind: "answered" }
  | { kind: "ticked" }
  | { kind: "stopped" };

export type Effect =
  | { do: "apply"; task: Task; afterMisses: number }
  | { do: "abort" }
  /** Tell the console without waiting for the end of the hold. */
  | { do: "report" }
  | { do: "log"; level: "info" | "warn" | "error"; message: string; generation: number; reason?: string };

export interface Decision {
  state: State;
  effects: Effect[];
}

export const initialState = (record: SyncRecord): State => ({
  record,
  task: null,
  next: null,
  owesRevert: false,
  misses: 0,
  answeredAtSteadyMs: null,
  fault: null,
});

export function decideNext(state: State, event: Event, now: Now): Decision {
  switch (event.kind) {
    case "started":
      return started(state, event.program, now);
    case "offered":
      return offered(state, event);
    case "progressed":
      return progressed(state, event.status);
    case "applied":
      return applied(state, event.effectiveHash);
    case "failed":
      return failed(state, event, now);
    case "crashed":
      return crashed(state, event, now);
    case "answered":
      return answered(state, now);
    case "ticked":
      return ticked(state, now);
    case "stopped":
      return { state: { ...state, record: { ...state.record, alive: false } }, effects: state.task ? [{ do: "abort" }] : [] };
  }
}

/** When the lease in force ends, on the steady clock: time for `ticked`. Null: no lease, or its end would change nothing. */
export function leaseEndsAt(state: State): number | null {
  const { running, stable } = state.record;
  if (!running?.leaseTtlSec || !stable || takesLeaseFree(state)) return null;
  return (state.answeredAtSteadyMs ?? Number.NEGATIVE_INFINITY) + running.leaseTtlSec * 1_000;
}

/** Something without a lease is on its way in any case. */
function takesLeaseFree({ task, next }: State): boolean {
  const coming = next ?? task;
  return coming?.why === "offer" && coming.version.leaseTtlSec === null;
}

const same = (a: Version | null | undefined, b: Version) => a?.generation === b.generation && a.hash === b.hash;
const log = (level: "info" | "warn" | "error", message: string, { generation }: Version, reason?: string): Effect => ({
  do: "log",
  level,
  message,
  generation,
  ...(reason === undefined ? {} : { reason }),
});

function started(before: State, program: string, now: Now): Decision {
  const effects: Effect[] = [];
  const { applying, alive, answeredAt } = before.record;
  let record: SyncRecord = {
    ...before.record,
    alive: true,
    applying: null,
    failed: before.record.failed.filter((one) => one.program === program),
  };
  let fault: string | null = null;
  // A refusal may rest on this machine's own file, which may be another one now: let it be offered again.
  if (record.lastAttempt?.status === "refused") record = { ...record, lastAttempt: null };
  const victim = applying ?? record.running;
  if (alive && victim) {
    record = withCrash(record, victim, now);
    effects.push(log("warn", "the program did not end of its own will", victim));
  }
  // What runs anyway is not condemned for being put back.
  const again = applying !== null && applying.hash === record.running?.hash;
  if (again) record = { ...record, lastAttempt: null };
  if (applying && !again) {
    if (crashesOf(record, applying) >= CRASHES_TOO_MANY) {
      record = withFailure(record, applying, "The program ended twice while it applied this.", program);
      effects.push(log("error", "failed: applying it ended the program twice", applying));
    } else {
      record = { ...record, lastAttempt: null };
      fault = `Applying generation ${applying.generation} was cut short; it may be offered again.`;
    }
  } else if (alive && record.running && crashesOf(record, record.running) >= CRASHES_TOO_MANY) {
    const back = goBack(record, "The program ended twice within ten minutes while this ran.", program);
    if (back) effects.push(log("error", "failed: back to the last known good", record.running, "two crashes in ten minutes"));
    else fault = "The program ended twice within ten minutes; there is nothing earlier to go back to.";
    record = back ?? record;
  }
  const silentMs = answeredAt === null ? Number.POSITIVE_INFINITY : Math.max(0, now.wallMs - answeredAt);
  const lapsed = leaseLapse(record, silentMs);
  if (lapsed) {
    fault = lapsed.fault;
    effects.push(log("warn", "lease ended while nothing ran", record.running!));
    record = lapsed.record;
  }
  const task: Task | null = record.running && { version: record.running, why: "boot" };
  if (task) effects.push({ do: "apply", task, afterMisses: 0 });
  const answeredAtSteadyMs = answeredAt === null ? null : now.steadyMs - silentMs;
  return { state: { ...before, record, task, fault, answeredAtSteadyMs }, effects };
}

function offered(state: State, event: Extract<Event, { kind: "offered" }>): Decision {
  const { version } = event;
  if (!event.genuine) return refuse(state, version, event.refusal ?? "It is not genuine.");
  const { newest, lastAttempt, failed: failures } = state.record;
  if (version.generation < newest.generation) {
    return refuse(state, version, `Generation ${version.generation} is older than ${newest.generation}, which was seen before.`);
  }
  if (version.generation === newest.generation && newest.hash !== null && newest.hash !== version.hash) {
    return refuse(state, version, `Generation ${version.generation} came before with another content.`);
  }
  const raised: State =
    version.generation === newest.generation && newest.hash !== null
      ? state
      : { ...state, record: { ...state.record, newest: { generation: version.generation, hash: version.hash } } };
  const failure = failures.find((one) => one.hash === version.hash);
  if (failure && !event.force) {
    // Its own failure says more than a refusal would.
    if (lastAttempt?.status === "failed" && same(version, { ...lastAttempt, leaseTtlSec: null }))
      return { state: raised, effects: [] };
    return refuse(raised, version, `This content failed here before: ${failure.reason}`);
  }
  if (event.refusal !== null) return refuse(raised, version, event.refusal);
  const underWay = raised.next ?? raised.task;
  if (underWay && same(underWay.version, version)) return { state: raised, effects: [] };
  const task: Task = { version, why: "offer" };
  if (!raised.task) return begin(raised, task, event.effectiveHash);
  const record = withAttempt(raised.record, version, "applying");
  const effects: Effect[] = [
    log("info", "a newer order came while another was applied", version),
    { do: "abort" },
    { do: "report" },
  ];
  return { state: { ...raised, record, next: task }, effects };
}

function refuse(state: State, version: Version, reason: string): Decision {
  const { lastAttempt } = state.record;
  const told = lastAttempt?.status === "refused" && lastAttempt.error === cut(reason);
  if (told && same(version, { ...lastAttempt, leaseTtlSec: null })) return { state, effects: [] };
  const record = withAttempt(state.record, version, "refused", reason);
  return {
    state: { ...state, record },
    effects: [log("error", "refused, the old one stays", version, reason), { do: "report" }],
  };
}

/** Nothing is with the applier. `effectiveHash`: what really runs, as far as it is known. */
function begin(state: State, task: Task, effectiveHash: string | null): Decision {
  const { running, lastAttempt } = state.record;
  const { version } = task;
  const idle: State = { ...state, task: null, next: null };
  if (task.why !== "offer") return { state: { ...idle, task }, effects: [{ do: "apply", task, afterMisses: 0 }] };
  const runsAlready = running?.hash === version.hash && !state.owesRevert && (effectiveHash ?? version.hash) === version.hash;
  if (runsAlready) {
    const known = same(running, version) && running.leaseTtlSec === version.leaseTtlSec;
    const told = lastAttempt?.status === "applied" && lastAttempt.generation === version.generation;
    if (known && told) return { state: idle, effects: [] };
    const record = withAttempt(inForce(state.record, version), version, "applied");
    return {
      state: { ...idle, record, fault: null },
      effects: [log("info", "in force: its content ran already", version), { do: "report" }],
    };
  }
  const continues = lastAttempt?.status === "applying" && same(version, { ...lastAttempt, leaseTtlSec: null });
  const journal = { ...state.record, applying: version };
  const record = continues ? journal : withAttempt(journal, version, "applying");
  return {
    state: { ...idle, record, task },
    effects: [log("info", "applying", version), { do: "report" }, { do: "apply", task, afterMisses: 0 }],
  };
}

function progressed(state: State, status: "applying" | "warming"): Decision {
  const { lastAttempt } = state.record;
  if (state.task?.why !== "offer" || state.next || !lastAttempt || lastAttempt.status === status) return { state, effects: [] };
  const record = { ...state.record, lastAttempt: { ...lastAttempt, status } };
  return { state: { ...state, record }, effects: [{ do: "report" }] };
}

function applied(state: State, effectiveHash: string | null): Decision {
  const { task, next } = state;
  if (!task) return { state, effects: [] };
  const { version, why } = task;
  if (effectiveHash !== null && effectiveHash !== version.hash) {
    throw new Error("What was read back is not what was applied: that is `failed`.");
  }
  const done: State = { ...state, task: null, next: null, owesRevert: false, misses: 0, fault: null };
  if (why === "offer") {
    const tried = state.record.lastAttempt;
    const own = tried && same(version, { ...tried, leaseTtlSec: null });
    const record = { ...inForce(state.record, version), applying: null };
    done.record = own ? { ...record, lastAttempt: succeeded(tried) } : record;
  }
  // To go back may have been decided while a newer one was applied after all.
  if (why === "revert") done.record = { ...state.record, running: version };
  const said: Effect[] = [
    log("info", why === "offer" ? "in force" : why === "boot" ? "runs again" : "went back", version),
    { do: "report" },
  ];
  if (!next) return { state: done, effects: said };
  const then = begin(done, next, effectiveHash);
  return { state: then.state, effects: [...said, ...then.effects] };
}

function failed(state: State, event: Extract<Event, { kind: "failed" }>, now: Now): Decision {
  const { task, next } = state;
  if (!task) return { state, effects: [] };
  const { version, why } = task;
  const { effectiveHash, reason, program } = event;
  const journalled = { ...state.record, applying: null };
  if (next) {
    const running = state.record.running;
    // What a boot or a revert was to bring back is not back.
    const owesRevert = state.owesRevert || why !== "offer" || (effectiveHash !== null && effectiveHash !== running?.hash);
    return begin({ ...state, owesRevert, record: journalled }, next, effectiveHash);
  }
  if (why === "offer") {
    const record = withFailure(journalled, version, reason, program);
    const effects: Effect[] = [log("error", "failed, back to what ran before", version, reason), { do: "report" }];
    const idle: State = { ...state, record, task: null, misses: 0 };
    const { running } = record;
    const wrong = state.owesRevert || (effectiveHash !== null && effectiveHash !== running?.hash);
    if (!running || !wrong) return { state: idle, effects };
    const back: Task = { version: running, why: "revert" };
    return {
      state: { ...idle, task: back, owesRevert: false },
      effects: [...effects, { do: "apply", task: back, afterMisses: 0 }],
    };
  }
  const misses = state.misses + 1;
  const fault = cut(`Generation ${version.generation} could not be put back: ${reason}`);
  const effects: Effect[] = [log("error", "could not be put back", version, reason), { do: "report" }];
  if (why === "boot") {
    const record = withCrash(state.record, version, now);
    const back = crashesOf(record, version) >= CRASHES_TOO_MANY ? goBack(record, reason, program) : null;
    if (back) {
      const retreat: Task = { version: back.running!, why: "revert" };
      const told: State = { ...state, record: back, task: retreat, misses: 0, fault };
      return { state: told, effects: [...effects, { do: "apply", task: retreat, afterMisses: 0 }] };
    }
    return { state: { ...state, record, misses, fault }, effects: [...effects, { do: "apply", task, afterMisses: misses }] };
  }
  return { state: { ...state, misses, fault }, effects: [...effects, { do: "apply", task, afterMisses: misses }] };
}

function crashed(state: State, event: Extract<Event, { kind: "crashed" }>, now: Now): Decision {
  const { running } = state.record;
  if (!running) return { state, effects: [{ do: "report" }] };
  const record = withCrash(state.record, running, now);
  const effects: Effect[] = [log("error", "it crashed", running, event.reason), { do: "report" }];
  if (crashesOf(record, running) < CRASHES_TOO_MANY) return { state: { ...state, record }, effects };
  const back = goBack(record, `It crashed twice within ten minutes: ${event.reason}`, event.program);
  if (!back) {
    const fault = cut(`It crashed twice within ten minutes and there is nothing earlier to go back to: ${event.reason}`);
    return { state: { ...state, record, fault }, effects };
  }
  effects.push(log("error", "failed: back to the last known good", running, event.reason));
  return retreat({ ...state, record: back }, effects);
}

/** `record.running` has just become an older version: make it so. An offer under way may still win. */
function retreat(state: State, effects: Effect[]): Decision {
  const back: Task = { version: state.record.running!, why: "revert" };
  if (!state.task)
    return { state: { ...state, task: back, misses: 0 }, effects: [...effects, { do: "apply", task: back, afterMisses: 0 }] };
  if (state.next?.why === "offer" || (state.task.why === "offer" && !state.next))
    return { state: { ...state, owesRevert: true }, effects };
  return { state: { ...state, next: back }, effects: [...effects, { do: "abort" }] };
}

function answered(state: State, now: Now): Decision {
  const { running, answeredAt } = state.record;
  const next: State = { ...state, answeredAtSteadyMs: now.steadyMs };
  const ttlMs = (running?.leaseTtlSec ?? state.task?.version.leaseTtlSec ?? 0) * 1_000;
  // On disk only as exactly as the lease needs it: a restart may find it a quarter shorter, never longer.
  const fresh = answeredAt !== null && Math.abs(now.wallMs - answeredAt) < ttlMs / 4;
  if (ttlMs > 0 && !fresh) next.record = { ...state.record, answeredAt: now.wallMs };
  return { state: next, effects: [] };
}

function ticked(state: State, now: Now): Decision {
  const silentMs = now.steadyMs - (state.answeredAtSteadyMs ?? Number.NEGATIVE_INFINITY);
  const { task } = state;
  if (takesLeaseFree(state)) return { state, effects: [] };
  const lapsed = leaseLapse(state.record, silentMs);
  if (!lapsed) return { state, effects: [] };
  const effects: Effect[] = [log("warn", "lease ended: back to stable", state.record.running!), { do: "report" }];
  const lapsedState: State = { ...state, ...lapsed };
  if (!task) return retreat(lapsedState, effects);
  const back: Task = { version: lapsed.record.running!, why: "revert" };
  return { state: { ...lapsedState, next: back, owesRevert: true }, effects: [...effects, { do: "abort" }] };
}

/** The record back on `stable` when the lease in force is over; null when it is not, or when there is no stable one. */
function leaseLapse(record: SyncRecord, silentMs: number): { record: SyncRecord; fault: string } | null {
  const { running, stable } = record;
  if (!running?.leaseTtlSec || !stable || silentMs < running.leaseTtlSec * 1_000) return null;
  return {
    record: { ...record, running: stable },
    fault: `The lease of generation ${running.generation} ended: the console did not answer for ${running.leaseTtlSec} s. Back to generation ${stable.generation}.`,
  };
}

/** The record with `version` in force. */
function inForce(record: SyncRecord, version: Version): SyncRecord {
  if (version.leaseTtlSec !== null) return { ...record, running: version };
  const { stable } = record;
  const wasGood = stable !== null && stable.hash !== version.hash && crashesOf(record, stable) === 0;
  return { ...record, running: version, stable: version, good: wasGood ? stable : record.good };
}

/** The record on the last known good, with the failure of what ran; null when there is none. */
function goBack(record: SyncRecord, reason: string, program: string): SyncRecord | null {
  const { running, stable, good } = record;
  if (!running) return null;
  const usable = (version: Version | null) =>
    version && version.hash !== running.hash && !record.failed.some((one) => one.hash === version.hash) ? version : null;
  const to = usable(stable) ?? usable(good);
  if (!to) return null;
  return { ...withFailure(record, running, reason, program), running: to, stable: to, good: to === good ? null : good };
}

const cut = (reason: string) => reason.slice(0, LONGEST_REASON);

const succeeded = ({ generation, hash, attempt }: Attempt): Attempt => ({ generation, hash, attempt, status: "applied" });

/** A new try of `version`. */
function withAttempt(record: SyncRecord, version: Version, status: Attempt["status"], error?: string): SyncRecord {
  const attempt = record.attempts + 1;
  const said = error === undefined ? {} : { error: cut(error) };
  return {
    ...record,
    attempts: attempt,
    lastAttempt: { generation: version.generation, hash: version.hash, attempt, status, ...said },
  };
}

/** The try of `version` under way has failed; or, when there is none, one that has failed at once. */
function withFailure(record: SyncRecord, version: Version, reason: string, program: string): SyncRecord {
  const others = record.failed.filter((one) => one.hash !== version.hash);
  const failures = [...others, { hash: version.hash, reason: cut(reason), program }].slice(-FAILURES_KEPT);
  const known = { ...record, failed: failures };
  const tried = record.lastAttempt;
  if (!tried || !same(version, { ...tried, leaseTtlSec: null }) || tried.status === "applied")
    return withAttempt(known, version, "failed", reason);
  return { ...known, lastAttempt: { ...tried, status: "failed", error: cut(reason) } };
}

function withCrash(record: SyncRecord, { generation }: Version, now: Now): SyncRecord {
  const recent = record.crashes.filter(({ at }) => Math.abs(now.wallMs - at) <= CRASH_WINDOW_MS);
  return { ...record, crashes: [...recent, { generation, at: now.wallMs }].slice(-50) };
}

const crashesOf = (record: SyncRecord, { generation }: Version) =>
  record.crashes.filter((crash) => crash.generation === generation).length;
