import { expect, it } from "vitest";
import { harmWords } from "./harm-words";

const error = { metric: "error", kind: "count", tolerance: 0.25 } as const;
const cost = { metric: "cost_per_successful_request", kind: "ratio", tolerance: 0.1 } as const;
const saw = (ratio: number | null) => ({
  verdict: "harm" as const,
  ratio,
  lowerBound: null,
  upperBound: null,
  evidence: 1.2,
  exposed: { canary: 128, baseline: 1412 },
});

it("says how much worse, what is allowed and from how many requests it is known", () => {
  expect(harmWords(error, saw(9.42))).toBe(
    "Errors 9.4 times as often as in the baseline; up to +25 % is allowed (128 canary and 1,412 baseline requests)",
  );
  expect(harmWords(cost, saw(1.381))).toBe(
    "Cost per successful request +38 % against the baseline; up to +10 % is allowed (128 canary and 1,412 baseline successes)",
  );
});

it("has no factor where the baseline had nothing bad", () => {
  expect(harmWords(error, saw(null))).toMatch(/^Errors where the baseline has none; /);
});
