import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { periodAt, periodBefore, type BudgetPeriod, type CalendarUnit } from "./period";

const iso = (at: number) => new Date(at).toISOString().slice(0, 16);
const calendar = (unit: CalendarUnit): BudgetPeriod => ({ kind: "calendar", unit });

describe("calendar periods in the workspace zone", () => {
  it.each([
    ["day", "Europe/Paris", "2026-03-29T10:00Z", "2026-03-28T23:00", "2026-03-29T22:00"],
    ["day", "Europe/Paris", "2026-10-25T10:00Z", "2026-10-24T22:00", "2026-10-25T23:00"],
    ["day", "America/Los_Angeles", "2026-03-08T12:00Z", "2026-03-08T08:00", "2026-03-09T07:00"],
    ["week", "America/Los_Angeles", "2026-11-01T20:00Z", "2026-10-26T07:00", "2026-11-02T08:00"],
    ["month", "Europe/Paris", "2026-10-31T22:59Z", "2026-09-30T22:00", "2026-10-31T23:00"],
    ["month", "Europe/Paris", "2026-10-31T23:00Z", "2026-10-31T23:00", "2026-11-30T23:00"],
    ["month", "Asia/Kolkata", "2026-11-20T00:00Z", "2026-10-31T18:30", "2026-11-30T18:30"],
    ["month", "Pacific/Chatham", "2026-09-20T00:00Z", "2026-08-31T11:15", "2026-09-30T10:15"],
    ["quarter", "Pacific/Chatham", "2026-12-31T10:14Z", "2026-09-30T10:15", "2026-12-31T10:15"],
    ["year", "America/Los_Angeles", "2026-11-20T00:00Z", "2026-01-01T08:00", "2027-01-01T08:00"],
  ] as const)("%s in %s at %s", (unit, zone, at, from, to) => {
    const span = periodAt(calendar(unit), Date.parse(at), zone)!;
    expect([iso(span.from), iso(span.to)]).toEqual([from, to]);
  });
});

describe("anchored periods", () => {
  const fromTheEnd: BudgetPeriod = { kind: "anchored", start: "2026-01-31", every: 1, unit: "month" };
  it("months from the 31st: the last day of a shorter month, and the 31st again after it", () => {
    const starts = ["2026-02-10", "2026-03-01", "2026-04-05", "2026-05-02"].map((date) =>
      iso(periodAt(fromTheEnd, Date.parse(`${date}T12:00Z`), "UTC")!.from).slice(0, 10),
    );
    expect(starts).toEqual(["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]);
  });
  it("30 days across a change of clocks are 30 local days, an hour more or less", () => {
    const thirty: BudgetPeriod = { kind: "anchored", start: "2026-10-10", every: 30, unit: "day" };
    const { from, to } = periodAt(thirty, Date.parse("2026-10-20T00:00Z"), "Europe/Paris")!;
    expect([iso(from), iso(to), (to - from) / HOUR_MS]).toEqual(["2026-10-09T22:00", "2026-11-08T23:00", 721]);
  });
  it("has not begun before its anchor, and nothing is before the first period", () => {
    expect(periodAt(fromTheEnd, Date.parse("2026-01-30T23:59Z"), "UTC")).toBeNull();
    expect(periodBefore(fromTheEnd, periodAt(fromTheEnd, Date.parse("2026-02-01T00:00Z"), "UTC")!, "UTC")).toBeNull();
  });
});

it("periods of any kind follow one another without a gap, in every zone", () => {
  const zones = fc.constantFrom(
    "UTC",
    "Europe/Paris",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
  );
  const anchored = fc.record({
    kind: fc.constant("anchored" as const),
    start: fc.constantFrom("2025-01-31", "2025-03-30", "2024-02-29"),
    every: fc.integer({ min: 1, max: 45 }),
    unit: fc.constantFrom("day" as const, "month" as const),
  });
  const kinds = fc.oneof(
    fc.constantFrom("day", "week", "month", "quarter", "year").map((unit) => calendar(unit as CalendarUnit)),
    anchored,
  );
  const at = fc.integer({ min: Date.parse("2025-04-01"), max: Date.parse("2029-01-01") });
  fc.assert(
    fc.property(kinds, at, zones, (period, instant, zone) => {
      const span = periodAt(period, instant, zone)!;
      expect(span.from <= instant && instant < span.to).toBe(true);
      expect(periodAt(period, span.to, zone)!.from).toBe(span.to);
      const before = periodBefore(period, span, zone);
      if (before) expect(before.to).toBe(span.from);
      expect(span.to - span.from).toBeGreaterThanOrEqual(22.5 * HOUR_MS);
      expect(span.to - span.from).toBeLessThan(45 * 32 * DAY_MS);
    }),
    { numRuns: 300 },
  );
});
