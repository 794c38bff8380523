import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairedDifference, type Pairs } from "./paired-difference";

const pairs = fc.record({
  both: fc.nat(300),
  onlyCandidate: fc.nat(40),
  onlyBaseline: fc.nat(40),
  neither: fc.nat(60),
});
const total = (one: Pairs) => one.both + one.onlyCandidate + one.onlyBaseline + one.neither;

describe("paired difference with its interval", () => {
  it("all right in both arms is not a proof: 40 of 40", () => {
    // z² = 2.7055. Wilson of 1: lower 40 ÷ 42.7055 = 0.93665, upper 1. φ: nothing to divide by → 0. 0 − (1 − 0.93665)
    const all = pairedDifference({ both: 40, onlyCandidate: 0, onlyBaseline: 0, neither: 0 });
    expect(all).toMatchObject({ baseline: 1, candidate: 1, difference: 0 });
    expect(all.lower).toBeCloseTo(-0.06335, 5);
    expect(all.upper).toBeCloseTo(0.06335, 5);
  });

  it("50 pairs, 36 both, 2 and 6 one each, 6 neither", () => {
    // p₁ = 38/50 = 0.76, p₂ = 42/50 = 0.84, D = −0.08
    // Wilson: (0.787055 ± 0.102965) ÷ 1.054111 = 0.648974, 0.844333; (0.867055 ± 0.089468) ÷ 1.054111 = 0.737671, 0.907422
    // φ = (36·6 − 2·6 − 25) ÷ √(38·12·42·8) = 179 ÷ 391.43 = 0.45729
    // lower: x = 0.111026, y = 0.067422: x² + y² − 2φxy = 0.012327 + 0.004546 − 0.006846 = 0.010026 → −0.08 − 0.100131
    // upper: x = 0.102329, y = 0.084333: 0.010471 + 0.007112 − 0.007893 = 0.009690 → −0.08 + 0.098440
    const one = pairedDifference({ both: 36, onlyCandidate: 2, onlyBaseline: 6, neither: 6 });
    expect(one.difference).toBeCloseTo(-0.08, 10);
    expect(one.lower).toBeCloseTo(-0.180131, 5);
    expect(one.upper).toBeCloseTo(0.01844, 5);
  });

  it("nothing measured: nothing is known", () => {
    expect(pairedDifference({ both: 0, onlyCandidate: 0, onlyBaseline: 0, neither: 0 })).toMatchObject({ lower: -1, upper: 1 });
  });

  it("property: the difference is inside, and exchanging the arms mirrors everything", () => {
    fc.assert(
      fc.property(
        pairs.filter((one) => total(one) > 0),
        (one) => {
          const there = pairedDifference(one);
          const back = pairedDifference({ ...one, onlyCandidate: one.onlyBaseline, onlyBaseline: one.onlyCandidate });
          expect(there.lower).toBeLessThanOrEqual(there.difference);
          expect(there.upper).toBeGreaterThanOrEqual(there.difference);
          expect(there.lower).toBeGreaterThanOrEqual(-1 - 1e-9);
          expect(there.upper).toBeLessThanOrEqual(1 + 1e-9);
          expect(back.lower).toBeCloseTo(-there.upper, 9);
          expect(back.difference).toBeCloseTo(-there.difference, 9);
        },
      ),
    );
  });

  it("property: one more case that only the baseline gets right never raises the lower bound", () => {
    fc.assert(
      fc.property(
        pairs.filter((one) => one.both >= 20),
        (one) => {
          const worse = { ...one, both: one.both - 1, onlyBaseline: one.onlyBaseline + 1 };
          expect(pairedDifference(worse).difference).toBeLessThan(pairedDifference(one).difference);
          // The continuity step of φ may move the bound by less than half a case.
          expect(pairedDifference(worse).lower).toBeLessThanOrEqual(pairedDifference(one).lower + 0.5 / total(one));
        },
      ),
    );
  });

  it("the lower bound holds in 95 % of suites: all outcomes of 30 pairs, weighed by their exact chance", () => {
    const chance = { both: 0.85, onlyCandidate: 0.03, onlyBaseline: 0.06, neither: 0.06 };
    const truth = chance.onlyCandidate - chance.onlyBaseline;
    const n = 30;
    const lnFactorial = [0];
    for (let k = 1; k <= n; k++) lnFactorial.push(lnFactorial[k - 1]! + Math.log(k));
    let [held, all] = [0, 0];
    for (let b = 0; b <= n; b++)
      for (let c = 0; b + c <= n; c++)
        for (let d = 0; b + c + d <= n; d++) {
          const a = n - b - c - d;
          const ways = lnFactorial[n]! - lnFactorial[a]! - lnFactorial[b]! - lnFactorial[c]! - lnFactorial[d]!;
          const ln = [a, b, c, d].reduce((sum, count, at) => sum + count * Math.log(Object.values(chance)[at]!), ways);
          all += Math.exp(ln);
          if (pairedDifference({ both: a, onlyCandidate: b, onlyBaseline: c, neither: d }).lower <= truth) held += Math.exp(ln);
        }
    expect(all).toBeCloseTo(1, 9);
    expect(held).toBeGreaterThan(0.93);
    expect(held).toBeLessThan(0.999);
  });
});
