import { describe, expect, it } from "vitest";
import type { MetricValue } from "@/lib/metrics/schemas";
import { hourOfZoneWeek } from "@/lib/time";
import { ruleSchema, type AlertRuleInput } from "../rules/schemas";
import { verdictOf } from "../rules/compare";
import { dueInstants, instantsBetween, nextDue } from "./grid";
import { observationOf, windowsAt } from "./question";

const HOUR = 3_600_000;
const at = (iso: string) => Date.parse(iso);
const rule = (more: Partial<AlertRuleInput> = {}) =>
  ruleSchema.parse({
    name: "A",
    metric: "error_rate",
    condition: { type: "threshold", direction: "above", value: "0.05" },
    ...more,
  });
const around = { zone: "UTC", masks: [] };
const see = (asked: ReturnType<typeof rule>, values: MetricValue[], per: MetricValue[] | null = null) =>
  observationOf(asked, at("2026-11-20T10:00:00Z"), { values, per }, around);

describe("thresholds", () => {
  it.each([
    ["above", "0.05", "breach"],
    ["above", "0.0499999999", "clear"],
    ["below", "0.05", "breach"],
    ["below", "0.0500000001", "clear"],
  ] as const)("%s 0.05 with %s is a %s: exactly at it counts", (direction, value, verdict) => {
    const asked = rule({ condition: { type: "threshold", direction, value: "0.05" } });
    expect(verdictOf(asked.condition, see(asked, [{ value, denominator: "10" }]))).toBe(verdict);
  });
  it("are not judged from less than the rule asks for", () => {
    const asked = rule({ minVolume: "100" });
    expect(see(asked, [{ value: "1", denominator: "99" }])).toMatchObject({ kind: "unknown" });
    expect(see(asked, [{ value: "1", denominator: "100" }])).toEqual({ kind: "value", value: "1" });
    expect(see(asked, [{ value: null }])).toEqual({ kind: "no_data" });
  });
  it("on a ratio of one's own: $12 per 4,000 requests is $0.003", () => {
    const asked = rule({ metric: "gpu_cost_usd", per: "requests" });
    expect(see(asked, [{ value: "12" }], [{ value: "4000" }])).toEqual({ kind: "value", value: "0.003" });
    expect(see(asked, [{ value: "12" }], [{ value: "0" }])).toEqual({ kind: "no_data" });
  });
});

describe("changes", () => {
  const up = rule({ condition: { type: "change", direction: "up", against: "previous", percent: "30" } });
  const down = rule({ condition: { type: "change", direction: "down", against: "previous", percent: "30" } });
  it("of 100 to 130 are +30 %, and to 70 −30 %: both reach 30", () => {
    expect(see(up, [{ value: "130" }, { value: "100" }])).toEqual({ kind: "value", value: "30" });
    expect(verdictOf(up.condition, see(up, [{ value: "130" }, { value: "100" }]))).toBe("breach");
    expect(verdictOf(up.condition, see(up, [{ value: "129.99" }, { value: "100" }]))).toBe("clear");
    expect(verdictOf(down.condition, see(down, [{ value: "70" }, { value: "100" }]))).toBe("breach");
    expect(verdictOf(down.condition, see(down, [{ value: "70.01" }, { value: "100" }]))).toBe("clear");
  });
  it("from nothing are not judged", () => {
    expect(see(up, [{ value: "1" }, { value: null }])).toMatchObject({ kind: "unknown" });
    expect(see(up, [{ value: "1" }, { value: "0" }])).toMatchObject({ kind: "unknown" });
  });
});

describe("burn rate of $30,000 per 30 days", () => {
  const burn = rule({ metric: "cost_usd", condition: { type: "burn_rate", budget: "30000" } });
  // Windows: 1 h, 5 min, 6 h, 30 min, 3 d.
  const spend = (...usd: string[]) =>
    see(
      burn,
      usd.map((value) => ({ value })),
    );
  it("is an alarm from $600 in an hour and $50 in five minutes on", () => {
    expect(spend("600", "50", "600", "50", "600")).toEqual({ kind: "value", value: "1" });
    expect(verdictOf(burn.condition, spend("599.99", "50", "600", "50", "600"))).toBe("clear");
  });
  it("is an alarm from $1,500 in 6 h, or $3,000 in 3 days, when it goes on", () => {
    expect(verdictOf(burn.condition, spend("0", "0", "1500", "125", "1500"))).toBe("breach");
    expect(verdictOf(burn.condition, spend("0", "0", "250", "0", "3000"))).toBe("breach");
    expect(verdictOf(burn.condition, spend("0", "0", "249", "0", "3000"))).toBe("clear");
  });
});

describe("anomalies", () => {
  const odd = rule({
    metric: "cost_usd",
    windowSec: 3_600,
    everySec: 3_600,
    condition: { type: "anomaly", direction: "up", score: "10", minImpact: "10", minImpactPercent: "20" },
  });
  const week = (values: number[]) =>
    Array.from({ length: 43 }, (_, day): MetricValue => {
      if (day === 0) return { value: "250" };
      return { value: day % 7 === 0 ? String(values[day / 7 - 1]) : null };
    });
  it("median 100.5, MAD 2 (floor 10 %: 10.05), x = 250 → 10.03", () => {
    const seen = see(odd, week([98, 99, 102, 103, 100, 101]));
    expect(seen.kind === "value" && Number(seen.value)).toBeCloseTo((0.6745 * 149.5) / 10.05, 2);
    expect(verdictOf(odd.condition, seen)).toBe("breach");
  });
  it("are not judged while a rollout runs, nor from too few weeks", () => {
    const now = at("2026-11-20T10:00:00Z");
    const masks = [{ from: now - HOUR, to: now }];
    const answer = { values: week([98, 99, 102, 103, 100, 101]), per: null };
    expect(observationOf(odd, now, answer, { zone: "UTC", masks })).toMatchObject({ kind: "unknown" });
    expect(
      see(
        odd,
        week([98])
          .slice(0, 10)
          .concat(Array.from({ length: 33 }, () => ({ value: null }))),
      ),
    ).toMatchObject({ kind: "unknown" });
  });
});

describe("clocks", () => {
  // The first hour or day after each change of clocks, and zones that are half an hour and 45 minutes off.
  it.each([
    ["Europe/Paris", "2026-03-30T08:00:00Z"],
    ["Europe/Paris", "2026-10-26T09:00:00Z"],
    ["America/Los_Angeles", "2026-03-09T17:00:00Z"],
    ["America/Los_Angeles", "2026-11-02T18:00:00Z"],
    ["Asia/Kolkata", "2026-11-20T06:00:00Z"],
    ["Pacific/Chatham", "2026-09-28T00:00:00Z"],
    ["Pacific/Chatham", "2026-04-06T00:00:00Z"],
  ])("%s, %s: an hour is held against the same local hour of the days and weeks before", (zone, instant) => {
    const odd = rule({ windowSec: 3_600, everySec: 3_600, condition: { type: "anomaly" } });
    const windows = windowsAt(odd, at(instant), { zone, masks: [] });
    expect(windows).toHaveLength(43);
    const hour = hourOfZoneWeek(windows[0]!.from, zone);
    expect(windows[0]).toEqual({ from: at(instant) - HOUR, to: at(instant) });
    for (const [day, window] of windows.entries()) {
      expect(window.to - window.from).toBe(HOUR);
      expect((hourOfZoneWeek(window.from, zone) + day * 24) % 168).toBe(hour % 168);
    }
  });
  it.each([
    ["Europe/Paris", "2026-10-26T09:00:00Z", "2026-10-19T08:00:00Z"],
    ["America/Los_Angeles", "2026-11-02T18:00:00Z", "2026-10-26T17:00:00Z"],
    ["Asia/Kolkata", "2026-11-20T06:00:00Z", "2026-11-13T06:00:00Z"],
    ["Pacific/Chatham", "2026-09-28T00:00:00Z", "2026-09-21T01:00:00Z"],
  ])("%s: the window that ends %s is compared with the one that ended %s", (zone, now, before) => {
    const change = rule({
      windowSec: 3_600,
      everySec: 3_600,
      condition: { type: "change", direction: "up", against: "last_week", percent: "10" },
    });
    const [current, past] = windowsAt(change, at(now), { zone, masks: [] });
    expect(current).toEqual({ from: at(now) - HOUR, to: at(now) });
    expect(new Date(past!.to).toISOString()).toBe(new Date(before).toISOString());
    expect(past!.to - past!.from).toBe(HOUR);
  });
  it("instants are the same for everybody, through every change of clocks", () => {
    const from = at("2026-10-25T00:00:00Z");
    const instants = instantsBetween(from + 1, from + 4 * HOUR, 3_600);
    expect(instants.map((one) => new Date(one).toISOString().slice(11, 16))).toEqual(["01:00", "02:00", "03:00"]);
  });
});

describe("the grid", () => {
  const timing = { everySec: 60 as const, delaySec: 120 };
  const now = at("2026-11-20T10:05:30Z");
  it("waits for late data: at 10:05:30 with 2 minutes of delay 10:03 is the newest", () => {
    expect(dueInstants(timing, null, now, 10)).toEqual([at("2026-11-20T10:03:00Z")]);
    expect(dueInstants(timing, at("2026-11-20T10:00:00Z"), now, 10).map((one) => new Date(one).getUTCMinutes())).toEqual([
      1, 2, 3,
    ]);
    expect(dueInstants(timing, at("2026-11-20T10:03:00Z"), now, 10)).toEqual([]);
    expect(nextDue(timing, at("2026-11-20T10:03:00Z"))).toBe(at("2026-11-20T10:06:00Z"));
  });
  it("takes up a day that was missed, not a week", () => {
    const due = dueInstants(timing, now - 7 * 24 * HOUR, now, 10_000);
    expect(due).toHaveLength(24 * 60 + 1);
  });
});
