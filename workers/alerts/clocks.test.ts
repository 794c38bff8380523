/**
 * What is held against the same local hour of other days and weeks, evaluated hour by hour while clocks change, and tested
 * again afterwards: both see the same hours, and agree transition for transition.
 */
import { expect, it } from "vitest";
import { createRule, evaluateRule, readBacktest } from "@/lib/alerts";
import { ruleSchema, type AlertRuleInput } from "@/lib/alerts/rules/schemas";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { applyRollups, buildRollupDeltas } from "@/lib/metrics";
import { randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import { testDatabase } from "@/lib/testing/database";
import { DAY_MS, HOUR_MS, hourOfZoneWeek } from "@/lib/time";
import { livedTransitions, testedTransitions } from "./testing";

const log = createLogger("test");
/** $1 an hour at night and $4 by day, by the clock on the wall of the workspace. */
const usualUsd = (at: number, zone: string): number => {
  const hour = hourOfZoneWeek(at, zone) % 24;
  return hour >= 8 && hour < 20 ? 4 : 1;
};

const RULES: readonly AlertRuleInput[] = [
  {
    name: "Unlike itself",
    metric: "cost_usd",
    groupBy: ["tenant"],
    condition: { type: "anomaly", direction: "up", score: "6", minImpact: "1", minImpactPercent: "50" },
    windowSec: 3_600,
    everySec: 3_600,
    delaySec: 0,
    keepFiringSec: 3_600,
  },
  {
    name: "Half more than last week",
    metric: "cost_usd",
    groupBy: [],
    condition: { type: "change", direction: "up", against: "last_week", percent: "50" },
    windowSec: 3_600,
    everySec: 3_600,
    delaySec: 0,
    forSec: 3_600,
    keepFiringSec: 0,
    onNoData: "keep",
  },
];

it.each([
  ["Europe/Paris", "2026-10-25T01:00:00Z"],
  ["America/Los_Angeles", "2026-11-01T09:00:00Z"],
  ["Pacific/Chatham", "2026-09-26T14:00:00Z"],
  // No change of clocks, and half an hour off the hours of the world.
  ["Asia/Kolkata", "2026-11-01T00:00:00Z"],
])("%s, around %s", async (zone, change) => {
  const db = await testDatabase();
  const ctx = (at: number): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(at), log });
  try {
    await db.prisma.workspace.upsert({
      where: { id: 1 },
      create: { id: 1, name: "Test", timeZone: zone },
      update: { timeZone: zone },
    });
    const [from, to] = [Date.parse(change) - 30 * HOUR_MS, Date.parse(change) + 30 * HOUR_MS];
    // Three hours of twice and thrice the spend after the change, and one that is missing.
    const factors = new Map([5, 6, 7, 20].map((hour, index) => [Date.parse(change) + hour * HOUR_MS, index === 1 ? 2 : 3]));
    const hours = Array.from({ length: (to - from + 44 * DAY_MS) / HOUR_MS }, (_, n) => to - (n + 1) * HOUR_MS);
    const one = randomRatedEvent(seededRandom(3), "hour", from);
    const events = hours
      .filter((at) => at !== Date.parse(change) + 6 * HOUR_MS + DAY_MS)
      .map((at, n) => {
        const usd = usualUsd(at, zone) * (factors.get(at) ?? 1) * (1 + (n % 5) / 100);
        const rating = { ...one.rating, costNanoUsd: BigInt(Math.round(usd * 1e9)) };
        return { ...one, id: `hour-${n}`, occurredAt: at + 60_000, tenant: "acme", final: true, shadow: false, rating };
      });
    await withTransaction(db.pool, (client) =>
      applyRollups(client, buildRollupDeltas(events, { timeZone: zone, tagKeys: [] }), { now: new Date(to) }),
    );
    for (const input of RULES) {
      const { id } = await createRule(ctx(from), input);
      for (let at = from; at <= to; at += HOUR_MS) expect(await evaluateRule(ctx(at), "one", id)).toBe("evaluated");
      const lived = await livedTransitions(db, id);
      const rule = ruleSchema.parse(input);
      const tested = testedTransitions(rule, await readBacktest(ctx(to), { rule, days: 7 }));
      expect([input.name, ...lived]).toEqual([input.name, ...tested]);
      // The step from summer to winter time is no anomaly; what was really more is one, and is over again.
      const begun = lived.filter((line) => line.includes(" firing "));
      expect(begun.map((line) => Date.parse(line.split(" ")[0]!) - Date.parse(change))).toEqual(
        input.name === "Unlike itself" ? [6 * HOUR_MS, 21 * HOUR_MS] : [7 * HOUR_MS],
      );
    }
  } finally {
    await db.close();
  }
});
