import { expect, it } from "vitest";
import { rolloutMarks, type RolloutStory } from "./rollout-marks";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 12, minute));
const story = (over: Partial<RolloutStory> = {}): RolloutStory => ({
  changeId: "c7",
  number: 7,
  title: "FP8",
  startedAt: at(0),
  endedAt: null,
  plan: { strategy: "nodes", sharesPercent: [25, 50, 100] },
  state: { phase: "soaking", reason: "Being compared." },
  steps: [
    { step: 0, at: at(1) },
    { step: 1, at: at(10) },
  ],
  ...over,
});
const hour = { from: at(0), to: at(60) };
const said = (one: RolloutStory, within = hour) => rolloutMarks(one, within).map(({ kind, label }) => `${kind}: ${label}`);

it("marks the start and every further step, not the first one twice", () => {
  expect(said(story())).toEqual(["rollout: #7 FP8: rollout started", "rollout: #7 FP8: step 2 of 3, 50 % of nodes"]);
  expect(rolloutMarks(story(), hour)[1]).toMatchObject({ at: "2026-11-20T12:10:00.000Z", href: "/changes/c7" });
});

it("says how it ended, and why it went back", () => {
  const ended = (phase: "promoted" | "rolled_back", reason: string) => story({ endedAt: at(20), state: { phase, reason } });
  expect(said(ended("promoted", "Nothing spoke against it.")).at(-1)).toBe("promotion: #7 FP8: promoted");
  expect(said(ended("rolled_back", "Errors are worse.")).at(-1)).toBe("rollback: #7 FP8: rolled back. Errors are worse.");
});

it("keeps to the period: its start belongs to it, its end does not", () => {
  expect(said(story(), { from: at(10), to: at(11) })).toEqual(["rollout: #7 FP8: step 2 of 3, 50 % of nodes"]);
  expect(said(story(), { from: at(1), to: at(10) })).toEqual([]);
});
