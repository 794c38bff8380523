import { describe, expect, it } from "vitest";
import { judgeCampaign } from "./judge-campaign";

const DAY = 86_400_000;
const START = new Date("2026-01-05T00:00:00Z");
const week = (index: number, value: string | null) => ({ at: new Date(START.getTime() + index * 7 * DAY).toISOString(), value });
const judge = (values: (string | null)[], day = 45, target = "0.02") =>
  judgeCampaign({
    startValue: "0.08",
    targetValue: target,
    startsAt: START,
    endsAt: new Date(START.getTime() + 90 * DAY),
    weeks: values.map((value, index) => week(index, value)),
    now: new Date(START.getTime() + day * DAY),
  });

describe("a campaign from $0.08 to $0.02 in 90 days", () => {
  it("$0.021 is 5 % above the target, and is not reached", () => {
    expect(judge(["0.08", "0.021"])).toMatchObject({ aboveTarget: "0.05", words: "5 % above the target." });
    expect(judge(["0.08", "0.021"]).standing).not.toBe("reached");
  });
  it("is reached at exactly $0.02, and below", () => {
    expect(judge(["0.02"])).toMatchObject({ standing: "reached", words: "Exactly at the target." });
    expect(judge(["0.019"])).toMatchObject({ standing: "reached", words: "5 % below the target: reached." });
  });
  it("halfway is 50 %, and on course at half of the time", () => {
    expect(judge(["0.05"], 45)).toMatchObject({ progress: "0.5", standing: "on_course" });
    expect(judge(["0.05"], 60)).toMatchObject({ standing: "behind" });
  });
  it("a line through the weeks says where it ends: 0.08, 0.07, 0.06 reach 0.02 in week 6", () => {
    const { forecast, standing } = judge(["0.08", "0.07", "0.06"], 21);
    expect([Number(forecast), standing]).toEqual([0, "on_course"]);
    expect(judge(["0.08", "0.079", "0.078"], 21).standing).toBe("behind");
  });
  it("a week without a number is left out, and none at all is no data", () => {
    expect(judge(["0.08", null])).toMatchObject({ current: "0.08" });
    expect(judge([null]).standing).toBe("no_data");
  });
  it("is missed when its time is over", () => {
    expect(judge(["0.03"], 91).standing).toBe("missed");
  });
  it("a target above the start is climbed to", () => {
    expect(judge(["0.09"], 45, "0.09").standing).toBe("reached");
    expect(judge(["0.085"], 80, "0.09").standing).toBe("behind");
  });
});
