import { expect, it } from "vitest";
import { muteScheduleSchema } from "@/lib/notifications/routing/schemas";
import { readFields } from "../read-fields";
import { wordInhibition, wordOwn, wordWindows } from "./word-route";

it("says when a schedule mutes", () => {
  const windows = (days: number[], from: string, to: string) => [{ days, from, to }];
  expect(wordWindows({ windows: windows([5, 1, 2, 3, 4], "22:00", "07:00"), dates: [] })).toBe("Mon–Fri 22:00–07:00");
  expect(wordWindows({ windows: windows([6, 7], "00:00", "24:00"), dates: ["2026-12-25"] })).toBe(
    "Sat, Sun 00:00–24:00; 2026-12-25",
  );
  expect(wordWindows({ windows: windows([1, 2, 3, 4, 5, 6, 7], "12:00", "13:00"), dates: [] })).toBe("Every day 12:00–13:00");
  expect(wordWindows({ windows: windows([1, 3, 5], "12:00", "13:00"), dates: [] })).toBe("Mon, Wed, Fri 12:00–13:00");
  expect(wordWindows({ windows: [], dates: [] })).toBe("No time yet: it mutes nothing");
});

it("says what a route has of its own, and nothing of what it takes from above", () => {
  const channels = [{ id: "c1", name: "On-call" }] as never;
  expect(wordOwn({}, channels)).toBe("Channels of the route above");
  expect(wordOwn({ channels: [], repeatIntervalSec: 0, mute: [] }, channels)).toBe("The inbox only; said once");
  const escalation = [{ afterMinutes: 15, channels: ["c1"] }];
  expect(wordOwn({ channels: ["c1", "c2"], escalation, groupWaitSec: 30, groupBy: ["tenant"] }, channels)).toBe(
    "On-call, a channel that is gone; after 15 min without acknowledgement On-call; waits for others 30 s; one message for each tenant",
  );
});

it("says what keeps what quiet", () => {
  const matcher = (label: string, value: string) => [{ label, op: "is" as const, values: [value] }];
  expect(wordInhibition({ source: matcher("rule", "Outage"), target: matcher("severity", "warning"), equal: [] })).toBe(
    "While rule is Outage is open, severity is warning is not told.",
  );
});

it("puts each refusal at its field", () => {
  const { value, errors } = readFields(muteScheduleSchema, {
    name: "",
    timeZone: "UTC",
    windows: [{ days: [], from: "1:00", to: "07:00" }],
    dates: ["tomorrow"],
  });
  expect(value).toBeNull();
  expect(errors).toEqual({
    name: "Name the schedule.",
    "windows.0.days": "Choose a day.",
    "windows.0.from": "Write it as hh:mm, e.g. 22:00.",
    "dates.0": "Write days as 2026-12-25.",
  });
});
