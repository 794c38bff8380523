import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attempt } from "@/lib/protocol/sync";
import { decideSync, decideWake, isBlocked, REOFFER_MS, type Order, type SyncState, type SyncWord } from "./decide-sync";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
const [ONE, TWO] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"] as const;
const NOW = 1_000_000;

const order = (generation: number, hash = A, forced = false): Order => ({ generation, hash, forced });
const attempt = (generation: number, status: Attempt["status"], hash = A, number = 1): Attempt => ({
  generation,
  hash,
  attempt: number,
  status,
});
const state = (over: Partial<SyncState> = {}): SyncState => ({
  state: "active",
  bootId: ONE,
  previousBootId: null,
  bootSentAtMs: 500_000,
  seq: 4,
  running: null,
  effectiveHash: null,
  driftPolls: 0,
  attempt: null,
  desired: null,
  version: "1.0.0",
  verdictFloor: 0,
  verdict: null,
  offered: null,
  ...over,
});
const word = (over: Partial<SyncWord> = {}): SyncWord => ({
  bootId: ONE,
  seq: 5,
  sentAtMs: 990_000,
  running: null,
  lastAttempt: null,
  effectiveHash: null,
  version: "1.0.0",
  ...over,
});

/** Decides and insists that the word was taken. */
function taken(before: SyncState, said: SyncWord, now = NOW) {
  const decision = decideSync(before, said, now);
  if (decision.kind !== "taken") throw new Error(`It was ${decision.kind}.`);
  return decision;
}
const answer = (before: SyncState, said: SyncWord, now = NOW) => taken(before, said, now).answer.kind;

describe("whose word counts", () => {
  const later = word({ bootId: TWO, seq: 0 });
  it.each([
    ["the next", state(), word(), "taken"],
    ["the same again", state(), word({ seq: 4 }), "taken"],
    ["one too far", state(), word({ seq: 9 }), "taken"],
    ["an older one of this boot", state(), word({ seq: 3 }), "late"],
    ["the first ever", state({ bootId: null, bootSentAtMs: null, seq: 0 }), word({ seq: 0 }), "taken"],
    ["the first of a new boot", state(), later, "taken"],
    ["a new boot heard of in the same second", state({ bootSentAtMs: 990_000 }), later, "taken"],
    ["an unknown boot that was sent before this one began", state({ bootSentAtMs: 990_001 }), later, "late"],
    ["the previous boot, sent before this one began", state({ previousBootId: TWO, bootSentAtMs: 990_001 }), later, "late"],
    ["the previous boot, sent in the same second", state({ previousBootId: TWO, bootSentAtMs: 990_000 }), later, "late"],
    ["the previous boot, alive after this one began", state({ previousBootId: TWO }), later, "quarantine"],
    ["of a quarantined target", state({ state: "quarantined" }), word(), "refuse"],
    ["of a revoked target", state({ state: "revoked" }), word(), "refuse"],
  ])("%s: %#", (_, before, said, expected) => {
    expect(decideSync(before, said, NOW).kind).toBe(expected);
  });

  it("a new boot takes the place of the current one, which is remembered", () => {
    const decision = taken(state(), word({ bootId: TWO, seq: 0 }));
    expect(decision).toMatchObject({ newBoot: true, fullState: false, answer: { kind: "empty" } });
    expect(decision.state).toMatchObject({ bootId: TWO, previousBootId: ONE, bootSentAtMs: 990_000, seq: 0 });
  });

  it.each([
    ["nothing lost", word({ seq: 5 }), false],
    ["one lost", word({ seq: 6 }), true],
    ["one lost, but all is said", word({ seq: 6, hardware: null }), false],
    ["a boot heard of in mid-sentence", word({ bootId: TWO, seq: 3 }), true],
  ])("%s: full state asked for: %#", (_, said, expected) => {
    expect(taken(state(), said).fullState).toBe(expected);
  });
});

describe("what is offered", () => {
  const offeredAt = (atMs: number, seq = 4, generation = 2) => ({ generation, bootId: ONE, seq, atMs });
  const runs = (generation: number, hash = A) => ({ running: { generation, hash }, effectiveHash: hash });
  it.each([
    ["nothing was ordered", state(), word(), "hold"],
    ["an order that it never saw", state({ desired: order(1) }), word(), "offer"],
    ["it runs an older one", state({ desired: order(2, B) }), word(runs(1)), "offer"],
    ["it runs it", state({ desired: order(2) }), word(runs(2)), "hold"],
    ["the same content under an older number", state({ desired: order(2) }), word(runs(1)), "offer"],
    ["it has seen newer ones than were ordered", state({ desired: order(2) }), word(runs(3)), "hold"],
    ["it is at it", state({ desired: order(2) }), word({ lastAttempt: attempt(2, "applying") }), "hold"],
    ["it warms it", state({ desired: order(2) }), word({ lastAttempt: attempt(2, "warming") }), "hold"],
    ["it is at an older one", state({ desired: order(2, B) }), word({ lastAttempt: attempt(1, "applying") }), "offer"],
    [
      "it was at it and began anew",
      state({ desired: order(2) }),
      word({ bootId: TWO, seq: 0, lastAttempt: attempt(2, "applying") }),
      "offer",
    ],
    ["it failed", state({ desired: order(2) }), word({ lastAttempt: attempt(2, "failed") }), "hold"],
    ["it refused", state({ desired: order(2) }), word({ lastAttempt: attempt(2, "refused") }), "hold"],
    [
      "its content failed under an older number",
      state({ desired: order(5) }),
      word({ lastAttempt: attempt(2, "failed") }),
      "hold",
    ],
    ["somebody insists", state({ desired: order(5, A, true) }), word({ lastAttempt: attempt(2, "failed") }), "offer"],
    [
      "it failed although somebody insisted",
      state({ desired: order(5, A, true) }),
      word({ lastAttempt: attempt(5, "failed") }),
      "hold",
    ],
    ["another content failed", state({ desired: order(3, B) }), word({ lastAttempt: attempt(2, "failed", A) }), "offer"],
    ["it was told a moment ago", state({ desired: order(2), offered: offeredAt(NOW - 1) }), word(), "hold"],
    ["it was told and does nothing", state({ desired: order(2), offered: offeredAt(NOW - REOFFER_MS) }), word(), "offer"],
    ["it was told, and a clock went back", state({ desired: order(2), offered: offeredAt(NOW + 3_600_000) }), word(), "offer"],
    [
      "it was told before it started anew",
      state({ desired: order(2), offered: offeredAt(NOW - 1) }),
      word({ bootId: TWO, seq: 0 }),
      "offer",
    ],
    ["it was told of an older one", state({ desired: order(3), offered: offeredAt(NOW - 1) }), word(), "offer"],
    [
      "it was told in the answer to this very word",
      state({ desired: order(2), offered: offeredAt(NOW - 1) }),
      word({ seq: 4 }),
      "offer",
    ],
  ])("%s: %#", (_, before, said, expected) => {
    expect(answer(before, said)).toBe(expected);
  });

  it("holds no longer than until it may be told again", () => {
    const before = state({ desired: order(2), offered: offeredAt(NOW - 1_000) });
    expect(taken(before, word()).answer).toEqual({ kind: "hold", atMostMs: REOFFER_MS - 1_000 });
  });

  it("a refusal is asked again after a restart, a failure only after an upgrade", () => {
    const before = (status: "refused" | "failed") =>
      state({ desired: order(2), attempt: attempt(2, status, A, 7), verdict: { generation: 2, attempt: 7, status } });
    const boot = (over: Partial<SyncWord>) => word({ bootId: TWO, seq: 0, ...over });
    expect(answer(before("refused"), boot({}))).toBe("offer");
    expect(answer(before("failed"), boot({ lastAttempt: attempt(2, "failed", A, 7) }))).toBe("empty");
    const upgraded = taken(before("failed"), boot({ version: "1.1.0", lastAttempt: attempt(2, "failed", A, 7) }));
    expect(upgraded.answer.kind).toBe("offer");
    expect(upgraded.state.verdictFloor).toBe(7);
    const unheard = boot({ version: "1.1.0", lastAttempt: attempt(2, "failed", A, 8) });
    expect(taken(before("failed"), unheard).answer.kind).toBe("empty");
    const failsAgain = word({ bootId: TWO, seq: 1, version: "1.1.0", lastAttempt: attempt(2, "failed", A, 8) });
    expect(answer(upgraded.state, failsAgain)).toBe("hold");
  });

  it.each([
    [null, order(1), false],
    [{ generation: 3, attempt: 1, status: "applied" as const }, order(3), false],
    [{ generation: 3, attempt: 1, status: "failed" as const }, order(4), true],
    [{ generation: 3, attempt: 1, status: "failed" as const }, order(4, A, true), false],
    [{ generation: 4, attempt: 1, status: "refused" as const }, order(4, A, true), true],
  ])("isBlocked %#", (verdict, desired, expected) => {
    expect(isBlocked(desired, verdict)).toBe(expected);
  });
});

describe("drift", () => {
  const drifting = { running: { generation: 2, hash: A }, effectiveHash: C };
  it("counts polls, not repeats; applies again at the third and sixth; ends when what runs is what was applied", () => {
    let current = state({ desired: order(2), seq: 0 });
    const answers: string[] = [];
    for (let seq = 1; seq <= 6; seq += 1) {
      for (const _ of [1, 2]) {
        const decision = taken(current, word({ seq, ...drifting }), NOW + seq * 60_000);
        current = decision.state;
        answers.push(`${current.driftPolls} ${decision.answer.kind}`);
      }
    }
    expect(answers.filter((_, index) => index % 2 === 0)).toEqual(["1 hold", "2 hold", "3 offer", "4 hold", "5 hold", "6 offer"]);
    expect(answers.filter((_, index) => index % 2 === 1)).toEqual(answers.filter((_, index) => index % 2 === 0));
    expect(taken(current, word({ seq: 7, running: drifting.running, effectiveHash: A })).state.driftPolls).toBe(0);
  });

  it.each([
    ["cannot be read", { ...drifting, effectiveHash: null }, 2],
    ["is being changed", { ...drifting, lastAttempt: attempt(3, "applying", B) }, 2],
    ["is nothing", { running: null, effectiveHash: C }, 0],
    ["is an older order as it was", { running: { generation: 1, hash: B }, effectiveHash: B }, 0],
    ["is an older order, changed", { running: { generation: 1, hash: B }, effectiveHash: C }, 3],
  ])("what runs %s: %#", (_, said, expected) => {
    expect(taken(state({ desired: order(2), driftPolls: 2 }), word(said)).state.driftPolls).toBe(expected);
  });
});

describe("a parked poll that is woken", () => {
  it("gets a newer order, once; is refused when the target is; ends when it asked again elsewhere", () => {
    const parked = { bootId: ONE, seq: 4 };
    const woken = decideWake(state({ desired: order(2) }), parked, NOW);
    expect(woken).toMatchObject({ kind: "wake", answer: { kind: "offer" } });
    if (woken.kind === "wake") expect(decideWake(woken.state, parked, NOW + 1)).toMatchObject({ answer: { kind: "hold" } });
    expect(decideWake(state({ state: "revoked" }), parked, NOW)).toEqual({ kind: "refuse", code: "revoked" });
    expect(decideWake(state({ seq: 5, desired: order(2) }), parked, NOW)).toMatchObject({ answer: { kind: "empty" } });
    expect(decideWake(state({ bootId: TWO, desired: order(2) }), parked, NOW)).toMatchObject({ answer: { kind: "empty" } });
  });
});

/**
 * The whole against a reference that keeps the story instead of a state: every word and publication ever, looked through
 * from the start each time. Networks duplicate, reorder and drop; programs start anew; people publish and insist.
 */
describe("the story of a target", () => {
  const BOOTS = ["0", "1", "2", "3"].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("say" as const),
        runs: fc.nat(4),
        tries: fc.option(fc.nat(4)),
        status: fc.constantFrom("applying", "applied", "failed", "refused"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("publish" as const), content: fc.constantFrom(A, B, C), force: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("boot" as const), upgrade: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("again" as const), which: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const) }) },
  );

  it("only the newest order is offered, never one that failed here, numbers never fall, repeats are answered alike", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let current = state({ bootId: null, bootSentAtMs: null, seq: 0, version: "v0" });
        const orders: Order[] = [];
        const delivered: { said: SyncWord; offered: number | null; publications: number }[] = [];
        /** Of the reference: what it was told of tries, in order, with the boot and program that told. */
        const told: { boot: number; version: string; attempt: Attempt }[] = [];
        let [boot, seq, clock, tries, version] = [0, -1, 0, 0, 0];
        let heardBoot = -1;
        let heardSeq = -1;
        const deliver = (said: SyncWord, fresh: boolean) => {
          const saidBoot = BOOTS.indexOf(said.bootId);
          // Reference: the newest boot heard of, and in it no word before the newest one.
          const counts = saidBoot > heardBoot || (saidBoot === heardBoot && said.seq >= heardSeq);
          const repeated = saidBoot === heardBoot && said.seq === heardSeq;
          const decision = decideSync(current, said, clock);
          expect(decision.kind).toBe(counts ? "taken" : "late");
          if (decision.kind !== "taken") return;
          const restarted = saidBoot > heardBoot;
          [heardBoot, heardSeq] = [saidBoot, said.seq];
          expect(decision.newBoot).toBe(restarted);
          if (said.lastAttempt && !repeated) told.push({ boot: saidBoot, version: said.version, attempt: said.lastAttempt });
          current = decision.state;
          const newest = orders.at(-1);
          const offers = decision.answer.kind === "offer";
          if (offers) {
            expect(newest).toBeDefined();
            // Never what it runs already (nothing drifts in this story), never below what it runs.
            expect(said.running?.generation ?? 0).toBeLessThan(newest!.generation);
            // Never what it has said, in this start, that it cannot run, unless somebody insisted since.
            const ends = told.filter(
              (one) => one.boot === saidBoot && one.attempt.hash === newest!.hash && one.attempt.status !== "applying",
            );
            const last = ends.toSorted((x, y) => x.attempt.attempt - y.attempt.attempt).at(-1);
            const cannot = last && last.attempt.status !== "applied";
            if (cannot) expect(newest!.forced && last.attempt.generation < newest!.generation).toBe(true);
            expect(current.offered).toMatchObject({ generation: newest!.generation, bootId: said.bootId, seq: said.seq });
          }
          const before = delivered.findLast((one) => one.said.bootId === said.bootId && one.said.seq === said.seq);
          if (repeated && !fresh && before?.offered && before.publications === orders.length) expect(offers).toBe(true);
          delivered.push({ said, offered: offers ? newest!.generation : null, publications: orders.length });
          // Whatever is due reaches a target that waits: not said now, it is under way, told lately, or blocked.
          if (newest && !offers && (said.running?.generation ?? 0) < newest.generation) {
            const underWay = said.lastAttempt?.status === "applying" && said.lastAttempt.generation === newest.generation;
            const lately = current.offered?.generation === newest.generation && clock - current.offered.atMs < REOFFER_MS;
            const blocked = told.some((one) => one.attempt.hash === newest.hash && /failed|refused/.test(one.attempt.status));
            expect(underWay || lately || blocked).toBe(true);
          }
        };
        const words: SyncWord[] = [];
        for (const one of steps) {
          clock += 1_000;
          if (one.do === "publish") {
            orders.push({ generation: orders.length + 1, hash: one.content, forced: one.force });
            const newest = orders.at(-1)!;
            // As the database finds it: the newest finished try of this content that counts.
            const found = told
              .filter(
                ({ attempt: { hash, status, attempt: n } }) =>
                  hash === newest.hash && status !== "applying" && n > current.verdictFloor,
              )
              .toSorted((x, y) => x.attempt.attempt - y.attempt.attempt)
              .at(-1)?.attempt;
            const verdict = found
              ? { generation: found.generation, attempt: found.attempt, status: found.status as "applied" | "failed" | "refused" }
              : null;
            current = { ...current, desired: newest, verdict, driftPolls: 0 };
          } else if (one.do === "boot" && boot < BOOTS.length - 1) {
            [boot, seq] = [boot + 1, -1];
            if (one.upgrade) version += 1;
          } else if (one.do === "say" || one.do === "lose") {
            seq += 1;
            const known = orders.slice(0, one.do === "say" ? one.runs : 0).at(-1);
            const tried = one.do === "say" && one.tries !== null ? orders[one.tries] : undefined;
            if (tried) tries += 1;
            const said = word({
              bootId: BOOTS[boot]!,
              seq,
              sentAtMs: clock,
              version: `v${version}`,
              running: known ? { generation: known.generation, hash: known.hash } : null,
              effectiveHash: known?.hash ?? null,
              lastAttempt: tried
                ? {
                    ...attempt(
                      tried.generation,
                      one.do === "say" ? (one.status as Attempt["status"]) : "applied",
                      tried.hash,
                      tries,
                    ),
                  }
                : null,
            });
            words.push(said);
            if (one.do === "say") deliver(said, true);
          } else if (one.do === "again" && words.length > 0) {
            const copy = words.at(-1 - (one.which % words.length))!;
            // A copy of an earlier start is not that start alive: it carries the time at which it was sent.
            deliver(copy, false);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
