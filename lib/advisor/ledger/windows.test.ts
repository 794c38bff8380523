import { describe, expect, it } from "vitest";
import { nextLookAt, windowsOf, type RolloutTimes } from "./windows";

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 2) + minutes * 60_000);
const DAY = 1_440;
const rollout: RolloutTimes = { startedAt: at(0), lastStepAt: at(60), endedAt: at(90), promoted: true };
const said = (times: RolloutTimes, now: Date) =>
  windowsOf(times, now).map(({ method, from, to, final }) => [method, (+from - +at(0)) / 60_000, (+to - +at(0)) / 60_000, final]);

describe("stretches that are measured", () => {
  it("while it is split: up to now, open", () => {
    const running = { ...rollout, lastStepAt: null, endedAt: null, promoted: false };
    expect(said(running, at(30))).toEqual([["split", 0, 30, false]]);
    expect(nextLookAt(running, at(30))).toEqual(new Date(+at(30) + 30_000));
  });

  it("after it was promoted: the split is final once its telemetry is in, then week by week", () => {
    expect(said(rollout, at(60))).toEqual([["split", 0, 60, false]]);
    expect(said(rollout, at(60 + 8 * DAY))).toEqual([
      ["split", 0, 60, true],
      ["seasonal", 60, 60 + 7 * DAY, true],
      ["seasonal", 60 + 7 * DAY, 60 + 8 * DAY, false],
    ]);
    expect(nextLookAt(rollout, at(60 + 3 * DAY))).toEqual(at(60 + 4 * DAY));
    // The end of the week comes before the end of the day.
    expect(nextLookAt(rollout, at(60 + 7 * DAY - 30))).toEqual(new Date(+at(60 + 7 * DAY) + 30_000));
  });

  it("one that went back has its split and is never looked at again", () => {
    const back = { ...rollout, lastStepAt: null, endedAt: at(20), promoted: false };
    expect(said(back, at(500))).toEqual([["split", 0, 20, true]]);
    expect(nextLookAt(back, at(500))).toBeNull();
  });

  it("all at once never had a control beside it", () => {
    expect(said({ ...rollout, lastStepAt: at(0) }, at(30))).toEqual([["seasonal", 0, 30, false]]);
  });
});
