import { describe, expect, it } from "vitest";
import { usualPlan } from "@/lib/changes/rollout/plan";
import { startOf, type RolloutState } from "@/lib/changes/rollout/state";
import type { ChangeView, GuardrailSeries } from "@/lib/changes/schemas";
import { prepareActions, prepareCommands, standingOf } from "./prepare-actions";
import { prepareGuardrail } from "./prepare-guardrail";
import { stepMarks } from "./step-marks";
import { prepareTimeline, type TimelineInput } from "./prepare-timeline";

const T0 = Date.parse("2026-11-20T12:00:00Z");
const MINUTE = 60_000;
const at = (over: Partial<RolloutState>): RolloutState => ({ ...startOf(T0), ...over });

describe("prepareTimeline", () => {
  const input: TimelineInput = {
    plan: usualPlan("traffic"),
    state: null,
    touched: false,
    canaryRequests: null,
    nextJudgementAt: null,
    targets: 2,
  };
  const looks = (over: Partial<TimelineInput>) => prepareTimeline({ ...input, ...over }).steps.map(({ look }) => look);

  it("before it began: what is planned", () => {
    const { steps, pauses } = prepareTimeline(input);
    expect(steps.map(({ title, note }) => `${title}: ${note}`)).toEqual([
      "Gates once more: approvals, base versions, freezes, locks",
      "1 % of requests: compared for 10 min, at least 100 requests",
      "5 % of requests: compared for 10 min, at least 100 requests",
      "25 % of requests: compared for 10 min, at least 100 requests",
      "50 % of requests: compared for 10 min, at least 100 requests",
      "Everybody: watched for 30 min",
      "Promoted: the policies get new versions",
    ]);
    expect(new Set(steps.map(({ look }) => look))).toEqual(new Set(["next"]));
    expect(pauses).toEqual([]);
  });

  it("while a step is compared: what it waits for and until when", () => {
    const state = at({ phase: "soaking", step: 1, since: T0 });
    const { steps } = prepareTimeline({ ...input, state, touched: true, canaryRequests: 40 });
    expect(steps.map(({ look }) => look)).toEqual(["done", "done", "current", "next", "next", "next", "next"]);
    expect(steps[2]).toMatchObject({
      note: "Being compared: 40 of 100 requests",
      until: { label: "until it is judged", at: T0 + 10 * MINUTE },
    });
  });

  it("paused: it says every reason, and counts nothing down", () => {
    const state = at({ phase: "gated", step: 3, pauses: ["inconclusive", "freeze"], pausedSince: T0 });
    const timeline = prepareTimeline({ ...input, state, touched: true });
    expect(timeline.pauses).toHaveLength(2);
    expect(timeline.standsStillSince).toBe(T0);
    expect(timeline.steps[4]).toMatchObject({ look: "paused", until: null });
  });

  it("rolled back: where the harm was seen, and what never began", () => {
    const state = at({ phase: "rolled_back", step: 2, reason: "Worse than allowed: error." });
    const { steps } = prepareTimeline({ ...input, state, touched: true });
    expect(steps.map(({ look }) => look)).toEqual(["done", "done", "done", "harmed", "left_out", "left_out", "done"]);
    expect(steps.at(-1)).toMatchObject({ title: "Rolled back", note: "Worse than allowed: error." });
  });

  it.each<[string, Partial<RolloutState>, boolean, string[]]>([
    ["promoted", { phase: "promoted", step: 4 }, true, ["done", "done", "done", "done", "done", "done", "done"]],
    [
      "a gate that did not open",
      { phase: "failed_preflight" },
      false,
      ["harmed", "left_out", "left_out", "left_out", "left_out", "left_out", "harmed"],
    ],
    [
      "aborted before anything was offered",
      { phase: "rolled_back" },
      false,
      ["left_out", "left_out", "left_out", "left_out", "left_out", "left_out", "done"],
    ],
  ])("%s", (_, state, touched, expected) => {
    expect(looks({ state: at(state), touched })).toEqual(expected);
  });

  it("waves of nodes are said in nodes: 25 % of 4 is one", () => {
    const { steps } = prepareTimeline({ ...input, plan: usualPlan("nodes"), targets: 4 });
    expect(steps.slice(1, -1).map(({ title }) => title)).toEqual([
      "1 of 4 targets",
      "1 of 4 targets",
      "2 of 4 targets",
      "4 of 4 targets",
    ]);
  });
});

describe("prepareGuardrail", () => {
  const series: GuardrailSeries = {
    guardrail: "cost_per_successful_request",
    critical: true,
    tolerance: 0.1,
    newest: {
      verdict: "inconclusive",
      ratio: 1.032,
      lowerBound: null,
      upperBound: 1.18,
      evidence: 0.4,
      exposed: { canary: 1_204, baseline: 11_340 },
    },
    points: [
      { at: "2026-11-20T12:00:00Z", canary: 2_200_000, baseline: 2_000_000 },
      { at: "2026-11-20T12:01:00Z", canary: null, baseline: 2_000_000 },
      { at: "2026-11-20T12:02:00Z", canary: 1_900_000, baseline: null },
    ],
  };

  it("money in dollars, the band from the baseline to what is tolerated, gaps stay gaps", () => {
    const { unit, rows, max } = prepareGuardrail(series);
    expect(unit).toBe("usd");
    expect(rows.map(({ canary, baseline }) => [canary, baseline])).toEqual([
      [0.0022, 0.002],
      [null, 0.002],
      [0.0019, null],
    ]);
    expect(rows[0]!.allowed![1]).toBeCloseTo(0.0022, 10);
    expect(rows[2]!.allowed).toBeNull();
    expect(max).toBeCloseTo(0.0022, 10);
  });

  it("says the difference, how sure it is, what is allowed, and of how many", () => {
    expect(prepareGuardrail(series)).toMatchObject({
      title: "Cost per successful request",
      comparison: "3.2 % more than the baseline",
      bound: "surely less than +18 %",
      allowed: "allowed up to +10 %",
      sample: "1,204 canary and 11,340 baseline successes",
    });
    const error = { ...series, guardrail: "error", newest: { ...series.newest, ratio: 0.5, upperBound: 0.9 } };
    expect(prepareGuardrail(error)).toMatchObject({
      comparison: "50 % less often than the baseline",
      bound: "surely less than −10 %",
    });
  });

  it("says both ends where they are known, and says it where neither arm has any", () => {
    const both = { ...series, newest: { ...series.newest, lowerBound: 0.95 } };
    expect(prepareGuardrail(both).bound).toBe("surely between −5 % and +18 %");
    const newest = { ...series.newest, ratio: null, upperBound: null };
    const zero = { ...series.points[0]!, canary: 0, baseline: 0 };
    expect(prepareGuardrail({ ...series, guardrail: "error", newest, points: [zero] }).comparison).toBe("None in either");
    const only = { ...zero, canary: 0.1 };
    expect(prepareGuardrail({ ...series, guardrail: "error", newest, points: [only] }).comparison).toBe("Only in the canary");
  });

  it("no comparison is not an equal one", () => {
    const none = { ...series, newest: { ...series.newest, ratio: null, upperBound: null } };
    expect(prepareGuardrail(none)).toMatchObject({ comparison: null, bound: null });
  });
});

it("marks each step once, when it began, and how it ended", () => {
  const entry = (at: string, phase: string, step: number, reason: string) => ({ at, phase, step, reason, pauses: [] });
  const history = [
    entry("t5", "rolling_back", 1, "Errors."),
    entry("t4", "deploying", 1, "Step 2 again."),
    entry("t3", "deploying", 1, "Step 2."),
    entry("t2", "soaking", 0, "Compared."),
    entry("t1", "deploying", 0, "Step 1."),
  ];
  expect(stepMarks({ history })).toEqual([
    { at: "t1", kind: "rollout", label: "Step 1." },
    { at: "t3", kind: "rollout", label: "Step 2." },
    { at: "t5", kind: "rollback", label: "Errors." },
  ]);
});

describe("the action box", () => {
  const flags = { stale: false, conflicting: false, frozen: false, awaitingQuorum: true, reviewOwed: false };
  const actions: ChangeView["actions"] = [
    { kind: "approve", allowed: false, why: "You worked on it: somebody else approves it." },
    { kind: "ask_changes", allowed: true, why: null },
    { kind: "start", allowed: false, why: "A change that is in review cannot start." },
    { kind: "break_glass", allowed: false, why: "This needs the permission to break the glass." },
  ];

  it("offers what fits where it stands, and says what is missing", () => {
    expect(prepareActions({ status: "in_review", flags, actions })).toEqual([
      {
        kind: "approve",
        label: "Approve",
        variant: "default",
        allowed: false,
        why: "You worked on it: somebody else approves it.",
      },
      { kind: "ask_changes", label: "Ask for changes", variant: "outline", allowed: true, why: null },
    ]);
  });

  it("does not speak of the glass to who may not break it", () => {
    expect(prepareActions({ status: "draft", flags, actions })).toEqual([]);
    const may = actions.map((action) => ({ ...action, allowed: true, why: null }));
    expect(prepareActions({ status: "draft", flags, actions: may }).map(({ kind }) => kind)).toEqual(["break_glass"]);
  });

  it("an owed review comes first", () => {
    const owed = { ...flags, reviewOwed: true };
    expect(
      prepareActions({ status: "promoted", flags: owed, actions: [{ kind: "review", allowed: true, why: null }] }).map(
        ({ label }) => label,
      ),
    ).toEqual(["Close the review"]);
  });

  it("says how many approvals are missing", () => {
    const change = {
      status: "in_review",
      statusReason: null,
      approvals: { counting: 1, quorum: 2 },
      flags,
      schedule: null,
    } as unknown as ChangeView;
    expect(standingOf(change, null)).toBe("1 more approval is needed, by somebody who did not work on it.");
  });

  it("abort is offered in every live phase, and only then; going on only when a person is waited for", () => {
    const commands = (over: Partial<RolloutState>, lead = true) =>
      prepareCommands(at(over), lead).map(({ kind, allowed }) => `${kind} ${allowed}`);
    expect(commands({ phase: "soaking" })).toEqual(["abort true", "pause true", "promote false"]);
    expect(commands({ phase: "gated", pauses: ["inconclusive"] })).toEqual(["abort true", "pause true", "promote true"]);
    expect(commands({ phase: "soaking", pauses: ["manual", "freeze"] })).toEqual(["abort true", "resume true", "promote true"]);
    expect(commands({ phase: "soaking" }, false)).toEqual(["abort false", "pause false", "promote false"]);
    expect(commands({ phase: "rolling_back" })).toEqual([]);
    expect(commands({ phase: "promoted" })).toEqual([]);
  });
});
