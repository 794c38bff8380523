import { describe, expect, it } from "vitest";
import { chartGrain, resolveRange } from "./range";

const now = Date.parse("2026-11-20T14:32:25Z");
const none = { from: null, to: null };

describe("resolveRange", () => {
  it("ends at the end of the running minute", () => {
    expect(resolveRange("1h", none, now, "UTC")).toEqual({
      from: "2026-11-20T13:33:00.000Z",
      to: "2026-11-20T14:33:00.000Z",
      live: true,
    });
  });
  it("starts the last 24 hours with a whole hour", () => {
    expect(resolveRange("24h", none, now, "UTC").from).toBe("2026-11-19T14:00:00.000Z");
  });
  it("counts days of the calendar, today included, across daylight saving", () => {
    expect(resolveRange("7d", none, now, "UTC").from).toBe("2026-11-14T00:00:00.000Z");
    // 22 October is still summer time in Paris: midnight is 22:00 UTC of the day before.
    expect(resolveRange("30d", none, now, "Europe/Paris").from).toBe("2026-10-21T22:00:00.000Z");
    expect(resolveRange("mtd", none, now, "Europe/Paris").from).toBe("2026-10-31T23:00:00.000Z");
  });
  it("takes an absolute range as it is, and the default when it makes no sense", () => {
    const past = { from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z" };
    expect(resolveRange("absolute", past, now, "UTC")).toEqual({
      from: "2026-11-01T00:00:00.000Z",
      to: "2026-11-02T00:00:00.000Z",
      live: false,
    });
    expect(resolveRange("absolute", { from: past.to, to: past.from }, now, "UTC").from).toBe("2026-11-19T14:00:00.000Z");
  });
});

describe("chartGrain", () => {
  it.each([
    ["1h", "minute"],
    ["6h", "minute"],
    ["24h", "hour"],
    ["7d", "hour"],
    ["30d", "day"],
  ] as const)("%s in buckets of a %s", (preset, grain) => {
    expect(chartGrain(resolveRange(preset, none, now, "UTC"))).toBe(grain);
  });
});
