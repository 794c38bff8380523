import { describe, expect, it } from "vitest";
import { nextState, type KnownFinding } from "./next-state";

const NOW = new Date("2026-11-20T00:00:00Z");
const day = (offset: number) => new Date(NOW.getTime() + offset * 86_400_000);
const known = (more: Partial<KnownFinding>): KnownFinding => ({ state: "open", dismissedUntil: null, change: null, ...more });

describe("what a finding becomes", () => {
  it.each([
    ["new and seen", null, true, "open"],
    ["open and seen", known({}), true, null],
    ["open and not seen", known({}), false, "gone"],
    ["gone and back", known({ state: "gone" }), true, "open"],
    ["verified and back", known({ state: "verified" }), true, "open"],
    ["dismissed for ever", known({ state: "dismissed" }), true, null],
    ["dismissed until tomorrow", known({ state: "dismissed", dismissedUntil: day(1) }), true, null],
    ["dismissed until now", known({ state: "dismissed", dismissedUntil: NOW }), true, "open"],
    ["a task in work, seen", known({ state: "in_change" }), true, null],
    ["a task in work, not seen", known({ state: "in_change" }), false, "verified"],
    ["its change is executing", known({ state: "in_change", change: { status: "executing", since: day(-1) } }), false, null],
    [
      "its change was rolled back",
      known({ state: "in_change", change: { status: "rolled_back", since: day(-1) } }),
      true,
      "open",
    ],
    [
      "its change was cancelled, and it is gone",
      known({ state: "in_change", change: { status: "cancelled", since: day(-1) } }),
      false,
      "gone",
    ],
    [
      "promoted, old days in the window",
      known({ state: "in_change", change: { status: "promoted", since: day(-7) } }),
      true,
      null,
    ],
    ["promoted and gone", known({ state: "in_change", change: { status: "promoted", since: day(-7) } }), false, "verified"],
    [
      "promoted for nine days and still there",
      known({ state: "in_change", change: { status: "promoted", since: day(-9) } }),
      true,
      "open",
    ],
  ] as const)("%s", (_, before, detected, expected) => {
    expect(nextState(before, detected, NOW)?.state ?? null).toBe(expected);
  });
});
