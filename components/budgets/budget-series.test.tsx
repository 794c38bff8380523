import { describe, expect, it } from "vitest";
import type { BudgetView, ForecastView, PeriodView } from "@/lib/alerts/budgets/schemas";
import { budgetSeries } from "./budget-series";
import { exhaustionWords, percentWords, periodWords, standingOf } from "./words";

const band = { low: "0", high: "0" };
const forecast: ForecastView = {
  method: "linear",
  mase: null,
  expectedUsd: "9",
  band80: band,
  band95: band,
  overrunProbability: 0.2,
  exhaustsAt: null,
  exhaustsEarliest: null,
  days: [
    { to: "2026-11-03T00:00:00.000Z", expectedUsd: "6", band80: { low: "5", high: "7" }, band95: band },
    { to: "2026-11-04T00:00:00.000Z", expectedUsd: "9", band80: { low: "7", high: "11" }, band95: band },
  ],
};
const days = [
  { from: "2026-11-01T00:00:00.000Z", usd: "2.5" },
  { from: "2026-11-02T00:00:00.000Z", usd: "1.5" },
];
const period: PeriodView = {
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-12-01T00:00:00.000Z",
  limitUsd: "10",
  spentUsd: "4",
  cappedAt: null,
  evaluatedAt: "2026-11-02T12:00:00.000Z",
  reading: { days, burn: [], forecast, watermark: null },
};

describe("the chart of a budget", () => {
  it("adds spend up day by day, and today has what is spent and what it will have been", () => {
    const byId = new Map(budgetSeries({ days, forecast, limitUsd: "10" }).map((one) => [one.id, one.points]));
    expect(byId.get("spent")!.map(({ at, value }) => [at.slice(8, 10), value])).toEqual([
      ["01", 2.5],
      ["02", 4],
      ["03", null],
    ]);
    expect(byId.get("forecast")!.map(({ at, value }) => [at.slice(8, 10), value])).toEqual([
      ["02", 6],
      ["03", 9],
    ]);
    expect(byId.get("high80")!.map(({ value }) => value)).toEqual([7, 11]);
    expect(byId.get("low80")!.map(({ value }) => value)).toEqual([5, 7]);
    expect(byId.get("budget")!.every(({ value }) => value === 10)).toBe(true);
  });
  it("without a forecast is spend and budget alone", () => {
    expect(budgetSeries({ days, forecast: null, limitUsd: "10" }).map(({ id }) => id)).toEqual(["spent", "budget"]);
  });
});

describe("words", () => {
  const of = (current: PeriodView | null) => standingOf({ current } as Pick<BudgetView, "current">);
  it("the worst standing wins", () => {
    expect(of(null)).toBe("new");
    expect(of(period)).toBe("on_track");
    expect(of({ ...period, reading: { ...period.reading, forecast: { ...forecast, overrunProbability: 0.5 } } })).toBe("at_risk");
    expect(of({ ...period, spentUsd: "10" })).toBe("used_up");
    expect(of({ ...period, spentUsd: "12", cappedAt: "2026-11-02T12:00:00.000Z" })).toBe("capped");
  });
  it("says when it will be used up, or why not", () => {
    expect(exhaustionWords({ ...period, spentUsd: "10" }, "UTC")).toBe("used up");
    expect(exhaustionWords(period, "UTC")).toBe("not in this period");
    expect(exhaustionWords({ ...period, reading: { ...period.reading, forecast: null } }, "UTC")).toBe("too early to say");
  });
  it("names periods and shares", () => {
    expect(periodWords({ kind: "calendar", unit: "quarter" })).toBe("per quarter");
    expect(periodWords({ kind: "anchored", start: "2026-11-15", every: 30, unit: "day" })).toBe("every 30 days from 2026-11-15");
    expect([percentWords(0.8), percentWords(0.0123), percentWords(1.254)]).toEqual(["80 %", "1.2 %", "125 %"]);
  });
});
