import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ArmRow } from "./arm-row";
import { hear, inOrder, readFromMs, remember, toTell, type ArmsMemory } from "./arms-memory";

const MINUTE = 60_000;
const row = (minute: number, over: Partial<ArmRow> = {}): ArmRow => ({
  arm: "canary",
  minuteMs: minute * MINUTE,
  tenant: "acme",
  route: "chat",
  exposed: 10,
  successes: 9,
  errors: 1,
  timeouts: 0,
  ooms: 0,
  retries: 0,
  slow: 0,
  streamed: 0,
  slowFirst: 0,
  qualityKnown: 0,
  qualityFailures: 0,
  costNanoUsd: 100,
  tokens: 1_000,
  ...over,
});

describe("what is remembered of the arms", () => {
  it("reads ten minutes at each tick, and everything every ten minutes, at first, or told apart otherwise", () => {
    const memory: ArmsMemory = { key: "a", readAllAtMs: 100 * MINUTE, rows: new Map() };
    expect(readFromMs(null, "a", 0, 100 * MINUTE)).toBe(0);
    expect(readFromMs(memory, "a", 0, 105 * MINUTE + 7)).toBe(95 * MINUTE);
    expect(readFromMs(memory, "a", 97 * MINUTE, 105 * MINUTE)).toBe(97 * MINUTE);
    expect(readFromMs(memory, "b", 0, 105 * MINUTE)).toBe(0);
    expect(readFromMs(memory, "a", 0, 110 * MINUTE)).toBe(0);
    // The clock went back an hour.
    expect(readFromMs(memory, "a", 0, 40 * MINUTE)).toBe(0);
  });

  it("keeps what it does not read again, and takes what came late, was corrected or taken back", () => {
    const times = { startedAtMs: 0, nowMs: 20 * MINUTE };
    const all = remember(null, "a", [row(1), row(12), row(13)], { ...times, fromMs: 0 });
    const later = remember(all, "a", [row(12, { errors: 7 }), row(14)], { ...times, fromMs: 10 * MINUTE });
    expect(inOrder(later.rows).map(({ minuteMs, errors }) => [minuteMs / MINUTE, errors])).toEqual([
      [1, 1],
      [12, 7],
      [14, 1],
    ]);
  });

  it("what ticks write down gives back what each of them saw, whatever changed between them", () => {
    const rows = fc.uniqueArray(
      fc.record({
        minute: fc.integer({ min: 0, max: 5 }),
        tenant: fc.constantFrom("acme", "globex"),
        arm: fc.constantFrom<ArmRow["arm"]>("canary", "baseline"),
        exposed: fc.integer({ min: 0, max: 3 }),
      }),
      { selector: ({ minute, tenant, arm }) => `${minute} ${tenant} ${arm}`, maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.array(fc.record({ rows, takenOver: fc.boolean() }), { minLength: 1, maxLength: 8 }), (ticks) => {
        let told: ReadonlyMap<string, ArmRow> | null = null;
        let heard = new Map<string, ArmRow>();
        for (const tick of ticks) {
          const seen = remember(
            null,
            "a",
            tick.rows.map(({ minute, ...over }) => row(minute, over)),
            { fromMs: 0, startedAtMs: 0, nowMs: 0 },
          ).rows;
          // Through JSON, as it is stored.
          const stored = JSON.parse(JSON.stringify(toTell(tick.takenOver ? null : told, seen))) as ReturnType<typeof toTell>;
          heard = hear(heard, stored);
          expect(inOrder(heard)).toEqual(inOrder(seen));
          told = seen;
        }
      }),
    );
  });
});
