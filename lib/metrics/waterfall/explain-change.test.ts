import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DRIVERS } from "./drivers";
import { explainChange, type ModelInput, type UsageOfModel } from "./explain-change";

const usd = (dollars: number) => BigInt(Math.round(dollars * 1e9));

/** `requests` that each reached the provider once, with 100 tokens. */
const plain = (requests: number, cost: number): UsageOfModel => ({
  requests: BigInt(requests),
  upstreamRequests: BigInt(requests),
  attempts: BigInt(requests),
  tokens: BigInt(requests * 100),
  costNanoUsd: usd(cost),
  prefixSavedNanoUsd: 0n,
});

describe("why cost changed", () => {
  it("golden: 700 at $10 and 300 at $1 become 600 at $9 and 900 at $1: +3,650 volume, −4,050 mix, −600 price", () => {
    const { beforeNanoUsd, afterNanoUsd, drivers } = explainChange([
      { key: "large", before: plain(700, 7_000), after: plain(600, 5_400) },
      { key: "small", before: plain(300, 300), after: plain(900, 900) },
    ]);
    expect([beforeNanoUsd, afterNanoUsd]).toEqual([usd(7_300), usd(6_300)]);
    expect(drivers).toEqual({
      volume: usd(3_650),
      mix: usd(-4_050),
      price: usd(-600),
      tokens: 0n,
      cache: 0n,
      retries: 0n,
      other: 0n,
    });
  });

  it("tokens per request: twice the tokens at the same price is all tokens", () => {
    const { drivers } = explainChange([{ key: "m", before: plain(10, 100), after: { ...plain(10, 200), tokens: 2_000n } }]);
    expect(drivers).toMatchObject({ volume: 0n, mix: 0n, tokens: usd(100), price: 0n });
  });

  it("retries: half of the requests tried twice", () => {
    const { drivers } = explainChange([
      { key: "m", before: plain(10, 100), after: { ...plain(10, 150), attempts: 15n, tokens: 1_500n } },
    ]);
    expect(drivers).toMatchObject({ retries: usd(50), tokens: 0n, price: 0n, cache: 0n });
  });

  it("cache: a response cache that answers half, and a prefix cache that saves a quarter of the list cost", () => {
    const answered = { ...plain(10, 50), upstreamRequests: 5n, attempts: 5n, tokens: 500n };
    expect(explainChange([{ key: "m", before: plain(10, 100), after: answered }]).drivers).toMatchObject({
      cache: usd(-50),
      price: 0n,
    });
    const discounted = { ...plain(10, 75), prefixSavedNanoUsd: usd(25) };
    expect(explainChange([{ key: "m", before: plain(10, 100), after: discounted }]).drivers).toMatchObject({
      cache: usd(-25),
      price: 0n,
    });
  });

  it("a new and a retired model have their own bar and move neither volume nor mix of the others", () => {
    const none = plain(0, 0);
    const { drivers, models } = explainChange([
      { key: "stays", before: plain(10, 10), after: plain(10, 10) },
      { key: "new", before: none, after: plain(5, 7) },
      { key: "gone", before: plain(3, 2), after: none },
    ]);
    expect(Object.values(drivers).every((amount) => amount === 0n)).toBe(true);
    expect(models.map(({ key, state, beforeNanoUsd, afterNanoUsd }) => [key, state, afterNanoUsd - beforeNanoUsd])).toEqual([
      ["stays", "continuing", 0n],
      ["new", "new", usd(7)],
      ["gone", "retired", usd(-2)],
    ]);
  });

  it("bars add up to the difference to the nano-dollar, in total and for each model, whatever the data", () => {
    const count = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 0n, max: 10n ** 12n }));
    const usage: fc.Arbitrary<UsageOfModel> = fc.record({
      requests: count,
      upstreamRequests: count,
      attempts: count,
      tokens: count,
      costNanoUsd: fc.oneof(count, fc.bigInt({ min: 0n, max: 10n ** 18n })),
      prefixSavedNanoUsd: count,
    });
    const models = fc.array(fc.record({ before: usage, after: usage }), { maxLength: 8 });
    fc.assert(
      fc.property(models, (list) => {
        const result = explainChange(list.map((each, index): ModelInput => ({ key: String(index), ...each })));
        let total = 0n;
        for (const model of result.models) {
          const change = model.afterNanoUsd - model.beforeNanoUsd;
          const explained = DRIVERS.reduce((sum, driver) => sum + model.drivers[driver], 0n);
          expect(explained).toBe(model.state === "continuing" ? change : 0n);
          total += model.state === "continuing" ? explained : change;
        }
        expect(total).toBe(result.afterNanoUsd - result.beforeNanoUsd);
      }),
      { numRuns: 500 },
    );
  });
});
