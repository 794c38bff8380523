import { describe, expect, it } from "vitest";
import { dayTicks, formatBucketTick } from "./time-label";

const HOUR = 3_600_000;
const hours = (from: string, count: number) => Array.from({ length: count }, (_, index) => Date.parse(from) + index * HOUR);

describe("ticks of hours over many days", () => {
  it("are the midnights of the zone, written as days", () => {
    const ticks = dayTicks(hours("2026-11-22T10:00:00Z", 72), "Europe/Paris")!;
    expect(ticks.map((at) => formatBucketTick(at, "hour", "Europe/Paris"))).toEqual(["23 Nov", "24 Nov", "25 Nov"]);
  });

  it("stay what they are over two days, and where no bucket begins at midnight", () => {
    expect(dayTicks(hours("2026-11-22T10:00:00Z", 48), "UTC")).toBeUndefined();
    expect(dayTicks(hours("2026-11-22T10:00:00Z", 72), "Asia/Kolkata")).toBeUndefined();
  });
});
