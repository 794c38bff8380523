import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS } from "@/lib/time";
import { ANOMALY_LIMITS, judgeAgainst, judgeHour, likeHours, type HourPoint } from "./judge-hour";
import { madOf, median, modifiedZ } from "./robust-score";

const WEEK_MS = 168 * HOUR_MS;
/** A Tuesday, 10:00 in Paris. */
const TUESDAY = Date.parse("2026-11-24T09:00:00Z");
const weeksBefore = (at: number, values: readonly number[]): HourPoint[] =>
  values.map((value, index) => ({ at: at - (index + 1) * WEEK_MS, value }));

describe("modified z-score", () => {
  it("median 100.5, MAD 2, x = 250 → 50.4", () => {
    const like = [98, 99, 102, 103];
    expect(median(like)).toBe(100.5);
    expect(madOf(like, 100.5)).toBe(2);
    expect(modifiedZ(250, 100.5, 2, 0)).toBeCloseTo(50.4189, 4);
    const judged = judgeHour({ at: TUESDAY, value: 250 }, weeksBefore(TUESDAY, like), "Europe/Paris", {
      ...ANOMALY_LIMITS,
      madFloorShare: 0,
    });
    expect(judged).toMatchObject({ verdict: "anomaly", median: 100.5, mad: 2, impact: 149.5 });
    expect(judged.score).toBeCloseTo(50.4, 1);
  });
  it("a floor stands in for a MAD that is too small", () => {
    expect(modifiedZ(110, 100, 0, 5)).toBeCloseTo(1.349, 3);
    expect(modifiedZ(110, 100, 20, 5)).toBeCloseTo(0.33725, 5);
    expect(modifiedZ(110, 100, 0, 0)).toBe(Infinity);
    expect(modifiedZ(100, 100, 0, 0)).toBe(0);
  });
  it("half of the sample may be anything, and the median stays where the rest is", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 5, maxLength: 5 }), (wild) => {
        const center = median([...wild, 10, 10, 10, 10, 10, 10]);
        expect(center).toBe(10);
      }),
    );
  });
});

describe("limits", () => {
  const like = [100, 100, 100, 100];
  const limits = { minScore: 5, minImpact: 10, minImpactShare: 0.5, madFloorShare: 0.01, madFloor: 0 };
  it("reach at exactly the smallest impact and share", () => {
    expect(judgeAgainst(150, like, limits).verdict).toBe("anomaly");
    expect(judgeAgainst(149.99, like, limits).verdict).toBe("normal");
    expect(judgeAgainst(0.2, [0.1, 0.1, 0.1, 0.1], limits).verdict).toBe("normal");
  });
  it("a fall is an anomaly too", () => {
    expect(judgeAgainst(20, like, limits)).toMatchObject({ verdict: "anomaly", impact: -80, impactShare: -0.8 });
  });
});

describe("like hours", () => {
  it("are the same local hour of the week on both sides of a change of clocks", () => {
    // Paris left summer time on 25 October 2026: 10:00 was 08:00 UTC before and is 09:00 UTC after.
    const before = Date.parse("2026-10-20T08:00:00Z");
    const history = [0, 1, 2, 3].map((week) => ({ at: before - week * WEEK_MS, value: week }));
    expect(likeHours(Date.parse("2026-10-27T09:00:00Z"), history, "Europe/Paris")).toEqual([0, 1, 2, 3]);
    expect(likeHours(Date.parse("2026-10-27T08:00:00Z"), history, "Europe/Paris")).toBeNull();
  });
  it("with fewer than four weeks are the same hour of the same kind of day", () => {
    const day = (n: number): HourPoint => ({ at: TUESDAY - n * 24 * HOUR_MS, value: n });
    // Monday 23rd, then 20th to 16th: 21st and 22nd are a weekend.
    expect(likeHours(TUESDAY, [1, 2, 3, 4, 5, 6, 7, 8].map(day), "Europe/Paris")).toEqual([1, 4, 5, 6, 7, 8]);
    expect(likeHours(TUESDAY, [1, 2, 3, 4, 5, 6].map(day), "Europe/Paris")).toBeNull();
  });
  it("never look into the future, nor at the hour itself", () => {
    const history = [{ at: TUESDAY, value: 9 }, { at: TUESDAY + WEEK_MS, value: 9 }, ...weeksBefore(TUESDAY, [1, 2, 3, 4])];
    expect(likeHours(TUESDAY, history, "UTC")).toEqual([1, 2, 3, 4]);
  });
});

describe("masks", () => {
  const mask = { from: TUESDAY - 30 * 60_000, to: TUESDAY + 30 * 60_000 };
  it("an hour that a rollout touches is not judged", () => {
    expect(
      judgeHour({ at: TUESDAY, value: 900 }, weeksBefore(TUESDAY, [1, 1, 1, 1]), "UTC", ANOMALY_LIMITS, [mask]).verdict,
    ).toBe("masked");
  });
  it("and not learned from", () => {
    const history = weeksBefore(TUESDAY, [50, 1, 1, 1, 1]);
    const old = { from: TUESDAY - WEEK_MS, to: TUESDAY - WEEK_MS + HOUR_MS };
    expect(likeHours(TUESDAY, history, "UTC", [old])).toEqual([1, 1, 1, 1]);
  });
});
