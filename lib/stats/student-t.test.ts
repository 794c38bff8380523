import { expect, it } from "vitest";
import { studentCdf, studentQuantile } from "./student-t";

it.each([
  [0.975, 10, 2.2281],
  [0.9, 1, 3.0777],
  [0.975, 1, 12.7062],
  [0.9, 29, 1.3114],
  [0.975, 100_000, 1.96],
  [0.5, 3, 0],
  [0.1, 1, -3.0777],
])("quantile %d with %d degrees of freedom is %d, as tables say", (p, df, t) => {
  expect(studentQuantile(p, df)).toBeCloseTo(t, 3);
});

it("one degree of freedom is the Cauchy law: P(T ≤ 1) = 3/4", () => {
  expect(studentCdf(1, 1)).toBeCloseTo(0.75, 10);
  expect(studentCdf(-Infinity, 5)).toBe(0);
});
