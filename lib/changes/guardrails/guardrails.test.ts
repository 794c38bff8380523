import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { harmEvidence, rateSurelyBelow, ratioUpperBound, type CountBlock } from "./count-evidence";
import { failureStreak, hardStops, type HardStopFacts } from "./hard-stops";
import { alphaOf, judgeCount, judgeRatio, type CountCell } from "./judge";
import { mixtureWidth, pairedDifferences, ratioBounds } from "./ratio-bounds";
import { splitEvidence } from "./sample-ratio";
import { simulateRuns } from "./simulate";
import { guardrailSchema, guardrailsSchema, type CountGuardrail, type RatioGuardrail } from "./schemas";

const block = (nc: number, kc: number, nb: number, kb: number): CountBlock => ({
  canary: { exposed: nc, bad: kc },
  baseline: { exposed: nb, bad: kb },
});
const errors = guardrailSchema.parse({ kind: "count", metric: "error" }) as CountGuardrail;
const cost = guardrailSchema.parse({ kind: "ratio", metric: "cost_per_successful_request" }) as RatioGuardrail;

describe("evidence on counts", () => {
  it("is the mean of likelihood ratios, worked out by hand for one block", () => {
    // n_c = n_b = 100, L = 1.25: θ₀ = 125/225. r = 2: θ = 250/350. k_c = 3, k_b = 1:
    // (250/350 ÷ 125/225)³ · (100/350 ÷ 100/225) = 1.285714³ · 0.642857 = 1.366306
    // 1.5: θ 187.5/287.5 → 1.173913³ · 0.782609 = 1.266072; 4: 500/600 → 1.5³ · 0.375 = 1.265625
    // 10: 1250/1350 → 1.666667³ · 0.166667 = 0.771605; 40: 5000/5100 → 1.764706³ · 0.044118 = 0.242454
    const mean = (1.366306 + 1.266072 + 1.265625 + 0.771605 + 0.242454) / 5;
    expect(Math.exp(harmEvidence([block(100, 3, 100, 1)], 1.25, 1))).toBeCloseTo(mean, 5);
  });

  it("says nothing about what was not observed, and is e^0 then", () => {
    expect(harmEvidence([], 1.25, 1)).toBeCloseTo(0, 12);
    expect(harmEvidence([block(0, 0, 50, 3), block(50, 0, 0, 0), block(10, 0, 10, 0)], 1.25, 1)).toBeCloseTo(0, 12);
  });

  it("has expectation 1 under the limit itself: a fair bet, whatever the shares", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 8 }),
        (nc, nb, k) => {
          const theta = (nc * 1.25) / (nc * 1.25 + nb);
          let [expected, chance] = [0, (1 - theta) ** k];
          for (let kc = 0; kc <= k; kc++) {
            expected += chance * Math.exp(harmEvidence([block(nc, kc, nb, k - kc)], 1.25, 1));
            chance *= ((k - kc) / (kc + 1)) * (theta / (1 - theta));
          }
          expect(expected).toBeCloseTo(1, 6);
        },
      ),
    );
  });

  it("grows with every bad one of the canary, shrinks with every bad one of the baseline", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(20), fc.nat(200), fc.nat(20), (nc, kc, nb, kb) => {
        const at = (a: number, b: number) => harmEvidence([block(nc + 50, a, nb + 50, b)], 1.25, 1);
        expect(at(kc + 1, kb)).toBeGreaterThan(at(kc, kb));
        expect(at(kc, kb + 1)).toBeLessThan(at(kc, kb));
      }),
    );
  });

  it("takes bursts for less when they are usual", () => {
    const blocks = [block(100, 12, 900, 10)];
    expect(harmEvidence(blocks, 1.25, 4)).toBeLessThan(harmEvidence(blocks, 1.25, 1));
  });

  it("bounds the ratio from above, closer with more traffic, never below what is seen for equal arms", () => {
    const thousand = ratioUpperBound([block(1_000, 50, 1_000, 50)], 0.01, 1);
    const hundredThousand = ratioUpperBound([block(100_000, 5_000, 100_000, 5_000)], 0.01, 1);
    expect(thousand).toBeGreaterThan(1.3);
    expect(hundredThousand).toBeGreaterThan(1);
    expect(hundredThousand).toBeLessThan(1.1);
    expect(ratioUpperBound([block(500, 0, 500, 0)], 0.01, 1)).toBe(Infinity);
  });

  it("knows a rate to be low when nothing went wrong often enough", () => {
    // 1 % floor, α 1 %: ln 400 + … ≈ 6 ÷ 0.01 requests without a fault.
    expect(rateSurelyBelow([block(400, 0, 0, 0)], 0.01, 0.01, 1)).toBe(false);
    expect(rateSurelyBelow([block(700, 0, 0, 0)], 0.01, 0.01, 1)).toBe(true);
    expect(rateSurelyBelow([block(700, 7, 0, 0)], 0.01, 0.01, 1)).toBe(false);
  });
});

describe("bounds on ratios", () => {
  it("width of the confidence sequence, worked out by hand", () => {
    // α = 0.02: −2 ln 0.04 = 6.437752; ρ² = (6.437752 + ln 7.437752)/12 = (6.437752 + 2.006568)/12 = 0.703693
    // n = 12: nρ² + 1 = 9.444320; 2·9.444320/(144·0.703693) = 0.186404; ln(1 + √9.444320/0.04) = ln 77.8288 = 4.354512
    expect(mixtureWidth(12, 0.02)).toBeCloseTo(Math.sqrt(0.186404 * 4.354512), 4);
  });

  it("narrows with n and widens with smaller α", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 2_000 }), (n) => {
        expect(mixtureWidth(n + 1, 0.02)).toBeLessThan(mixtureWidth(n, 0.02));
        expect(mixtureWidth(n, 0.01)).toBeGreaterThan(mixtureWidth(n, 0.02));
      }),
    );
  });

  it("makes blocks of 20 successes in each arm; the rest waits", () => {
    const cell = (canary: number, baseline: number) => ({
      canary: { numerator: canary * 3, successes: canary },
      baseline: { numerator: baseline * 2, successes: baseline },
    });
    expect(pairedDifferences([cell(10, 100), cell(9, 100), cell(1, 100), cell(19, 500)])).toEqual([
      expect.closeTo(Math.log(1.5), 12),
    ]);
  });

  it("says nothing before 8 blocks, and allows for drift", () => {
    expect(ratioBounds(Array(7).fill(0.5), 0.02)).toBeNull();
    const noise = [0.1, -0.1, 0.1, -0.1, 0.1, -0.1, 0.1, -0.1];
    const drift = [-0.1, -0.1, -0.1, -0.1, 0.1, 0.1, 0.1, 0.1];
    const width = (d: number[]) => ratioBounds(d, 0.02)!.upper - ratioBounds(d, 0.02)!.lower;
    expect(width(drift)).toBeGreaterThan(width(noise) * 1.5);
  });
});

describe("the split", () => {
  it("is no surprise when it is as planned, and is one when a quarter is missing", () => {
    const planned = [{ share: 0.25, canary: 500, baseline: 1_500 }];
    const short = [{ share: 0.25, canary: 380, baseline: 1_620 }];
    expect(splitEvidence(planned, 1)).toBeLessThan(0);
    expect(splitEvidence(short, 1)).toBeGreaterThan(Math.log(1_000));
    expect(splitEvidence(short, 20)).toBeLessThan(Math.log(1_000));
  });
});

describe("verdicts", () => {
  const minute = (index: number, cell: CountBlock): CountCell => ({ minuteMs: index * 60_000, ...cell });

  it("never passes on missing data", () => {
    expect(judgeCount(errors, [], 0.01, 1).verdict).toBe("no_data");
    expect(judgeCount(errors, [minute(0, block(30, 0, 0, 0))], 0.01, 1).verdict).toBe("too_few");
    expect(judgeRatio(cost, [], 0.02).verdict).toBe("no_data");
  });

  it("does not blame the canary when the provider is down for both", () => {
    expect(judgeCount(errors, [minute(0, block(30, 30, 100, 90))], 0.01, 1).verdict).toBe("provider_error");
  });

  it("a total failure of 5 requests is harm at once; of something not critical only when it lasts", () => {
    const failure = [minute(0, block(5, 5, 95, 1))];
    expect(judgeCount(errors, failure, 0.01, 1).verdict).toBe("harm");
    expect(judgeCount({ ...errors, critical: false }, failure, 0.01, 1).verdict).not.toBe("harm");
    const lasting = [0, 1, 2].map((at) => minute(at, block(5, 5, 95, 1)));
    expect(judgeCount({ ...errors, critical: false }, lasting, 0.01, 1).verdict).toBe("harm");
  });

  it("passes what is surely within, either against the baseline or because it hardly ever happens", () => {
    expect(judgeCount(errors, [minute(0, block(1_000, 0, 9_000, 1))], 0.01, 1).verdict).toBe("pass");
    expect(judgeCount(errors, [minute(0, block(50_000, 5_000, 50_000, 5_000))], 0.01, 1).verdict).toBe("pass");
    expect(judgeCount(errors, [minute(0, block(300, 3, 300, 3))], 0.01, 1).verdict).toBe("inconclusive");
  });

  it("cost: what a cache answers for nothing passes, all of it or some; one dear block among them does not", () => {
    const cells = (costs: number[]) =>
      costs.map((each) => ({
        canary: { numerator: 20 * each, successes: 20 },
        baseline: { numerator: 20 * 100, successes: 20 },
      }));
    const free = Array<number>(8).fill(0);
    expect(judgeRatio(cost, [cells(free)], 0.02)).toMatchObject({ verdict: "pass", evidence: 0 });
    expect(judgeRatio(cost, [cells([90, 0, 60, 0, 5, 0, 70, 0, 30, 10, 80, 2])], 0.02).verdict).toBe("pass");
    expect(judgeRatio(cost, [cells([...free.slice(1), 10_000])], 0.02).verdict).toBe("inconclusive");
    expect(judgeRatio(cost, [cells(free.slice(1))], 0.02).verdict).toBe("too_few");
  });

  it("cost: 50 % more in every block is harm, the same is a pass", () => {
    const cells = (factor: number) =>
      Array.from({ length: 40 }, (_, index) => ({
        canary: { numerator: 20 * 100 * factor * (1 + 0.02 * Math.sin(index * 7)), successes: 20 },
        baseline: { numerator: 80 * 100 * (1 + 0.02 * Math.cos(index * 5)), successes: 80 },
      }));
    expect(judgeRatio(cost, [cells(1.5)], 0.02).verdict).toBe("harm");
    expect(judgeRatio(cost, [cells(1)], 0.02).verdict).toBe("pass");
    expect(judgeRatio(cost, [cells(1.5).slice(0, 5)], 0.02).verdict).toBe("too_few");
  });

  it("guardrails that are not critical share one chance of a false alarm", () => {
    expect(alphaOf({ ...errors, critical: false }, 4)).toBe(0.0025);
    expect(alphaOf(errors, 4)).toBe(0.01);
    expect(guardrailsSchema.safeParse([{ kind: "count", metric: "error", critical: false }]).success).toBe(false);
    expect(guardrailsSchema.safeParse([errors, errors]).success).toBe(false);
    expect(guardrailsSchema.safeParse([errors, cost]).success).toBe(true);
  });
});

describe("hard stops", () => {
  const healthy = { name: "node-1", status: "healthy", healthy: true, crashes: 0, outOfMemory: 0 } as const;
  const facts: HardStopFacts = {
    targets: [healthy],
    spendNanoUsdPerHour: 5n,
    spendCeilingNanoUsdPerHour: 5n,
    costPerSuccess: { canaryNanoUsd: 300n, baselineNanoUsd: 100n, canarySuccesses: 30, baselineSuccesses: 30 },
  };

  it("none at the limits themselves", () => {
    expect(hardStops(facts)).toEqual([]);
    expect(hardStops({ ...facts, targets: [{ ...healthy, outOfMemory: 1 }] })).toEqual([]);
  });

  it.each([
    ["a target that went back", { targets: [{ ...healthy, status: "failed" as const }] }],
    ["two out-of-memory ends", { targets: [{ ...healthy, outOfMemory: 2 }] }],
    ["a crash and an out-of-memory end", { targets: [{ ...healthy, crashes: 1, outOfMemory: 1 }] }],
    ["a failing probe", { targets: [{ ...healthy, healthy: false }] }],
    ["spend over the ceiling", { spendNanoUsdPerHour: 6n }],
    [
      "more than three times the cost",
      { costPerSuccess: { canaryNanoUsd: 301n, baselineNanoUsd: 100n, canarySuccesses: 30, baselineSuccesses: 30 } },
    ],
  ])("%s", (_, change) => {
    expect(hardStops({ ...facts, ...change })).toHaveLength(1);
  });
});

describe("a streak of failures", () => {
  it("needs six in a row, and more where the baseline fails too", () => {
    const cells = (canaryGood: number, canaryBad: number, baselineBad: number) => [
      block(canaryGood, 0, 50, baselineBad),
      block(canaryBad, canaryBad, 50, 0),
    ];
    expect(failureStreak(cells(4, 5, 0))).toBe(false);
    expect(failureStreak(cells(4, 6, 0))).toBe(true);
    expect(failureStreak(cells(4, 6, 20))).toBe(false);
    expect(failureStreak(cells(4, 9, 20))).toBe(true);
    expect(failureStreak([...cells(4, 9, 20), block(1, 0, 5, 0)])).toBe(false);
    expect(failureStreak([block(6, 6, 0, 0)])).toBe(false);
  });
});

describe("with traffic whose truth is known (short; the table in the README is from npm run sim:guardrails)", () => {
  const traffic = { requestsPerMinute: 40, canaryShare: 0.5, errorRate: 0.01, slowRate: 0.05, costSigma: 1 };

  it("hardly ever rolls back what changed nothing", () => {
    const { rolledBack } = simulateRuns(traffic, { errors: 1, slow: 1, cost: 1 }, 120, 200, "nothing");
    expect(rolledBack).toBeLessThanOrEqual(4);
  });

  it("sees a total failure at 20 requests a minute of the canary within a minute, each time", () => {
    const { rolledBack, p95Sec } = simulateRuns(traffic, { errors: 100, slow: 1, cost: 1 }, 30, 200, "all fail");
    expect(rolledBack).toBe(200);
    expect(p95Sec).toBeLessThanOrEqual(60);
  });

  it("sees half as much again within half an hour, mostly", () => {
    const { rolledBack } = simulateRuns(traffic, { errors: 1, slow: 1, cost: 1.5 }, 30, 100, "dearer");
    expect(rolledBack).toBeGreaterThan(80);
  });
});
