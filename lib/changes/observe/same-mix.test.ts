import { describe, expect, it } from "vitest";
import type { ArmRow } from "./arm-row";
import { costOnSameMix } from "./same-mix";

const row = (arm: ArmRow["arm"], route: string, successes: number, costNanoUsd: number): ArmRow => ({
  arm,
  minuteMs: 0,
  tenant: "acme",
  route,
  exposed: successes,
  successes,
  errors: 0,
  timeouts: 0,
  ooms: 0,
  retries: 0,
  slow: 0,
  streamed: 0,
  slowFirst: 0,
  qualityKnown: 0,
  qualityFailures: 0,
  costNanoUsd,
  tokens: 0,
});

describe("cost on the same mix", () => {
  it("does not take another mix for another price", () => {
    // Chat costs 10, drafts cost 1,000, in both arms. The canary happened to get more drafts.
    const rows = [
      row("canary", "chat", 10, 100),
      row("canary", "draft", 10, 10_000),
      row("baseline", "chat", 90, 900),
      row("baseline", "draft", 1, 1_000),
      row("baseline", "embed", 500, 0),
    ];
    expect(costOnSameMix(rows)).toEqual({
      canaryNanoUsd: 505n,
      baselineNanoUsd: 505n,
      canarySuccesses: 20,
      baselineSuccesses: 91,
    });
  });

  it("says nothing where the arms have nothing in common", () => {
    expect(costOnSameMix([row("canary", "chat", 10, 100), row("baseline", "draft", 10, 100)])).toBeNull();
  });
});
