import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNativeEvent } from "@/lib/telemetry/validate";
import { readOutcome } from "@/lib/telemetry";
import { makeCalendar } from "./calendar";
import { Fleet, LONGEST_MS, playMinute } from "./generate";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
// A Friday: the history runs from Wednesday 21 October to here, the bad day is Tuesday 10 November.
const NOW = Date.parse("2026-11-20T19:00:00Z");
const calendar = makeCalendar(NOW, 7);
const day = (date: string) => Date.parse(`${date}T00:00:00Z`);

const whole = new Fleet(calendar).timedBetween(day("2026-11-18") + 9 * HOUR, day("2026-11-18") + 12 * HOUR);

describe("the fleet is a function of time", () => {
  it("gives the same events to two fleets with one seed, and others with another seed", () => {
    const from = day("2026-11-18") + 9 * HOUR;
    expect(new Fleet(calendar).timedBetween(from, from + 3 * HOUR)).toEqual(whole);
    const other = new Fleet({ ...calendar, seed: 8 }).timedBetween(from, from + 3 * HOUR);
    const ids = new Set(whole.events.map(({ event }) => event.id));
    expect(other.events.filter(({ event }) => ids.has(event.id))).toEqual([]);
  });

  it("gives the same in any pieces, asked for in any order", () => {
    const from = day("2026-11-18") + 9 * HOUR;
    const to = from + 3 * HOUR;
    const cuts = fc.array(fc.integer({ min: from + 1, max: to - 1 }), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, fc.boolean(), (points, backwards) => {
        const edges = [from, ...points.toSorted((a, b) => a - b), to];
        const pieces = edges.slice(1).map((end, index) => [edges[index]!, end] as const);
        const fleet = new Fleet(calendar);
        const found = (backwards ? pieces.toReversed() : pieces).map(([a, b]) => fleet.timedBetween(a, b));
        const inOrder = backwards ? found.toReversed() : found;
        expect(inOrder.flatMap((piece) => piece.events)).toEqual(whole.events);
        expect(inOrder.flatMap((piece) => piece.outcomes)).toEqual(whole.outcomes);
      }),
      { numRuns: 12 },
    );
  });

  it("knows an event when its attempt ends, never later than the longest play", () => {
    for (const { dueMs, event } of whole.events) {
      const end = Date.parse(event.occurredAt) + event.timing!.latencyMs!;
      expect(Math.abs(dueMs - end)).toBeLessThanOrEqual(1);
    }
    const minute = day("2026-11-18") + 10 * HOUR;
    const dues = playMinute(calendar, minute).events.map(({ dueMs }) => dueMs);
    expect(Math.min(...dues)).toBeGreaterThanOrEqual(minute);
    expect(Math.max(...dues)).toBeLessThan(minute + LONGEST_MS);
  });

  it("never repeats an id, and ids sort by time", () => {
    const ids = whole.events.map(({ event }) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    const byId = whole.events.toSorted((a, b) => (a.event.id < b.event.id ? -1 : 1)).map(({ event }) => event.occurredAt);
    expect(byId).toEqual(byId.toSorted());
  });
});

describe("what it sends is what the API takes", () => {
  it("every event and every outcome passes the validator of the API", () => {
    expect(whole.events.length).toBeGreaterThan(2_500);
    expect(whole.events.filter(({ event }) => !isNativeEvent(event))).toEqual([]);
    const door = { now: NOW, rawRetentionDays: 35, tenants: "all" as const };
    expect(whole.outcomes.filter(({ outcome }) => "refusal" in readOutcome(outcome, door))).toEqual([]);
    expect(whole.outcomes.length).toBeGreaterThan(200);
  });

  it("shows every status, every cache layer, both ways of stating usage, chains and fallbacks", () => {
    const week = [0, 1, 2].flatMap(
      (n) => new Fleet(calendar).between(day("2026-11-10") + n * DAY, day("2026-11-11") + n * DAY).events,
    );
    const seen = (read: (event: (typeof week)[number]) => unknown) => new Set(week.map(read));
    expect(seen((e) => e.status)).toEqual(new Set(["success", "error", "timeout", "oom", "rate_limited", "cancelled"]));
    expect(seen((e) => (e.cache?.hit ? e.cache.layer : "miss"))).toEqual(
      new Set(["miss", "exact", "semantic", "retrieval", "embedding", "prefix"]),
    );
    expect(seen((e) => e.usageFormat)).toEqual(new Set([undefined, "openai", "anthropic", "gemini"]));
    expect(seen((e) => e.tenant).size).toBe(6);
    expect(seen((e) => e.endpoint).size).toBe(8);
    expect(seen((e) => `${e.provider}/${e.modelServed}`).size).toBe(7);
    expect(week.some((e) => e.attempt! > 1 && e.modelServed !== e.modelRequested)).toBe(true);
    const chains = new Map<string, Set<string>>();
    for (const { actionId, requestId } of week) {
      if (actionId) chains.set(actionId, (chains.get(actionId) ?? new Set()).add(requestId!));
    }
    expect(Math.max(...[...chains.values()].map((requests) => requests.size))).toBeGreaterThan(6);
  });
});

describe("its weeks have a shape", () => {
  const events = (date: string) => new Fleet(calendar).between(day(date), day(date) + DAY).events;
  const succeeded = (list: ReturnType<typeof events>) => {
    const finals = list.filter((e) => e.final);
    return finals.filter((e) => e.status === "success").length / finals.length;
  };

  it("works less on Sunday than on Wednesday, and less at three at night than at eleven", () => {
    const wednesday = events("2026-11-18").filter((e) => e.tenant === "northwind-bank");
    const sunday = events("2026-11-15").filter((e) => e.tenant === "northwind-bank");
    expect(sunday.length).toBeLessThan(wednesday.length * 0.3);
    const at = (hour: number) => wednesday.filter((e) => new Date(e.occurredAt).getUTCHours() === hour).length;
    expect(at(2)).toBeLessThan(at(10) * 0.15);
  });

  it("grows where it should: PixelForge has 1.7 times its traffic after 30 days", () => {
    const count = (date: string) => events(date).filter((e) => e.tenant === "pixelforge" && e.endpoint === "ide.complete").length;
    const ratio = (count("2026-11-18") + count("2026-11-19")) / (count("2026-10-21") + count("2026-10-22"));
    expect(ratio).toBeGreaterThan(1.4);
    expect(ratio).toBeLessThan(2.1);
  });

  it("has one bad day: the incident's provider fails, slows down and is retried, the others do not", () => {
    expect(new Date(calendar.incident.fromMs).toISOString()).toBe("2026-11-10T09:00:00.000Z");
    const { fromMs, toMs } = calendar.incident;
    const bad = new Fleet(calendar).between(fromMs + HOUR, toMs - HOUR).events;
    const good = new Fleet(calendar).between(fromMs + HOUR - 7 * DAY, toMs - HOUR - 7 * DAY).events;
    const failing = (list: typeof bad, provider: string) => {
      const own = list.filter((e) => e.provider === provider && !e.cache?.hit);
      return own.filter((e) => e.status === "error").length / own.length;
    };
    const median = (list: typeof bad) => {
      const own = list.filter((e) => e.modelServed === "gpt-4.1-mini" && e.status === "success" && !e.cache?.hit);
      return own.map((e) => e.timing!.latencyMs!).sort((a, b) => a - b)[own.length >> 1]!;
    };
    expect(failing(bad, "openai")).toBeGreaterThan(0.35);
    expect(failing(good, "openai")).toBeLessThan(0.01);
    expect(failing(bad, "anthropic")).toBeLessThan(0.015);
    expect(median(bad) / median(good)).toBeGreaterThan(2.5);
    expect(succeeded(bad)).toBeLessThan(0.98);
    expect(succeeded(good)).toBeGreaterThan(0.985);
  });
});
