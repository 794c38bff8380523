import { describe, expect, it } from "vitest";
import { cellsOf } from "./cells";
import { bookedOf, measureSaving, type MeasuredSaving, type SavingCell } from "./measure";
import { simulateSeasonal, simulateSplit } from "./simulate";

/** Twenty groups of each arm, with these sums of one group. */
function arms(stratum: string, treated: [cost: number, n: number], control: [cost: number, n: number]): SavingCell[] {
  return Array.from({ length: 20 }, (_, index) => [
    { stratum, arm: "treated" as const, group: `g${index}`, costNanoUsd: treated[0], successes: treated[1] },
    { stratum, arm: "control" as const, group: `g${index}`, costNanoUsd: control[0], successes: control[1] },
  ]).flat();
}
const measured = (cells: SavingCell[], paired = true) => measureSaving(cells, { paired }) as MeasuredSaving;

describe("a measured saving", () => {
  it("worked out by hand: same cost in every group leaves no doubt", () => {
    // 20 groups of 5 treated successes at 60 each and 10 controls at 100 each: 100 treated × 40 saved of 100 each.
    expect(measured(arms("a", [300, 5], [1_000, 10]))).toEqual({
      savingNanoUsd: 4_000,
      lowNanoUsd: 4_000,
      highNanoUsd: 4_000,
      share: 0.4,
      lowShare: 0.4,
      highShare: 0.4,
      treatedSuccesses: 100,
      controlSuccesses: 200,
    });
  });

  it("compares within strata: a canary of the dear hours alone is no loss", () => {
    const cheap = arms("night", [10, 1], [1_000, 100]);
    const dear = arms("day", [5_000, 50], [200, 2]);
    // Pooled, the canary would cost 98 each and the control 12 each; within each hour nothing differs.
    expect(measured([...cheap, ...dear]).savingNanoUsd).toBe(0);
  });

  it("leaves out what only one arm did", () => {
    const only: SavingCell[] = [{ stratum: "b", arm: "treated", group: "g0", costNanoUsd: 9_999, successes: 9 }];
    expect(measured([...arms("a", [300, 5], [1_000, 10]), ...only])).toMatchObject({
      savingNanoUsd: 4_000,
      treatedSuccesses: 100,
    });
  });

  it("is nothing before there is treated traffic, or when there is too little of it", () => {
    expect(measureSaving([], { paired: true })).toEqual({
      tooFew: "Only 0 successes of changed requests are comparable; 30 are needed.",
    });
    expect(measureSaving(arms("a", [30, 1], [1_000, 10]), { paired: true })).toHaveProperty("tooFew");
    const oneDay = arms("a", [300, 5], [1_000, 10]).map((cell) => (cell.arm === "treated" ? { ...cell, group: "d" } : cell));
    expect(measureSaving(oneDay, { paired: false })).toEqual({ tooFew: "Only 1 day can be compared; 5 are needed." });
  });

  it("books the lower bound, nothing while it is not above zero, and a certain loss as one", () => {
    const saving = measured(arms("a", [300, 5], [1_000, 10]));
    expect(bookedOf({ ...saving, lowNanoUsd: 2_500 })).toBe(2_500);
    expect(bookedOf({ ...saving, lowNanoUsd: -10 })).toBe(0);
    expect(bookedOf({ ...saving, lowNanoUsd: -900, highNanoUsd: -100 })).toBe(-100);
    expect(bookedOf({ tooFew: "…" })).toBe(0);
  });
});

/** Each some thousand requests: half a minute of computing, more where others compute too. */
const RUNS = 200;
const PATIENCE_MS = 400_000;

describe("95 % intervals over seeded runs whose true saving is known", () => {
  const shapes = {
    "side by side, 40 % saved": { simulate: simulateSplit, factor: 0.6, method: "split" as const },
    "side by side, nothing saved": { simulate: simulateSplit, factor: 1, method: "split" as const },
    "one after the other, 40 % saved": { simulate: simulateSeasonal, factor: 0.6, method: "seasonal" as const },
  };
  it.each(Object.entries(shapes))(
    "%s: 200 runs hold it at least nine times in ten",
    (_, { simulate, factor, method }) => {
      const runs = Array.from({ length: RUNS }, (_one, seed) => {
        const { rollout, events, trueNanoUsd } = simulate({ seed, factor });
        const { cells } = cellsOf({ rollout, method, events, later: [], cost: ({ storedNanoUsd }) => storedNanoUsd });
        const { lowNanoUsd, highNanoUsd } = measured(cells, method === "split");
        return { held: lowNanoUsd <= trueNanoUsd && trueNanoUsd <= highNanoUsd, overbooked: trueNanoUsd < lowNanoUsd };
      });
      const shareOf = (which: "held" | "overbooked") => runs.filter((run) => run[which]).length / runs.length;
      expect(shareOf("held")).toBeGreaterThanOrEqual(0.9);
      // What is booked, the lower bound, is more than the truth in few of them.
      expect(shareOf("overbooked")).toBeLessThanOrEqual(0.06);
    },
    PATIENCE_MS,
  );
});
