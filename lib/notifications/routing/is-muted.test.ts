import { describe, expect, it } from "vitest";
import { isMuted } from "./is-muted";
import type { MuteSchedule } from "./schemas";

const everyDay = [1, 2, 3, 4, 5, 6, 7];
const nights = (timeZone: string, more: Partial<MuteSchedule> = {}): MuteSchedule => ({
  name: "nights",
  timeZone,
  windows: [{ days: everyDay, from: "22:00", to: "07:00" }],
  dates: [],
  ...more,
});
const mutedMinutes = (schedule: MuteSchedule, from: string, to: string) => {
  let minutes = 0;
  for (let at = Date.parse(from); at < Date.parse(to); at += 60_000) if (isMuted(schedule, new Date(at))) minutes += 1;
  return minutes;
};

describe("quiet time", () => {
  it.each([
    // The clock on the wall says 22:00 and 07:00, whatever the offset of that day.
    ["Europe/Paris", "2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z", 8],
    ["Europe/Paris", "2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z", 10],
    ["Europe/Paris", "2026-06-01T20:00:00Z", "2026-06-02T05:00:00Z", 9],
    ["America/Los_Angeles", "2026-03-08T06:00:00Z", "2026-03-08T14:00:00Z", 8],
    ["America/Los_Angeles", "2026-11-01T05:00:00Z", "2026-11-01T15:00:00Z", 10],
    ["Asia/Kolkata", "2026-11-29T16:30:00Z", "2026-11-30T01:30:00Z", 9],
    ["Pacific/Chatham", "2026-09-26T09:15:00Z", "2026-09-26T17:15:00Z", 8],
    ["Pacific/Chatham", "2026-04-04T08:15:00Z", "2026-04-04T18:15:00Z", 10],
  ])("%s: the night that begins %s ends %s, %i hours later", (zone, from, to, hours) => {
    const [begin, end] = [Date.parse(from), Date.parse(to)];
    const at = (ms: number) => isMuted(nights(zone), new Date(ms));
    expect([at(begin - 1), at(begin), at(end - 1), at(end)]).toEqual([false, true, true, false]);
    expect(mutedMinutes(nights(zone), from, to)).toBe(hours * 60);
  });

  it("a window in the hour that the clocks leave out does not happen; in the hour they go through twice it does twice", () => {
    const paris = nights("Europe/Paris", { windows: [{ days: everyDay, from: "02:15", to: "02:45" }] });
    expect(mutedMinutes(paris, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")).toBe(0);
    expect(mutedMinutes(paris, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")).toBe(60);
  });

  it("a night belongs to the day it begins on", () => {
    const friday = nights("Asia/Kolkata", { windows: [{ days: [5], from: "22:00", to: "07:00" }] });
    // Friday 27 November 2026, 22:00 in Kolkata is 16:30Z.
    expect(isMuted(friday, new Date("2026-11-27T16:30:00Z"))).toBe(true);
    expect(isMuted(friday, new Date("2026-11-28T01:29:00Z"))).toBe(true);
    expect(isMuted(friday, new Date("2026-11-28T16:30:00Z"))).toBe(false);
    expect(isMuted(friday, new Date("2026-11-27T01:00:00Z"))).toBe(false);
    const sunday = nights("UTC", { windows: [{ days: [7], from: "22:00", to: "07:00" }] });
    expect(isMuted(sunday, new Date("2026-11-30T06:59:00Z"))).toBe(true);
  });

  it("a day of the calendar is that of the zone; a whole day is 00:00 to 24:00", () => {
    const holiday = nights("Pacific/Chatham", { windows: [], dates: ["2026-12-25"] });
    // Chatham is 13:45 ahead in summer.
    expect(isMuted(holiday, new Date("2026-12-24T10:14:00Z"))).toBe(false);
    expect(isMuted(holiday, new Date("2026-12-24T10:15:00Z"))).toBe(true);
    expect(isMuted(holiday, new Date("2026-12-25T10:14:59Z"))).toBe(true);
    expect(isMuted(holiday, new Date("2026-12-25T10:15:00Z"))).toBe(false);
    const weekend = nights("Europe/Paris", { windows: [{ days: [6, 7], from: "00:00", to: "24:00" }] });
    expect(mutedMinutes(weekend, "2026-10-23T00:00:00Z", "2026-10-27T00:00:00Z")).toBe(49 * 60);
  });
});
