import { describe, expect, it } from "vitest";
import { isNativeEvent } from "@/lib/telemetry/validate";
import { readSample, type NativeEvent } from "@/lib/telemetry";
import { makeCalendar } from "./calendar";
import { POOLS } from "./fleet";
import { Fleet } from "./generate";
import { nodeReadings } from "./node-samples";
import { PLANTED } from "./recipes";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-20T19:00:00Z");
const fleet = new Fleet(makeCalendar(NOW, 7));
const from = Date.parse("2026-11-18T00:00:00Z");
const to = from + 24 * HOUR;
const events = fleet.between(from, to).events;
const readings = nodeReadings(fleet, from, to, 300_000);

const upstream = (list: NativeEvent[]) => list.filter((e) => !e.cache?.hit || e.cache.layer === "prefix");
const of = (endpoint: string) => events.filter((e) => e.endpoint === endpoint);
const share = (list: readonly unknown[], part: readonly unknown[]) => part.length / list.length;
const outputOf = (event: NativeEvent): number => {
  const usage = event.usage as { output_tokens?: number; completion_tokens?: number } | undefined;
  return event.meters?.output ?? usage?.output_tokens ?? usage?.completion_tokens ?? 0;
};
/** Share of calls whose prompt was already answered earlier the same day. */
const repeated = (list: NativeEvent[]) => {
  const seen = new Set<string>();
  return share(
    list,
    list.filter((e) => {
      const key = `${e.tenant} ${e.requestHash}`;
      const known = e.requestHash != null && seen.has(key);
      seen.add(key);
      return known;
    }),
  );
};

describe("the planted problems are in the data", () => {
  it("repeated prompts: half of the answers repeat an earlier question, and no response cache is asked", () => {
    const answers = upstream(of(PLANTED.repeatedPrompts)).filter((e) => e.actionStep === "generate" && e.final);
    expect(repeated(answers)).toBeGreaterThan(0.45);
    expect(answers.filter((e) => e.cache?.layer === "exact" || e.cache?.layer === "semantic")).toEqual([]);
  });

  it("oversized model: a frontier model answers in five tokens or fewer", () => {
    const labels = of(PLANTED.oversizedModel).filter((e) => e.status === "success");
    expect(
      share(
        labels,
        labels.filter((e) => e.modelServed === "claude-sonnet-4-5"),
      ),
    ).toBeGreaterThan(0.98);
    expect(Math.max(...labels.map(outputOf))).toBeLessThanOrEqual(5);
  });

  it("retry storm: one tenant makes far more attempts than requests, nearly all failures timeouts; others do not", () => {
    const attemptsPerRequest = (list: NativeEvent[]) => list.length / list.filter((e) => e.final).length;
    const { endpoint, tenant } = PLANTED.retryStorm;
    const storm = of(endpoint).filter((e) => e.tenant === tenant);
    expect(attemptsPerRequest(storm)).toBeGreaterThan(1.6);
    const failed = storm.filter((e) => e.status !== "success");
    expect(
      share(
        failed,
        failed.filter((e) => e.status === "timeout"),
      ),
    ).toBeGreaterThan(0.9);
    expect(attemptsPerRequest(of(endpoint).filter((e) => e.tenant !== tenant))).toBeLessThan(1.05);
  });

  it("uncapped output: some drafts are more than four times as long as the usual one", () => {
    const drafts = of(PLANTED.uncappedOutput)
      .filter((e) => e.actionStep === "draft" && e.status === "success")
      .map(outputOf)
      .sort((a, b) => a - b);
    const median = drafts[drafts.length >> 1]!;
    expect(
      share(
        drafts,
        drafts.filter((tokens) => tokens > 4 * median),
      ),
    ).toBeGreaterThan(0.08);
    const capped = upstream(of("support.chat")).map(outputOf);
    expect(Math.max(...capped)).toBeLessThanOrEqual(450);
  });

  it("idle pool: under two in a hundred of its GPU time is busy", () => {
    const own = readings.filter((r) => r.pool === PLANTED.idlePool);
    const busy = own.reduce((sum, r) => sum + r.engineActive!, 0) / own.length;
    expect(own).toHaveLength(4 * 288);
    expect(busy).toBeGreaterThan(0);
    expect(busy).toBeLessThan(0.02);
  });

  it("16-bit pool under pressure: its KV cache is full in a good part of its readings, requests wait and run out of memory", () => {
    const { endpoint, pool } = PLANTED.kvPressure;
    const own = readings.filter((r) => r.pool === pool);
    expect(
      share(
        own,
        own.filter((r) => r.kvCacheUsage! > 0.95),
      ),
    ).toBeGreaterThan(0.15);
    expect(own.reduce((sum, r) => sum + r.preemptions!, 0)).toBeGreaterThan(100);
    const served = of(endpoint).filter((e) => e.pool === pool);
    expect(new Set(served.map((e) => e.precision))).toEqual(new Set(["bf16"]));
    expect(
      share(
        served,
        served.filter((e) => e.status === "oom"),
      ),
    ).toBeGreaterThan(0.01);
  });

  it("clean controls: no repeats that a cache would catch, hardly a retry, short answers", () => {
    for (const endpoint of PLANTED.clean) {
      const calls = upstream(of(endpoint));
      const prompts = calls.filter((e) => e.final && e.requestHash != null);
      expect([endpoint, repeated(prompts) || 0]).toEqual([endpoint, 0]);
      expect(
        share(
          calls,
          calls.filter((e) => e.attempt! > 1),
        ),
      ).toBeLessThan(0.02);
      expect(
        share(
          of(endpoint),
          of(endpoint).filter((e) => e.cache?.hit),
        ),
      ).toBeGreaterThan(0.1);
    }
  });
});

describe("the nodes report what they served", () => {
  it("tokens of a pool's readings are the tokens of the events that ended in them", () => {
    for (const pool of POOLS) {
      const own = readings.filter((r) => r.pool === pool.id);
      // A reading covers [at - step, at): the day's first reading ends five minutes after midnight.
      const served = fleet.timedBetween(from, to).events.filter(({ event }) => event.pool === pool.id);
      const sum = (read: (event: NativeEvent) => number) => served.reduce((total, { event }) => total + read(event), 0);
      expect(own.reduce((total, r) => total + r.generatedTokens!, 0)).toBe(sum((e) => e.meters!.output!));
      expect(own.reduce((total, r) => total + r.promptTokens!, 0)).toBe(sum((e) => e.meters!.input! + e.meters!.cacheRead!));
    }
  });

  it("a fine grid and a coarse one tell the same tokens and energy within the draw of power", () => {
    const hour = [from + 10 * HOUR, from + 11 * HOUR] as const;
    const fine = nodeReadings(fleet, ...hour, 30_000);
    const coarse = nodeReadings(fleet, ...hour, 300_000);
    expect(fine).toHaveLength(8 * 120);
    expect(coarse).toHaveLength(8 * 12);
    const tokens = (list: typeof fine) => list.reduce((sum, r) => sum + r.generatedTokens!, 0);
    const energy = (list: typeof fine) => list.reduce((sum, r) => sum + r.energyMj!, 0);
    expect(tokens(fine)).toBe(tokens(coarse));
    expect(energy(fine) / energy(coarse)).toBeCloseTo(1, 1);
  });

  it("every reading passes the validator of the API", () => {
    expect(readings.filter((r) => "refusal" in readSample(r, { now: NOW, rawRetentionDays: 35 }))).toEqual([]);
    expect(events.every(isNativeEvent)).toBe(true);
  });
});
