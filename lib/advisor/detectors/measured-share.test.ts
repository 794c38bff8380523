import { describe, expect, it } from "vitest";
import { DAY_MS } from "@/lib/time";
import { DailyShare, estimateShare } from "./measured-share";

describe("a share with its interval", () => {
  it("two days of 4 and 6 of 10: a half, and hardly known", () => {
    expect(
      estimateShare([
        { saved: 4, spend: 10 },
        { saved: 6, spend: 10 },
      ]),
    ).toEqual({ share: 0.5, low: 0, high: 1, days: 2 });
  });

  it("seven days by hand: 30 %, ±2.0 points", () => {
    // Residuals of 27…33 of 100 around 30: 9+4+1+0+1+4+9 = 28; s² = 7/6 · 28 ÷ 700²; t₆ = 2.4469.
    const days = [27, 28, 29, 30, 31, 32, 33].map((saved) => ({ saved, spend: 100 }));
    const half = 2.4469 * Math.sqrt(((7 / 6) * 28) / 700 ** 2);
    const estimate = estimateShare(days)!;
    expect(estimate.share).toBeCloseTo(0.3, 12);
    expect(estimate.high - estimate.share).toBeCloseTo(half, 6);
    expect(half).toBeCloseTo(0.01998, 5);
  });

  it("one day is half known; no spend is nothing", () => {
    expect(estimateShare([{ saved: 2, spend: 8 }])).toEqual({ share: 0.25, low: 0.125, high: 0.25, days: 1 });
    expect(estimateShare([{ saved: 0, spend: 0 }])).toBeNull();
  });

  it("adds up by UTC day", () => {
    const share = new DailyShare();
    share.add(0, 1n, 2n);
    share.add(DAY_MS - 1, 1n, 2n);
    share.add(DAY_MS, 2n, 4n);
    expect(share.estimate()).toEqual({ share: 0.5, low: 0.5, high: 0.5, days: 2 });
  });
});
