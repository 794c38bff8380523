import { describe, expect, it } from "vitest";
import {
  HOUR_MS,
  hourOfZoneWeek,
  nextZoneDay,
  startOfZoneDay,
  startOfZoneMonth,
  startOfZoneWeek,
  zoneDaysBetween,
} from "./index";

const at = (iso: string) => Date.parse(iso);

describe("zone days", () => {
  it.each([
    ["Europe/Paris", "2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z", 23],
    ["Europe/Paris", "2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z", 25],
    ["America/Los_Angeles", "2026-11-01T12:00:00Z", "2026-11-01T07:00:00Z", 25],
    ["Asia/Kolkata", "2026-11-20T10:00:00Z", "2026-11-19T18:30:00Z", 24],
    ["Pacific/Chatham", "2026-09-26T20:00:00Z", "2026-09-26T11:15:00Z", 23],
    ["UTC", "2026-11-20T10:00:00Z", "2026-11-20T00:00:00Z", 24],
  ])("%s: the day of %s starts %s and has %i hours", (zone, instant, start, hours) => {
    expect(new Date(startOfZoneDay(at(instant), zone)).toISOString()).toBe(new Date(start).toISOString());
    expect((nextZoneDay(at(instant), zone) - startOfZoneDay(at(instant), zone)) / HOUR_MS).toBe(hours);
  });

  it("weeks start on Monday, months on the first, both at local midnight", () => {
    expect(new Date(startOfZoneWeek(at("2026-11-20T10:00:00Z"), "Europe/Paris")).toISOString()).toBe("2026-11-15T23:00:00.000Z");
    expect(new Date(startOfZoneMonth(at("2026-11-20T10:00:00Z"), "Europe/Paris")).toISOString()).toBe("2026-10-31T23:00:00.000Z");
  });

  it("numbers the hours of a week from Monday midnight, in the zone", () => {
    expect(hourOfZoneWeek(at("2026-11-16T00:30:00Z"), "UTC")).toBe(0);
    expect(hourOfZoneWeek(at("2026-11-22T23:30:00Z"), "UTC")).toBe(167);
    expect(hourOfZoneWeek(at("2026-11-16T00:30:00Z"), "America/Los_Angeles")).toBe(160);
    expect(hourOfZoneWeek(at("2026-11-16T00:30:00Z"), "Pacific/Chatham")).toBe(14);
  });

  it("lists only days that begin inside the half-open range", () => {
    const days = zoneDaysBetween(at("2026-11-18T00:00:00Z"), at("2026-11-20T00:00:00Z"), "UTC");
    expect(days.map((day) => new Date(day).toISOString().slice(0, 10))).toEqual(["2026-11-18", "2026-11-19"]);
  });
});
