import { describe, expect, it } from "vitest";
import { randomAt, type Random } from "@/lib/stats/random";
import { DAY_MS } from "@/lib/time";
import { chooseForecast } from "./choose";
import { forecastSpend, type DayLeft } from "./forecast-spend";
import { fitLinear } from "./linear";
import { fitWeekly } from "./weekly";

const START = Date.parse("2026-11-01T00:00:00Z");
const days = (from: number, count: number, firstShare = 1): DayLeft[] =>
  Array.from({ length: count }, (_, n) => ({
    from: START + (from + n) * DAY_MS + (n === 0 ? (1 - firstShare) * DAY_MS : 0),
    to: START + (from + n + 1) * DAY_MS,
    share: n === 0 ? firstShare : 1,
  }));
const SHAPE = [1.2, 1.2, 1.2, 1.1, 1.1, 0.6, 0.6];
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe("the ladder", () => {
  const noisy = (random: Random, n: number) =>
    Array.from({ length: n }, (_, day) => 100 * SHAPE[day % 7]! * random.around(1, 0.05));
  it("is none under 3 days, linear to 13, then the weekly shape; Holt–Winters may try from 56", () => {
    const random = randomAt("ladder");
    const series = noisy(random, 100);
    expect(chooseForecast(series.slice(0, 2))).toBeNull();
    expect(chooseForecast(series.slice(0, 3))!.method).toBe("linear");
    expect(chooseForecast(series.slice(0, 13))!.method).toBe("linear");
    expect(chooseForecast(series.slice(0, 14))!.method).toBe("weekly");
    expect(chooseForecast(series.slice(0, 55))!.method).toBe("weekly");
  });
  it("is decided by the error over past weeks: a straight line wins where there is no week, a level that moves is followed", () => {
    const straight = Array.from({ length: 40 }, (_, day) => 100 + 2 * day + (day % 2));
    expect(chooseForecast(straight)!.method).toBe("linear");
    // Eight quiet weeks, then twice as much for four: a line through all of it and old trends are both wrong.
    const moved = Array.from({ length: 84 }, (_, day) => (day < 56 ? 100 : 200) * SHAPE[day % 7]!);
    expect(chooseForecast(moved)!.method).toBe("holt_winters");
    // The same step of level, as long ago: with 55 days it may not try yet, with 56 it does, and follows it best.
    const recent = moved.slice(28);
    expect(chooseForecast(recent.slice(0, 55))!.method).not.toBe("holt_winters");
    expect(chooseForecast(recent.slice(0, 56))!.method).toBe("holt_winters");
  });
});

describe("models, by hand", () => {
  it("linear: 10, 12, 14 go on with 16, 18, and are sure of it", () => {
    const fit = fitLinear([10, 12, 14]);
    expect(fit.expected(0)).toBeCloseTo(16, 9);
    expect(fit.expected(1)).toBeCloseTo(18, 9);
    expect(fit.deviation([1, 1])).toBeCloseTo(0, 9);
  });
  it("linear: a falling line does not go below 0", () => {
    expect(fitLinear([30, 20, 10]).expected(5)).toBe(0);
  });
  it("linear: 10, 10, 16 is 12 + 3x ± √6, and one day ahead is off by that · √(1 + 1/3 + 2)", () => {
    const fit = fitLinear([10, 10, 16]);
    expect(fit.expected(0)).toBeCloseTo(18, 9);
    expect(fit.deviation([1])).toBeCloseTo(Math.sqrt(6) * Math.sqrt(1 + 1 / 3 + 2), 9);
  });
  it("weekly: a pure shape is repeated exactly, and one wild day changes nothing", () => {
    const series = Array.from({ length: 28 }, (_, day) => 100 * SHAPE[day % 7]!);
    expect(fitWeekly(series).expected(0)).toBeCloseTo(120, 6);
    expect(fitWeekly(series).expected(5)).toBeCloseTo(60, 6);
    const wild = series.with(16, 2_000);
    expect(fitWeekly(wild).expected(9)).toBeCloseTo(120, 0);
  });
});

describe("a budget's forecast", () => {
  it("golden: $10 a day, 20 days gone, 10 left: $300, reached on day 25 for a limit of $250, and never for $400", () => {
    const input = { history: Array.from({ length: 20 }, () => 10), spentUsd: 200, daysLeft: days(20, 10) };
    const tight = forecastSpend({ ...input, limitUsd: 250 })!;
    expect(tight.expectedUsd).toBeCloseTo(300, 6);
    expect(new Date(tight.exhaustsAt!).toISOString()).toBe("2026-11-26T00:00:00.000Z");
    expect(tight.overrunProbability).toBe(1);
    const wide = forecastSpend({ ...input, limitUsd: 400 })!;
    expect([wide.overrunProbability, wide.exhaustsAt]).toEqual([0, null]);
  });
  it("at exactly the limit it is reached", () => {
    const input = { history: [10, 10, 10], spentUsd: 30, daysLeft: days(3, 1) };
    expect(forecastSpend({ ...input, limitUsd: 40 })!.overrunProbability).toBe(1);
    expect(forecastSpend({ ...input, limitUsd: 40.01 })!.overrunProbability).toBe(0);
  });
  it("today counts with what is left of it, and a limit inside it is reached inside it", () => {
    const half = forecastSpend({ history: [10, 10, 10], spentUsd: 35, daysLeft: days(3, 1, 0.5), limitUsd: 37.5 })!;
    expect(half.expectedUsd).toBeCloseTo(40, 9);
    expect(new Date(half.exhaustsAt!).toISOString()).toBe("2026-11-04T18:00:00.000Z");
  });
  it("what is spent stays spent: no band begins below it, and a limit that is passed has probability 1 and no date", () => {
    const done = forecastSpend({ history: [0, 90, 0, 5, 60], spentUsd: 155, daysLeft: days(5, 3), limitUsd: 100 })!;
    expect(done.days.every(({ band95 }) => band95.low >= 155)).toBe(true);
    expect([done.overrunProbability, done.exhaustsAt]).toEqual([1, null]);
  });
  it("is none with two days of history", () => {
    expect(forecastSpend({ history: [1, 2], spentUsd: 3, daysLeft: days(2, 5), limitUsd: 10 })).toBeNull();
  });
  it("the band of 95 % holds the band of 80 %", () => {
    const noisy = forecastSpend({ history: [9, 12, 10, 8, 11], spentUsd: 50, daysLeft: days(5, 25), limitUsd: 300 })!;
    for (const { band80, band95 } of noisy.days) expect(band95.low <= band80.low && band80.high <= band95.high).toBe(true);
  });
});

describe("calibration", () => {
  const KINDS: Record<string, (random: Random, n: number) => number[]> = {
    noise: (random, n) => Array.from({ length: n }, () => 100 * random.around(1, 0.1)),
    growth: (random, n) => Array.from({ length: n }, (_, day) => (100 + 0.8 * day) * random.around(1, 0.1)),
    weeks: (random, n) => Array.from({ length: n }, (_, day) => (100 + 0.5 * day) * SHAPE[day % 7]! * random.around(1, 0.08)),
  };
  it.each([
    ["noise", 20, 20],
    ["noise", 40, 20],
    ["growth", 20, 20],
    ["weeks", 20, 3],
    ["weeks", 20, 20],
    ["weeks", 40, 20],
    ["weeks", 80, 20],
  ])("%s, %i days of history, %i ahead: the bands hold what they say", (kind, n, ahead) => {
    let [in80, in95] = [0, 0];
    const runs = 150;
    for (let run = 0; run < runs; run++) {
      const series = KINDS[kind]!(randomAt("coverage", kind, n, ahead, run), n + ahead);
      const { band80, band95 } = forecastSpend({
        history: series.slice(0, n),
        spentUsd: 0,
        daysLeft: days(n, ahead),
        limitUsd: Infinity,
      })!;
      const actual = sum(series.slice(n));
      if (actual >= band80.low && actual <= band80.high) in80 += 1;
      if (actual >= band95.low && actual <= band95.high) in95 += 1;
    }
    expect(in80 / runs).toBeGreaterThan(0.72);
    expect(in80 / runs).toBeLessThan(0.97);
    expect(in95 / runs).toBeGreaterThan(0.89);
  });
});
