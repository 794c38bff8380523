/**
 * `decideNext` with hands: one event after the other, the record on disk before anything is done, the applier, the timer
 * of the lease. States, transitions and invariants are in decide-next.ts.
 */
import { payloadSchema } from "../payload";
import type { Health, Attempt } from "../sync";
import type { Applier } from "./applier";
import type { ClientLog, Clock, Timing } from "./contract";
import {
  decideNext,
  initialState,
  leaseEndsAt,
  type Decision,
  type Effect,
  type Event,
  type State,
  type Task,
} from "./decide-next";
import type { Version } from "./record";
import type { Storage } from "./storage";

const LONGEST_REAPPLY_MS = 60_000;
/** A health or read-back question may not hold up a sync. */
const ASKING_MS = 5_000;

export interface MachineOptions {
  storage: Storage;
  applier: Applier;
  connector: string;
  program: string;
  clock: Clock;
  log: ClientLog;
  timing: Timing;
  /** Something is to be told to the console. */
  onReport: () => void;
}

export interface Machine {
  ready: Promise<void>;
  state(): State;
  payload(): Record<string, unknown> | null;
  /** One at a time. `ungenuine`: why it is not from this target's console; null when it is. */
  offer(version: Version, payload: Record<string, unknown>, about: { ungenuine: string | null; force: boolean }): Promise<void>;
  answered(): Promise<void>;
  crashed(reason: string): void;
  /** What goes into a sync. */
  report(): Promise<{
    health: Health;
    effectiveHash: string | null;
    lastAttempt: Attempt | null;
    running: Version | null;
  }>;
  /** What is wrong, in words; null: nothing. */
  fault(): string | null;
  close(): Promise<void>;
}

export function startMachine(options: MachineOptions): Machine {
  const { storage, applier, clock, log, program } = options;
  let state = initialState(storage.found);
  let saved = storage.found;
  let diskFault: string | null = null;
  let closed = false;
  /** Offers that no record names yet. */
  const arriving = new Set<string>();
  let underWay: Promise<void> = Promise.resolve();
  let abort = new AbortController();
  let alarm = new AbortController();
  let nowReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    nowReady = resolve;
  });

  let queue: Promise<void> = Promise.resolve();
  const dispatch = (event: Event): Promise<void> => {
    queue = queue
      .then(() => step(event))
      .catch((error: unknown) => log("error", "the sync client failed", { reason: wordsOf(error) }));
    return queue;
  };

  async function step(event: Event): Promise<void> {
    if (closed) return;
    closed = event.kind === "stopped";
    const now = { wallMs: clock.wallMs(), steadyMs: clock.steadyMs() };
    const decision = await saveFirst(event, decideNext(state, event, now), now);
    state = decision.state;
    for (const effect of decision.effects) perform(effect);
    if (event.kind === "applied" || event.kind === "failed" || (event.kind === "started" && !state.task)) nowReady();
    if (event.kind !== "answered" || state.record.running?.leaseTtlSec) setAlarm();
  }

  /** An order that cannot be written down is refused; anything else goes on and is written with the next change. */
  async function saveFirst(event: Event, decision: Decision, now: { wallMs: number; steadyMs: number }): Promise<Decision> {
    if (decision.state.record === saved) return decision;
    try {
      const waiting = decision.state.next?.version.hash;
      await storage.save(decision.state.record, waiting ? [...arriving, waiting] : [...arriving]);
      saved = decision.state.record;
      diskFault = null;
      return decision;
    } catch (error) {
      diskFault = `The state folder cannot be written: ${wordsOf(error)}`;
      log("error", "the state folder cannot be written", { reason: wordsOf(error) });
      return event.kind === "offered" ? decideNext(state, { ...event, refusal: diskFault }, now) : decision;
    }
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case "log":
        log(effect.level, effect.message, { generation: effect.generation, ...(effect.reason ? { reason: effect.reason } : {}) });
        return;
      case "report":
        options.onReport();
        return;
      case "abort":
        abort.abort(new Error("Superseded."));
        return;
      case "apply":
        abort = new AbortController();
        underWay = runTask(effect.task, effect.afterMisses, abort.signal);
    }
  }

  async function runTask({ version, why }: Task, afterMisses: number, signal: AbortSignal): Promise<void> {
    if (afterMisses > 0) {
      await clock.wait(Math.min(LONGEST_REAPPLY_MS, options.timing.reapplyMs * 2 ** Math.min(afterMisses - 1, 10)), signal);
    }
    let failure: string | null = null;
    try {
      signal.throwIfAborted();
      const payload = storage.payload(version.hash);
      if (!payload) throw new Error("Its content is not on disk any more.");
      await applier.apply(payload, {
        generation: version.generation,
        why,
        progress: (status) => void dispatch({ kind: "progressed", status }),
        signal,
      });
    } catch (error) {
      failure = wordsOf(error);
    }
    const effectiveHash = await readBack();
    if (failure === null && effectiveHash !== null && effectiveHash !== version.hash) {
      failure = "It was applied, but something else was read back.";
    }
    const event: Event =
      failure === null ? { kind: "applied", effectiveHash } : { kind: "failed", reason: failure, effectiveHash, program };
    // Not awaited: closing waits for this task, and the queue may wait for a disk.
    void dispatch(event);
  }

  const readBack = async (): Promise<string | null> => {
    try {
      return await within(ASKING_MS, () => applier.effectiveHash(), clock);
    } catch (error) {
      log("warn", "what runs cannot be read back", { reason: wordsOf(error) });
      return null;
    }
  };

  function setAlarm(): void {
    alarm.abort();
    const endsAt = closed ? null : leaseEndsAt(state);
    if (endsAt === null) return;
    alarm = new AbortController();
    const { signal } = alarm;
    void clock.wait(Math.max(0, endsAt - clock.steadyMs()), signal).then(() => {
      if (!signal.aborted) void dispatch({ kind: "ticked" });
    });
  }

  const askHealth = async (): Promise<Health> => {
    try {
      return await within(ASKING_MS, () => applier.health(), clock);
    } catch (error) {
      return { ok: false, reason: `Health cannot be told: ${wordsOf(error)}`, crashes: 0, figures: {} };
    }
  };

  const fault = () => [state.fault, diskFault].filter((one) => one !== null).join(" ") || null;

  void dispatch({ kind: "started", program });
  return {
    ready,
    state: () => state,
    payload: () => state.record.running && storage.payload(state.record.running.hash),
    offer: async (version, payload, { ungenuine, force }) => {
      const offered = { kind: "offered", version, force } as const;
      if (ungenuine !== null) return dispatch({ ...offered, genuine: false, refusal: ungenuine, effectiveHash: null });
      arriving.add(version.hash);
      const refusal = await refusalOf(version, payload);
      await dispatch({ ...offered, genuine: true, refusal, effectiveHash: await readBack() });
      arriving.delete(version.hash);
    },
    answered: () => dispatch({ kind: "answered" }),
    crashed: (reason) => void dispatch({ kind: "crashed", reason, program }),
    report: async () => {
      const health = await askHealth();
      const reasons = [health.reason, fault()].filter((one) => one !== null && one !== undefined);
      const ok = health.ok && state.misses === 0 && diskFault === null;
      // While something is being changed, what is read back says nothing.
      const effectiveHash = state.task ? null : await readBack();
      return {
        health: {
          ...health,
          ok,
          // What is no number in JSON would make the console refuse the whole sync.
          figures: Object.fromEntries(Object.entries(health.figures).filter(([, figure]) => Number.isFinite(figure))),
          ...(reasons.length > 0 ? { reason: reasons.join(" ").slice(0, 2_000) } : {}),
        },
        effectiveHash,
        lastAttempt: state.record.lastAttempt,
        running: state.record.running,
      };
    },
    fault,
    close: async () => {
      await dispatch({ kind: "stopped" });
      alarm.abort();
      nowReady();
      await underWay;
    },
  };

  async function refusalOf(version: Version, payload: Record<string, unknown>): Promise<string | null> {
    const envelope = payloadSchema.safeParse(payload);
    if (!envelope.success) {
      const first = envelope.error.issues[0];
      return `The content cannot be read by this version: ${first?.path.join(".")}: ${first?.message}`;
    }
    if (envelope.data.connector !== options.connector) {
      return `The content is for ${envelope.data.connector}; this is ${options.connector}.`;
    }
    try {
      const refusal = await applier.refuse(payload);
      if (refusal !== null) return refusal;
    } catch (error) {
      return wordsOf(error);
    }
    try {
      await storage.keep(version.hash, payload);
      return null;
    } catch (error) {
      return `The state folder cannot be written: ${wordsOf(error)}`;
    }
  }
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error)) || "It failed without a reason.";

async function within<T>(ms: number, ask: () => Promise<T> | T, clock: Clock): Promise<T> {
  const answered = new AbortController();
  const late = clock.wait(ms, answered.signal).then((): never => {
    throw new Error(`No answer for ${ms / 1_000} s.`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([ask(), late]);
  } finally {
    answered.abort();
  }
}
