import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layLevers, stackLevers, type Lever } from "./lay-levers";

const usd = (dollars: number) => BigInt(Math.round(dollars * 1e9));

describe("levers on one bill", () => {
  it("each works on what the ones before it left", () => {
    const laid = stackLevers(usd(1_000), [
      { id: "cache", share: 0.3, saving: 1 },
      { id: "small model", share: 0.7, saving: 0.8 },
    ]);
    // 1,000 × 0.3 = 300; (1,000 − 300) × 0.7 = 490, of which 0.8 = 392; 308 left.
    expect(laid.levers).toEqual([
      { id: "cache", addressedNanoUsd: usd(300), savedNanoUsd: usd(300) },
      { id: "small model", addressedNanoUsd: usd(490), savedNanoUsd: usd(392) },
    ]);
    expect([laid.savedNanoUsd, laid.remainingNanoUsd]).toEqual([usd(692), usd(308)]);
  });

  it("percentages that would add up to 130 % save 82.5 %", () => {
    const halves = [0.5, 0.5, 0.3].map((share, index) => ({ id: String(index), share, saving: 1 }));
    const worst = stackLevers(
      usd(100),
      halves.map((lever) => ({ ...lever, share: 1, saving: lever.share })),
    );
    expect(worst.savedNanoUsd).toBe(usd(82.5));
  });

  it("refuses a fraction that is none", () => {
    expect(() => stackLevers(1n, [{ id: "a", share: 1.2, saving: 0.5 }])).toThrow("share of a is 1.2");
    expect(() => stackLevers(1n, [{ id: "a", share: 1, saving: NaN }])).toThrow(RangeError);
  });
});

describe("levers on several pools of spend", () => {
  it("a lever takes from its own pools only", () => {
    const laid = layLevers(
      new Map([
        ["chat", usd(100)],
        ["classify", usd(50)],
      ]),
      [
        { id: "cache", parts: [{ pool: "chat", share: 0.4, saving: 1 }] },
        {
          id: "retries",
          parts: [
            { pool: "chat", share: 0.1, saving: 1 },
            { pool: "classify", share: 0.2, saving: 0.5 },
          ],
        },
        { id: "elsewhere", parts: [{ pool: "unknown", share: 1, saving: 1 }] },
      ],
    );
    // chat 100 → 60 → 54; classify 50 → 45.
    expect(laid.levers.map(({ savedNanoUsd }) => savedNanoUsd)).toEqual([usd(40), usd(11), 0n]);
    expect(laid.remaining).toEqual(
      new Map([
        ["chat", usd(54)],
        ["classify", usd(45)],
      ]),
    );
  });
});

const POOLS = ["a", "b", "c"];
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const leversOf = fc.array(
  fc.array(fc.record({ pool: fc.constantFrom(...POOLS), share: fraction, saving: fraction }), { maxLength: 4 }),
  { maxLength: 8 },
);
const spendOf = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 18n }), { minLength: 3, maxLength: 3 })
  .map((amounts) => new Map(POOLS.map((pool, index) => [pool, amounts[index]!])));
const named = (parts: Lever["parts"][]): Lever[] => parts.map((one, index) => ({ id: String(index), parts: one }));
const total = (amounts: Iterable<bigint>) => [...amounts].reduce((sum, amount) => sum + amount, 0n);

describe("properties", () => {
  it("every dollar is saved once or left: nothing is owned twice, nothing exceeds the spend", () => {
    fc.assert(
      fc.property(spendOf, leversOf, (spend, parts) => {
        const laid = layLevers(spend, named(parts));
        expect(laid.savedNanoUsd).toBe(total(laid.levers.map(({ savedNanoUsd }) => savedNanoUsd)));
        expect(laid.savedNanoUsd + laid.remainingNanoUsd).toBe(total(spend.values()));
        for (const lever of laid.levers) {
          expect(lever.savedNanoUsd >= 0n).toBe(true);
          // Each part rounds what it addresses down on its own.
          expect(lever.savedNanoUsd <= lever.addressedNanoUsd + 4n).toBe(true);
        }
        expect([...laid.remaining.values()].every((left) => left >= 0n)).toBe(true);
      }),
    );
  });

  it("the order decides who owns a dollar, not how many are saved", () => {
    fc.assert(
      fc.property(spendOf, leversOf, (spend, parts) => {
        const [forward, backward] = [layLevers(spend, named(parts)), layLevers(spend, named(parts.toReversed()))];
        const apart = forward.savedNanoUsd - backward.savedNanoUsd;
        // One rounded-down nano-dollar a part.
        expect((apart < 0n ? -apart : apart) <= BigInt(parts.flat().length)).toBe(true);
      }),
    );
  });

  it("one more lever never lowers the total, and owns only what the others left", () => {
    fc.assert(
      fc.property(spendOf, leversOf, fraction, fraction, (spend, parts, share, saving) => {
        const before = layLevers(spend, named(parts));
        const after = layLevers(spend, [...named(parts), { id: "more", parts: [{ pool: "a", share, saving }] }]);
        expect(after.levers.slice(0, -1)).toEqual(before.levers);
        expect(after.levers.at(-1)!.savedNanoUsd <= before.remaining.get("a")!).toBe(true);
      }),
    );
  });

  it("what is left of a bill is its spend × Π(1 − share × saving)", () => {
    const bill = fc.bigInt({ min: 10n ** 12n, max: 10n ** 15n });
    fc.assert(
      fc.property(
        bill,
        fc.array(fc.record({ id: fc.constant("x"), share: fraction, saving: fraction }), { maxLength: 6 }),
        (spend, levers) => {
          const left = levers.reduce((kept, { share, saving }) => kept * (1 - share * saving), 1);
          expect(Number(stackLevers(spend, levers).remainingNanoUsd) / Number(spend)).toBeCloseTo(left, 6);
        },
      ),
    );
  });
});
