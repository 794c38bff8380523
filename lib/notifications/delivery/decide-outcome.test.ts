import { describe, expect, it } from "vitest";
import { answerOfHttp, nextAfter, waitMs } from "./decide-outcome";

const now = new Date("2026-11-29T08:00:00Z");

describe("after an answer", () => {
  it("waits twice as long each time, half of it jitter, at most 15 minutes", () => {
    expect([1, 2, 3, 8].map((attempt) => waitMs(attempt, null, 0))).toEqual([2_500, 5_000, 10_000, 320_000]);
    expect([1, 8, 20].map((attempt) => waitMs(attempt, null, 0.999_999))).toEqual([5_000, 640_000, 900_000]);
  });

  it("waits as long as the channel asks, at most an hour", () => {
    expect(waitMs(1, 90, 0)).toBe(90_000);
    expect(waitMs(1, 1, 0)).toBe(2_500);
    expect(waitMs(1, 1e6, 0)).toBe(3_600_000);
    expect(answerOfHttp(429, "", "30", now)).toMatchObject({ kind: "retry", retryAfterSec: 30 });
    expect(answerOfHttp(503, "", "Sun, 29 Nov 2026 08:02:00 GMT", now)).toMatchObject({ kind: "retry", retryAfterSec: 120 });
    expect(answerOfHttp(503, "", "soon", now)).toMatchObject({ kind: "retry", retryAfterSec: null });
  });

  it("is delivered, tried again, or given up", () => {
    expect(nextAfter(answerOfHttp(204, "", undefined, now), 1, 0)).toEqual({ status: "delivered" });
    expect(nextAfter(answerOfHttp(500, "", undefined, now), 7, 0)).toEqual({ status: "queued", waitMs: 160_000 });
    expect(nextAfter(answerOfHttp(500, "", undefined, now), 8, 0)).toEqual({ status: "failed" });
    for (const refused of [301, 400, 401, 404, 410]) {
      expect(nextAfter(answerOfHttp(refused, "", undefined, now), 1, 0)).toEqual({ status: "failed" });
    }
  });
});
