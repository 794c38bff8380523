import { describe, expect, it } from "vitest";
import { formatAmount, monthIn, monthLabel, moveMonth } from "./words";

describe("amounts and months of statements", () => {
  it("has the digits of its currency", () => {
    expect(formatAmount("47435.29", "USD")).toBe("$47,435.29");
    expect(formatAmount("-0.05", "EUR")).toBe("-€0.05");
    expect(formatAmount("1514", "JPY")).toBe("¥1,514");
  });
  it("knows the month of a zone, and the ones beside it", () => {
    const at = new Date("2026-10-31T23:30:00Z");
    expect([monthIn("UTC", at), monthIn("Europe/Paris", at)]).toEqual(["2026-10", "2026-11"]);
    expect([moveMonth("2026-01", -1), moveMonth("2026-12", 1), monthLabel("2026-11")]).toEqual([
      "2025-12",
      "2027-01",
      "November 2026",
    ]);
  });
});
