import { describe, expect, it } from "vitest";
import { ruleSchema } from "../rules/schemas";
import { withThreshold } from "../rules/compare";
import { runBacktest } from "./run-backtest";
import type { BacktestSeries } from "./schemas";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-20T00:00:00Z");
const rule = ruleSchema.parse({
  name: "Errors",
  metric: "error_rate",
  condition: { type: "threshold", direction: "above", value: "0.5" },
  windowSec: 3_600,
  everySec: 3_600,
  forSec: 0,
  keepFiringSec: 0,
});
/** Hour by hour: what was seen, and what the hour before cost. */
const series = (seen: (string | null | false)[], spentUsd: (string | null)[]): BacktestSeries => ({
  stretches: [{ from: START, everySec: 3_600, count: seen.length }],
  groups: [{ labels: {}, seen, spentUsd }],
  approximations: [],
  warnings: [],
  timeZone: "UTC",
});
const day = series(["0.1", "0.5", "0.7", "0.9", "0.1", "0.1", "0.6", "0.1"], ["1", "1", "5", "6", "4", "1", "1", "2"]);

describe("a backtest", () => {
  it("counts fires, time in alert, lead time and dollars, worked by hand", () => {
    const result = runBacktest(rule, day);
    // Open from 1 to 4 and from 6 to 7 o'clock: 3 h + 1 h of 8.
    expect(result).toMatchObject({ fires: 2, alertSec: 4 * 3_600, testedSec: 8 * 3_600 });
    const [second, first] = result.incidents;
    // Fired at 1, worst (0.9) at 3: known two hours before. Spend of the hours until 2, 3 and 4: 5 + 6 + 4.
    expect(first).toMatchObject({
      openedAt: START + HOUR,
      endedAt: START + 4 * HOUR,
      worst: "0.9",
      leadSec: 7_200,
      spentUsd: "15",
    });
    expect(second).toMatchObject({ openedAt: START + 6 * HOUR, worst: "0.6", leadSec: 0, spentUsd: "2" });
    expect(result.spentUsd).toBe("17");
    // Quiet hours cost 1 + 1 + 1 + 1 = $4 in 4 h; the 4 h in alert would have cost 4, and cost 17.
    expect(result.excessUsd).toBe("13");
  });
  it("runs again with another threshold: at 0.9 one fire, above it none", () => {
    const at = (value: string) => runBacktest({ ...rule, condition: withThreshold(rule.condition, value) }, day);
    expect(at("0.9")).toMatchObject({ fires: 1, alertSec: 3_600 });
    expect(at("0.91")).toMatchObject({ fires: 0, alertSec: 0, medianLeadSec: null, spentUsd: "0", excessUsd: "0" });
  });
  it("waits as long as the rule says, and says what is still open", () => {
    const patient = runBacktest({ ...rule, forSec: 7_200 }, day);
    expect(patient.incidents).toMatchObject([{ breachedSince: START + HOUR, openedAt: START + 3 * HOUR }]);
    const open = runBacktest(rule, series(["0.1", "0.9", "0.8"], ["1", "1", "3"]));
    expect(open.incidents).toMatchObject([{ endedAt: null, spentUsd: "3" }]);
  });
  it("is not moved by gaps and by what is not judged", () => {
    expect(runBacktest({ ...rule, onNoData: "keep" }, series(["0.9", null, false, "0.1"], ["1", null, "1", "1"]))).toMatchObject({
      fires: 1,
      alertSec: 3 * 3_600,
    });
  });
});
