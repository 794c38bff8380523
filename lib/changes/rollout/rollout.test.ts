import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, ROLLBACK_DEADLINE_MS, TICK_MS, type Command, type RolloutFacts, type TargetFact } from "./decide";
import { nodesOf, rolloutPlanSchema, thinSteps, usualPlan, withoutEmptyWaves, type RolloutPlan } from "./plan";
import { statusOf, type TargetReport } from "./target-status";
import { wantedOf } from "./wanted";
import { isLive, isTerminal, placementPercent, startOf, type Phase, type RolloutState } from "./state";

const MINUTE = 60_000;
const plan = usualPlan("traffic");
const target = (name: string, status: TargetFact["status"], inStep = true): TargetFact => ({ name, status, inStep });
const pass = { guardrail: "error", critical: true, verdict: "pass" } as const;

function facts(now: number, more: Partial<RolloutFacts> = {}): RolloutFacts {
  return {
    targets: [target("gw-1", "healthy")],
    preflight: [],
    frozen: false,
    hardStops: [],
    verdicts: [pass],
    splitAsPlanned: true,
    canaryRequests: 1_000,
    dataUntil: now,
    stableHealthy: true,
    commands: [],
    ...more,
  };
}

/** Ticks until it is over or stands still, or `minutes` have gone by. */
function run(
  start: RolloutState,
  minutes: number,
  factsAt: (now: number, state: RolloutState) => RolloutFacts,
  thePlan: RolloutPlan = plan,
): { state: RolloutState; now: number; seen: Phase[] } {
  let state = start;
  const seen: Phase[] = [start.phase];
  let now = 0;
  for (; now <= minutes * MINUTE && !isTerminal(state.phase); now += TICK_MS) {
    state = decide(state, thePlan, factsAt(now, state), now).state;
    if (seen.at(-1) !== state.phase) seen.push(state.phase);
  }
  return { state, now, seen };
}

const at = (phase: Phase, more: Partial<RolloutState> = {}): RolloutState => ({ ...startOf(0), phase, ...more });

describe("a rollout that harms nobody", () => {
  it("goes through every step and is promoted, in the time the plan says", () => {
    const { state, now } = run(startOf(0), 600, (at) => facts(at));
    expect(state.phase).toBe("promoted");
    // 4 steps of 10 minutes before everybody, 30 minutes of baking, a few ticks between.
    expect(now / MINUTE).toBeGreaterThanOrEqual(70);
    expect(now / MINUTE).toBeLessThan(75);
  });

  it("puts ever more on it, and everybody back on stable when it ends badly", () => {
    const shares = [0, 1, 2, 3, 4].map((step) => placementPercent(at("soaking", { step }), plan));
    expect(shares).toEqual([1, 5, 25, 50, 100]);
    expect(placementPercent(at("rolling_back", { step: 3 }), plan)).toBe(0);
    expect(placementPercent(at("rollback_degraded", { step: 3 }), plan)).toBe(0);
    expect(placementPercent(at("promoted"), plan)).toBe(100);
    expect(placementPercent(at("promoted"), usualPlan("shadow"))).toBe(0);
  });
});

describe("harm", () => {
  const soaking = at("soaking", { step: 1 });

  it.each<[string, Partial<RolloutFacts>, RegExp]>([
    ["a hard stop", { hardStops: ["gw-1 could not apply it and went back."] }, /could not apply/],
    ["a guardrail", { verdicts: [{ ...pass, verdict: "harm" }] }, /Worse than allowed: error/],
    [
      "a guardrail in words",
      { verdicts: [{ ...pass, verdict: "harm", words: "Errors 9 times as often" }] },
      /: Errors 9 times as often\.$/,
    ],
    ["one that is not critical, too", { verdicts: [{ ...pass, critical: false, verdict: "harm" }] }, /Worse/],
    ["an order to abort", { commands: [{ number: 1, kind: "abort", by: "Ada" }] }, /Ada aborted it/],
  ])("%s rolls it back, even while it is paused and frozen", (_, what, reason) => {
    const still = { ...soaking, pauses: ["manual"] as const, pausedSince: 0 };
    const { state } = decide(still, plan, facts(1_000, { ...what, frozen: true }), 1_000);
    expect(state.phase).toBe("rolling_back");
    expect(state.reason).toMatch(reason);
    expect(state.pauses).toEqual([]);
  });

  it("without telemetry it stands still after 3 minutes and goes back after 15", () => {
    const blind = (now: number) => facts(now, { dataUntil: 0 });
    expect(run(soaking, 4, blind).state.pauses).toEqual(["metrics_unavailable"]);
    expect(run(soaking, 16, blind).seen).toContain("rolling_back");
  });

  it("a target that does not apply in time takes the step back, or is left behind where the plan says so", () => {
    const targets = [target("gw-1", "healthy"), target("gw-2", "applying")];
    const deploying = at("deploying");
    expect(run(deploying, 31, (now) => facts(now, { targets })).state).toMatchObject({
      phase: "rolling_back",
      reason: "gw-2 did not apply it within 30 minutes.",
    });
    const lenient = { ...plan, onDeadline: "leave_stragglers" } as const;
    expect(run(deploying, 31, (now) => facts(now, { targets }), lenient).state.phase).toBe("soaking");
  });

  it("before anything was offered an abort has nothing to take back", () => {
    const { state } = decide(startOf(0), plan, facts(0, { commands: [{ number: 1, kind: "abort", by: "Ada" }] }), 0);
    expect(state.phase).toBe("rolled_back");
  });
});

describe("rolling back", () => {
  const back = at("rolling_back", { reason: "Errors." });

  it("is over when everybody who can be reached runs what was stable", () => {
    const targets = [target("gw-1", "healthy", false), target("gw-2", "unreachable", false)];
    expect(decide(back, plan, facts(1, { targets }), 1).state.phase).toBe("rolled_back");
  });

  it("is degraded, and a person is called, when it takes too long or stable does not work either", () => {
    const targets = [target("gw-1", "applying", false)];
    const late = ROLLBACK_DEADLINE_MS + 1;
    expect(decide(back, plan, facts(late, { targets }), late).state.phase).toBe("rollback_degraded");
    expect(decide(back, plan, facts(1, { stableHealthy: false }), 1).state.phase).toBe("rollback_degraded");
  });

  it("takes no orders", () => {
    const commands: Command[] = [
      { number: 1, kind: "pause", by: "Ada" },
      { number: 2, kind: "promote", by: "Ada" },
    ];
    const { state } = decide(back, plan, facts(1, { targets: [target("gw-1", "applying", false)], commands }), 1);
    expect(state).toMatchObject({ phase: "rolling_back", pauses: [], commandsSeen: 2 });
  });
});

describe("standing still", () => {
  it("does not count against soaking, and a freeze ends by itself", () => {
    const frozenFor5 = (now: number) => facts(now, { frozen: now < 5 * MINUTE });
    const { state } = run(at("soaking"), 14.5, frozenFor5);
    expect(state.phase).toBe("soaking");
    expect(run(at("soaking"), 15.5, frozenFor5).state.step).toBe(1);
  });

  it("resume clears what a person asked for, never a fact", () => {
    const still = at("soaking", { pauses: ["manual", "freeze"], pausedSince: 0 });
    const resume: Command = { number: 1, kind: "resume", by: "Ada" };
    const { state } = decide(still, plan, facts(1, { frozen: true, commands: [resume] }), 1);
    expect(state.pauses).toEqual(["freeze"]);
  });

  it("a clock that jumped an hour ahead and back costs no hour of waiting", () => {
    const jumped = at("soaking", { since: 60 * MINUTE, pausedSince: 61 * MINUTE, pauses: ["freeze"] });
    const { state } = decide(jumped, plan, facts(5 * MINUTE), 5 * MINUTE);
    expect(state).toMatchObject({ since: 5 * MINUTE, pausedSince: null });
    const { state: later } = decide(state, plan, facts(16 * MINUTE), 16 * MINUTE);
    expect(later.phase).toBe("gated");
  });

  it("waits for a person before a step that asks for one", () => {
    const asking = rolloutPlanSchema.parse({ ...plan, askBefore: [1] });
    const waiting = run(at("gated"), 60, (now) => facts(now), asking);
    expect(waiting.state).toMatchObject({ phase: "gated", pauses: ["approval"] });
    const go: Command = { number: 1, kind: "resume", by: "Ada" };
    expect(decide(waiting.state, asking, facts(waiting.now, { commands: [go] }), waiting.now).state).toMatchObject({
      phase: "deploying",
      step: 1,
    });
  });

  it("unreachable targets are no success: with too few others it waits", () => {
    const { state } = run(at("deploying"), 100, (now) => facts(now, { targets: [target("gw-1", "unreachable")] }));
    expect(state).toMatchObject({ phase: "deploying", pauses: ["min_targets"] });
  });
});

describe("the judgement before everybody gets it", () => {
  const gate = at("gated", { step: 3 });
  const unclear = (now: number) => facts(now, { verdicts: [{ ...pass, verdict: "inconclusive" as const }] });

  it("is put off once, then a person decides", () => {
    const { state } = run(gate, 30, unclear);
    expect(state).toMatchObject({ phase: "gated", pauses: ["inconclusive"], step: 3 });
    expect(decide(state, plan, { ...unclear(1), commands: [{ number: 1, kind: "resume", by: "Ada" }] }, 1).state.pauses).toEqual([
      "inconclusive",
    ]);
    const over = decide(state, plan, { ...unclear(1), commands: [{ number: 1, kind: "promote", by: "Ada" }] }, 1).state;
    expect(over).toMatchObject({ phase: "deploying", step: 4, overridden: false });
  });

  it("between steps it is enough that nothing speaks against it", () => {
    expect(run(at("gated", { step: 1 }), 0, unclear).state.step).toBe(2);
  });

  it.each(["no_data", "provider_error", "too_few", "inconclusive"] as const)("%s is never a pass", (verdict) => {
    const { state } = run(gate, 600, (now) => facts(now, { verdicts: [{ ...pass, verdict }] }));
    expect(state.phase).toBe("gated");
  });

  it("a split that is not as planned is never judged", () => {
    const { state } = run(gate, 600, (now) => facts(now, { splitAsPlanned: false }));
    expect(state.pauses).toEqual(["inconclusive"]);
    expect(state.reason).toMatch(/split/);
  });
});

describe("waves of nodes", () => {
  const waves = (total: number) => {
    const shares = withoutEmptyWaves(usualPlan("nodes"), total).sharesPercent;
    return shares.map((share) => nodesOf(share, total));
  };

  it("begin with one node; a wave that adds none is no step", () => {
    expect(waves(4)).toEqual([1, 2, 4]);
    expect(waves(1)).toEqual([1]);
    expect(waves(2)).toEqual([1, 2]);
    expect(waves(100)).toEqual([1, 25, 50, 100]);
  });

  it("are told when they compare fewer than four nodes a side and ask nobody before going on", () => {
    const thin = (total: number, askBefore: number[] = []) =>
      thinSteps({ ...withoutEmptyWaves(usualPlan("nodes"), total), askBefore }, total);
    // One of four, then two of four; nothing is compared when all have it.
    expect(thin(4)).toEqual([
      { step: 0, canary: 1, baseline: 3 },
      { step: 1, canary: 2, baseline: 2 },
    ]);
    expect(thin(4, [1, 2])).toEqual([]);
    expect(thin(4, [2])).toEqual([{ step: 0, canary: 1, baseline: 3 }]);
    // 1, 4, 8, 16: the first is one node; four with twelve is enough.
    expect(thin(16)).toEqual([{ step: 0, canary: 1, baseline: 15 }]);
    expect(thinSteps(usualPlan("traffic"), 2)).toEqual([]);
  });

  it("keep the step before which a person was to be asked", () => {
    const asking = { ...usualPlan("nodes"), askBefore: [2, 3] };
    expect(withoutEmptyWaves(asking, 4)).toMatchObject({ sharesPercent: [25, 50, 100], askBefore: [1, 2] });
  });
});

describe("who is to run what", () => {
  const four = ["a", "b", "c", "d"].map((id, position) => ({ id, position }));
  const kinds = (state: RolloutState, thePlan: RolloutPlan) => four.map(({ id }) => wantedOf(state, thePlan, four).get(id));

  it("gateways share their requests; with everybody on it there is no experiment left", () => {
    const some = { run: "canary", sharePercent: 25, mode: "serve" };
    expect(kinds(at("soaking", { step: 2 }), plan)).toEqual([some, some, some, some]);
    expect(kinds(at("baking", { step: 4 }), plan)[0]).toEqual({ run: "final", leased: true });
    expect(kinds(at("promoted", { step: 4 }), plan)[0]).toEqual({ run: "final", leased: false });
    expect(kinds(at("rolling_back", { step: 4 }), plan)[0]).toEqual({ run: "stable" });
  });

  it("nodes follow each other in their order", () => {
    const waves = withoutEmptyWaves(usualPlan("nodes"), 4);
    const leased = { run: "final", leased: true };
    const stable = { run: "stable" };
    expect(kinds(at("deploying", { step: 0 }), waves)).toEqual([leased, stable, stable, stable]);
    expect(kinds(at("deploying", { step: 1 }), waves)).toEqual([leased, leased, stable, stable]);
    expect(kinds(at("pending"), waves)).toEqual([stable, stable, stable, stable]);
  });

  it("a shadow is mirrored and, at its end, gone", () => {
    const shadow = usualPlan("shadow");
    expect(kinds(at("soaking", { step: 0 }), shadow)[0]).toEqual({ run: "canary", sharePercent: 10, mode: "shadow" });
    expect(kinds(at("baking", { step: 1 }), shadow)[0]).toEqual({ run: "canary", sharePercent: 100, mode: "shadow" });
    expect(kinds(at("promoted", { step: 1 }), shadow)[0]).toEqual({ run: "stable" });
  });
});

describe("what a target reports", () => {
  const said: TargetReport = { active: true, capable: true, inStep: true, liveness: "online", order: "healthy" };

  it.each<[TargetFact["status"], Partial<TargetReport>]>([
    ["healthy", {}],
    ["unreachable", { liveness: "offline" }],
    ["unreachable", { active: false }],
    ["skipped", { capable: false, liveness: "offline" }],
    ["pending", { order: "none" }],
    ["healthy", { order: "none", inStep: false }],
    ["unreachable", { order: "none", inStep: false, liveness: "offline" }],
    ["pending", { order: "offered" }],
    ["applying", { order: "warming" }],
    ["drifted", { order: "drifted" }],
    ["failed", { order: "failed" }],
    ["refused", { order: "refused" }],
  ])("%s", (status, more) => {
    expect(statusOf({ ...said, ...more })).toBe(status);
  });
});

describe("whatever happens", () => {
  const verdict = fc.constantFrom("harm", "pass", "inconclusive", "too_few", "no_data", "provider_error" as const);
  const status = fc.constantFrom(
    "pending",
    "applying",
    "healthy",
    "failed",
    "refused",
    "unreachable",
    "drifted",
    "skipped" as const,
  );
  const usually = <T>(good: T, other: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: other });
  const event = fc.record({
    afterMs: fc.integer({ min: 0, max: 12 * MINUTE }),
    statuses: fc.array(usually("healthy", status), { minLength: 2, maxLength: 2 }),
    preflight: usually<string[] | null>([], fc.constantFrom(null, ["No capacity."])),
    frozen: usually(false, fc.boolean()),
    hardStop: usually(false, fc.boolean()),
    verdicts: fc.tuple(usually("pass", verdict), verdict),
    splitAsPlanned: usually(true, fc.boolean()),
    canaryRequests: usually(500, fc.constantFrom(0, 50)),
    dataAgeMs: usually(0, fc.integer({ min: 0, max: 20 * MINUTE })),
    stableHealthy: usually(true, fc.boolean()),
    command: usually<Command["kind"] | null>(null, fc.constantFrom("pause", "resume", "promote", "abort", "supersede")),
  });

  const ALLOWED: Record<string, Phase[]> = {
    pending: ["preflight", "rolled_back", "superseded"],
    preflight: ["deploying", "failed_preflight", "rolled_back", "superseded"],
    deploying: ["soaking", "baking", "rolling_back"],
    soaking: ["gated", "rolling_back"],
    gated: ["deploying", "soaking", "rolling_back"],
    baking: ["promoted", "rolling_back"],
    rolling_back: ["rolled_back", "rollback_degraded"],
  };

  it("only drawn transitions, harm wins, nothing advances while it stands still, promoted means judged", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.constantFrom("traffic", "nodes", "all" as const), (events, strategy) => {
        const thePlan = usualPlan(strategy);
        let state = startOf(0);
        let now = 0;
        let number = 0;
        let judged = strategy === "all";
        let aborted = false;
        for (const one of events) {
          now += one.afterMs;
          const commands: Command[] = one.command ? [{ number: ++number, kind: one.command, by: "Ada" }] : [];
          const observed = facts(now, {
            targets: one.statuses.map((each, index) => target(`t${index}`, each)),
            preflight: one.preflight,
            frozen: one.frozen,
            hardStops: one.hardStop ? ["It crashed."] : [],
            verdicts: [
              { guardrail: "error", critical: true, verdict: one.verdicts[0] },
              { guardrail: "retry", critical: false, verdict: one.verdicts[1] },
            ],
            splitAsPlanned: one.splitAsPlanned,
            canaryRequests: one.canaryRequests,
            dataUntil: now - one.dataAgeMs,
            stableHealthy: one.stableHealthy,
            commands,
          });
          const { state: next, wakeAt } = decide(state, thePlan, observed, now);
          if (next.phase !== state.phase) expect(ALLOWED[state.phase]).toContain(next.phase);
          const live = ["deploying", "soaking", "gated", "baking"].includes(state.phase);
          const harmful = one.hardStop || one.verdicts.includes("harm");
          if (live && harmful) expect(next.phase).toBe("rolling_back");
          if (one.command === "abort" && isLive(state.phase)) aborted = true;
          if (aborted) expect(placementPercent(next, thePlan)).toBe(0);
          if (next.step > state.step) {
            expect(next.pauses).toEqual([]);
            const last = next.step === thePlan.sharesPercent.length - 1;
            if (last) {
              judged = true;
              const overridden = state.overridden || (one.command === "promote" && state.pauses.includes("inconclusive"));
              expect(one.verdicts[0] === "pass" || overridden).toBe(true);
            }
          }
          if (next.phase === "promoted") expect(judged).toBe(true);
          if (isTerminal(next.phase)) expect(wakeAt).toBeNull();
          else expect(wakeAt).toBeLessThanOrEqual(now + TICK_MS);
          if (isTerminal(state.phase)) expect(next).toEqual(state);
          state = next;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("if the world stays as it is, it ends or stands still with a reason, within its deadlines", () => {
    fc.assert(
      fc.property(event, fc.constantFrom("traffic", "nodes", "all" as const), (one, strategy) => {
        const thePlan = { ...usualPlan(strategy), maxSoakMin: 30 };
        const { state } = run(
          startOf(0),
          5 * (30 + 30 + 10) + 60,
          (now) =>
            facts(now, {
              targets: one.statuses.map((each, index) => target(`t${index}`, each)),
              preflight: one.preflight,
              frozen: one.frozen,
              hardStops: one.hardStop ? ["It crashed."] : [],
              verdicts: [{ guardrail: "error", critical: true, verdict: one.verdicts[0] }],
              splitAsPlanned: one.splitAsPlanned,
              canaryRequests: one.canaryRequests,
              dataUntil: now - one.dataAgeMs,
              stableHealthy: one.stableHealthy,
            }),
          thePlan,
        );
        expect(isTerminal(state.phase) || state.pauses.length > 0).toBe(true);
        expect(state.reason).not.toBe("");
      }),
      { numRuns: 200 },
    );
  });
});
