import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideNext, initialState, leaseEndsAt, type Effect, type Event, type Now, type State, type Task } from "./decide-next";
import { EMPTY_RECORD, type SyncRecord, type Version } from "./record";

const hashOf = (content: number) => content.toString(16).padStart(64, "0");
const version = (generation: number, content = generation, leaseTtlSec: number | null = null): Version => ({
  generation,
  hash: hashOf(content),
  leaseTtlSec,
});
const at = (sec: number): Now => ({ wallMs: 1_700_000_000_000 + sec * 1_000, steadyMs: sec * 1_000 });
const offer = (one: Version, over: Partial<Extract<Event, { kind: "offered" }>> = {}): Event => ({
  kind: "offered",
  version: one,
  genuine: true,
  refusal: null,
  force: false,
  effectiveHash: null,
  ...over,
});
const program = "1";
const failed = (reason = "no"): Event => ({ kind: "failed", reason, effectiveHash: null, program });
const applied: Event = { kind: "applied", effectiveHash: null };
const crash: Event = { kind: "crashed", reason: "boom", program };
const startUp: Event = { kind: "started", program };

/** Runs the events at the given second each. */
function after(record: SyncRecord, ...events: [number, Event][]): { state: State; effects: Effect[] } {
  let state = initialState(record);
  let effects: Effect[] = [];
  for (const [sec, event] of events) ({ state, effects } = decideNext(state, event, at(sec)));
  return { state, effects };
}

const task = (effects: Effect[]): Task | null =>
  effects.flatMap((effect) => (effect.do === "apply" ? [effect.task] : []))[0] ?? null;
const did = (effects: Effect[]) => effects.map((effect) => effect.do).filter((one) => one !== "log");
/** On generation 2, after generation 1, with the program running. */
const settled = (): SyncRecord =>
  after(EMPTY_RECORD, [0, startUp], [1, offer(version(1))], [2, applied], [3, offer(version(2))], [4, applied]).state.record;

describe("the next step", () => {
  it("of an offer: journal, apply, in force; the one before is the last known good", () => {
    const { state, effects } = after(settled(), [5, offer(version(3))]);
    expect(did(effects)).toEqual(["report", "apply"]);
    expect(state.record).toMatchObject({
      applying: version(3),
      running: version(2),
      lastAttempt: { attempt: 3, status: "applying" },
    });
    const done = decideNext(state, applied, at(6)).state.record;
    expect(done).toMatchObject({
      applying: null,
      running: version(3),
      stable: version(3),
      good: version(2),
      lastAttempt: { status: "applied" },
    });
  });

  it("of one that crashed before is not to be the last known good", () => {
    const record = after(settled(), [5, crash], [6, offer(version(3))], [7, applied]).state.record;
    expect(record).toMatchObject({ running: version(3), good: version(1) });
  });

  it("of two crashes in ten minutes: back, and the content is condemned; of two further apart: nothing", () => {
    const { state, effects } = after(settled(), [0, crash], [599, crash]);
    expect(task(effects)).toEqual({ version: version(1), why: "revert" });
    expect(state.record).toMatchObject({
      running: version(1),
      stable: version(1),
      good: null,
      lastAttempt: { generation: 2, attempt: 3, status: "failed" },
    });
    expect(after(state.record, [700, offer(version(3, 2))]).state.record.lastAttempt).toMatchObject({
      generation: 3,
      status: "refused",
    });
    expect(after(settled(), [0, crash], [601, crash]).state.record.running).toEqual(version(2));
  });

  it("of a boot: what ran before; after two ends without a stop, what ran before that", () => {
    const stopped = after(settled(), [5, { kind: "stopped" }]).state.record;
    const booted = after(stopped, [10, startUp]);
    expect(task(booted.effects)).toEqual({ version: version(2), why: "boot" });
    const killedOnce = after(booted.state.record, [20, startUp]);
    expect(task(killedOnce.effects)).toEqual({ version: version(2), why: "boot" });
    const killedTwice = after(killedOnce.state.record, [30, startUp]);
    expect(task(killedTwice.effects)).toEqual({ version: version(1), why: "boot" });
    expect(killedTwice.state.record.lastAttempt).toMatchObject({ generation: 2, status: "failed" });
  });

  it("of an apply that was cut short: the old one, and a second time the content is condemned", () => {
    const cut = after(settled(), [5, offer(version(3))]).state.record;
    const booted = after(cut, [10, startUp]);
    expect(task(booted.effects)).toEqual({ version: version(2), why: "boot" });
    expect(booted.state).toMatchObject({
      record: { applying: null, lastAttempt: null },
      fault: expect.stringContaining("cut short"),
    });
    const again = after(booted.state.record, [11, startUp], [12, applied], [13, offer(version(3))]).state.record;
    expect(again.applying).toEqual(version(3));
    // The kill of the boot before counted for generation 2, this one is the second of generation 3.
    const twice = after(again, [20, startUp]);
    expect(twice.state.record.lastAttempt).toMatchObject({
      generation: 3,
      status: "failed",
      error: expect.stringContaining("twice"),
    });
    expect(twice.state.record.running).toEqual(version(2));
  });

  it("of a boot that fails: once more, then the last known good, and that one for as long as it takes", () => {
    const first = after(settled(), [10, { kind: "stopped" }], [20, startUp], [21, failed()]);
    expect(first.effects).toContainEqual({ do: "apply", task: { version: version(2), why: "boot" }, afterMisses: 1 });
    const second = decideNext(first.state, failed(), at(30));
    expect(second.effects).toContainEqual({ do: "apply", task: { version: version(1), why: "revert" }, afterMisses: 0 });
    const third = decideNext(second.state, failed("still"), at(40));
    expect(third.effects).toContainEqual({ do: "apply", task: { version: version(1), why: "revert" }, afterMisses: 1 });
    expect(third.state.fault).toMatch(/could not be put back: still/);
    expect(decideNext(third.state, applied, at(50)).state).toMatchObject({ fault: null, misses: 0, task: null });
  });

  it("of a newer offer during an apply: abort, then that one; an old one finished after all counts", () => {
    const { state, effects } = after(settled(), [5, offer(version(3))], [6, offer(version(4))]);
    expect(did(effects)).toEqual(["abort", "report"]);
    expect(task(decideNext(state, failed("aborted"), at(7)).effects)).toEqual({ version: version(4), why: "offer" });
    const late = decideNext(state, applied, at(7));
    expect(task(late.effects)).toEqual({ version: version(4), why: "offer" });
    expect(late.state.record).toMatchObject({
      running: version(3),
      applying: version(4),
      lastAttempt: { generation: 4, status: "applying" },
    });
    expect(late.state.record.failed).toEqual([]);
  });

  it("of an offer during a boot that then fails is to finish the boot", () => {
    const { state } = after(settled(), [5, { kind: "stopped" }], [10, startUp], [11, offer(version(3))], [12, failed("aborted")]);
    expect(state.task).toEqual({ version: version(3), why: "offer" });
    expect(task(decideNext(state, failed("bad"), at(13)).effects)).toEqual({ version: version(2), why: "revert" });
  });

  it("of a lease: it lasts while the console answers, ends at the second, also over a restart", () => {
    const leased = after(
      after(settled(), [5, { kind: "stopped" }]).state.record,
      [10, startUp],
      [10, applied],
      [10, { kind: "answered" }],
      [11, offer(version(3, 3, 60))],
      [12, applied],
    );
    expect(leased.state.record).toMatchObject({ running: version(3, 3, 60), stable: version(2), good: version(1) });
    expect(leaseEndsAt(leased.state)).toBe(70_000);
    const renewed = decideNext(leased.state, { kind: "answered" }, at(40)).state;
    expect(leaseEndsAt(renewed)).toBe(100_000);
    expect(decideNext(renewed, { kind: "ticked" }, at(99)).effects).toEqual([]);
    const over = decideNext(renewed, { kind: "ticked" }, at(100));
    expect(task(over.effects)).toEqual({ version: version(2), why: "revert" });
    expect(over.state.record).toMatchObject({ running: version(2), failed: [] });
    expect(task(after(renewed.record, [90, startUp]).effects)?.version).toEqual(version(3, 3, 60));
    expect(task(after(renewed.record, [101, startUp]).effects)?.version).toEqual(version(2));
    // While something without a lease is applied, its end waits; when that failed, it is due.
    const leaving = decideNext(renewed, offer(version(5)), at(99)).state;
    expect([leaseEndsAt(leaving), decideNext(leaving, { kind: "ticked" }, at(500)).effects]).toEqual([null, []]);
    expect(leaseEndsAt(decideNext(leaving, failed(), at(500)).state)).toBe(100_000);
    // A crash of what has a lease goes to stable, not to what was before stable.
    expect(task(after(renewed.record, [41, crash], [42, crash]).effects)?.version).toEqual(version(2));
    // The same content without a lease makes it stable, without applying it.
    const promoted = decideNext(renewed, offer(version(4, 3)), at(50));
    expect(did(promoted.effects)).toEqual(["report"]);
    expect(promoted.state.record).toMatchObject({ running: version(4, 3), stable: version(4, 3), good: version(2) });
  });
});

describe("whatever happens, in whatever order", () => {
  const generation = fc.integer({ min: 1, max: 8 });
  const content = fc.integer({ min: 1, max: 5 });
  const event = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("offer" as const),
        generation,
        content,
        lease: fc.boolean(),
        genuine: fc.nat(4),
        refused: fc.nat(5),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("end" as const), ok: fc.nat(3), reads: fc.nat(3) }) },
    fc.constant({ kind: "crash" as const }),
    fc.constant({ kind: "answered" as const }),
    fc.constant({ kind: "tick" as const }),
    fc.constant({ kind: "restart" as const }),
    fc.constant({ kind: "stop" as const }),
  );

  it("keeps its promises", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ event, waitSec: fc.integer({ min: 0, max: 400 }) }), { maxLength: 60 }), (steps) => {
        let state = initialState(EMPTY_RECORD);
        let sec = 0;
        let stopped = true;
        /** What the applier was given and has not ended; what really runs, by content. */
        let given: Task | null = null;
        let real: string | null = null;
        /** Contents that were once applied. */
        const ran = new Set<string>();
        const take = (kind: Event) => {
          const before = state;
          const decision = decideNext(state, kind, at(sec));
          state = decision.state;
          expect(state.record.newest.generation).toBeGreaterThanOrEqual(before.record.newest.generation);
          expect(before.record.running !== null && state.record.running === null).toBe(false);
          for (const effect of decision.effects) {
            if (effect.do === "apply") {
              // One task at a time, never a condemned offer, never a boot or revert to what never ran.
              expect(given).toBeNull();
              if (effect.task.why === "offer")
                expect(before.record.failed.map((one) => one.hash)).not.toContain(effect.task.version.hash);
              else expect(ran).toContain(effect.task.version.hash);
              given = effect.task;
            }
            if (effect.do === "abort") expect(given).not.toBeNull();
          }
          if (!stopped) expect(state.task).toEqual(given);
          const { running, stable, good, attempts, lastAttempt } = state.record;
          for (const kept of [running, stable, good]) if (kept) expect(ran).toContain(kept.hash);
          expect([stable?.leaseTtlSec ?? null, good?.leaseTtlSec ?? null]).toEqual([null, null]);
          if (running && running.leaseTtlSec === null && !state.task) expect(stable).toEqual(running);
          expect(attempts).toBeGreaterThanOrEqual(before.record.attempts);
          if (lastAttempt) expect(lastAttempt.attempt).toBe(attempts);
          expect(state.next === null || state.task !== null).toBe(true);
        };
        const boot = () => {
          given = null;
          state = initialState(state.record);
          stopped = false;
          take(startUp);
        };
        boot();
        for (const { event: one, waitSec } of steps) {
          sec += waitSec;
          if (one.kind === "restart" || stopped) boot();
          else if (one.kind === "offer") {
            const refusal = one.refused === 0 ? "no" : null;
            const failedBefore = state.record.failed.map(({ hash }) => hash);
            const wanted = version(one.generation, one.content, one.lease ? 300 : null);
            take(offer(wanted, { genuine: one.genuine > 0, refusal: one.genuine > 0 ? refusal : "forged", effectiveHash: real }));
            if (refusal !== null || one.genuine === 0 || failedBefore.includes(wanted.hash)) {
              expect(
                state.record.applying?.generation === wanted.generation && state.next?.version.generation === wanted.generation,
              ).toBe(false);
            }
          } else if (one.kind === "end" && given) {
            const ended: Task = given;
            given = null;
            if (one.ok > 0) {
              real = ended.version.hash;
              ran.add(real);
            }
            // Sometimes what runs cannot be read.
            const effectiveHash = one.reads === 0 ? null : real;
            take(one.ok > 0 ? { kind: "applied", effectiveHash } : { kind: "failed", reason: "no", effectiveHash, program });
          } else if (one.kind === "crash") take(crash);
          else if (one.kind === "answered") take({ kind: "answered" });
          else if (one.kind === "tick") take({ kind: "ticked" });
          else if (one.kind === "stop") {
            stopped = true;
            take({ kind: "stopped" });
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
