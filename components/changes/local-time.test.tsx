import { expect, it } from "vitest";
import { instantOf, localOf } from "./local-time";

it.each([
  // Berlin: UTC+1 in winter, UTC+2 in summer; the hour from 2 to 3 does not exist on 29 March 2026.
  ["Europe/Berlin", "2026-11-20T15:05", "2026-11-20T14:05:00.000Z"],
  ["Europe/Berlin", "2026-07-01T00:00", "2026-06-30T22:00:00.000Z"],
  ["Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00.000Z"],
  ["America/New_York", "2026-11-20T09:00", "2026-11-20T14:00:00.000Z"],
])("%s %s is %s", (timeZone, local, instant) => {
  expect(instantOf(local, timeZone)?.toISOString()).toBe(instant);
});

it("shows an instant as the clock on the wall", () => {
  expect(localOf(Date.parse("2026-11-20T14:05:59Z"), "Asia/Kolkata")).toBe("2026-11-20T19:35");
});

it("what is no time is none", () => expect(instantOf("", "UTC")).toBeNull());
