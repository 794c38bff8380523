import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideEvents, type PeriodFacts } from "./decide-events";

const usd = (dollars: number) => BigInt(Math.round(dollars * 1e9));
const facts = (more: Partial<PeriodFacts> = {}): PeriodFacts => ({
  limitNano: usd(10),
  spentNano: 0n,
  hard: false,
  thresholds: [50, 80, 100],
  forecastPercent: 100,
  forecastNano: null,
  capped: false,
  said: [],
  ...more,
});
const keys = (more: Partial<PeriodFacts>) => decideEvents(facts(more)).events.map(({ key }) => key);

describe("thresholds", () => {
  it("80 % of $10 is reached at $8.00 and not a nano-dollar earlier", () => {
    expect(keys({ spentNano: usd(8) })).toEqual(["actual:50", "actual:80"]);
    expect(keys({ spentNano: usd(8) - 1n })).toEqual(["actual:50"]);
  });
  it("are said once", () => {
    const said = [{ key: "actual:50", limitNano: usd(10) }];
    expect(keys({ spentNano: usd(8), said })).toEqual(["actual:80"]);
  });
  it("are said again only when the limit was raised above them", () => {
    const said = ["actual:50", "actual:80"].map((key) => ({ key, limitNano: usd(10) }));
    // $8 of $14: half is still passed, 80 % is not any more.
    const raised = decideEvents(facts({ spentNano: usd(8), limitNano: usd(14), said }));
    expect(raised).toMatchObject({ events: [], rearm: ["actual:80"] });
    // Less spent than said (repriced), at the same limit: nothing is said twice.
    expect(decideEvents(facts({ spentNano: usd(4), said })).rearm).toEqual([]);
    // A lowered limit does not make anything new of what was said.
    expect(decideEvents(facts({ spentNano: usd(8), limitNano: usd(9), said })).events).toEqual([]);
  });
  it("the forecast is said while there is something left to forecast", () => {
    expect(keys({ spentNano: usd(4), forecastNano: usd(10) })).toEqual(["forecast:100"]);
    expect(keys({ spentNano: usd(4), forecastNano: usd(10) - 1n })).toEqual([]);
    expect(keys({ spentNano: usd(10), forecastNano: usd(30) })).toEqual(["actual:50", "actual:80", "actual:100"]);
  });
});

describe("caps", () => {
  it("a hard budget that is used up is capped; a soft one is not", () => {
    expect(decideEvents(facts({ spentNano: usd(10), hard: true })).capped).toBe(true);
    expect(decideEvents(facts({ spentNano: usd(10) })).capped).toBe(false);
  });
  it("raised, softened or repriced, it is released, and may be capped again", () => {
    const used = { spentNano: usd(10), capped: true, hard: true, said: [{ key: "capped", limitNano: usd(10) }] };
    for (const more of [{ limitNano: usd(11) }, { hard: false }, { spentNano: usd(9) }]) {
      const decision = decideEvents(facts({ ...used, ...more }));
      expect(decision.capped).toBe(false);
      expect(decision.events.filter(({ kind }) => kind === "released")).toHaveLength(1);
      expect(decision.rearm).toContain("capped");
    }
  });
  it("nothing is said while it stays as it is", () => {
    const said = ["actual:50", "actual:80", "actual:100", "capped"].map((key) => ({ key, limitNano: usd(10) }));
    expect(decideEvents(facts({ spentNano: usd(12), hard: true, capped: true, said }))).toEqual({
      events: [],
      rearm: [],
      capped: true,
    });
  });
});

it("looked at however often while spend rises, each threshold is said exactly once", () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: usd(5) }), { maxLength: 30 }), (steps) => {
      const said: PeriodFacts["said"][number][] = [];
      let spentNano = 0n;
      for (const step of steps) {
        spentNano += step;
        for (const { key } of decideEvents(facts({ spentNano, said })).events) said.push({ key, limitNano: usd(10) });
      }
      const expected = [50, 80, 100].filter((percent) => spentNano * 100n >= BigInt(percent) * usd(10)).map((p) => `actual:${p}`);
      expect(said.map(({ key }) => key)).toEqual(expected);
    }),
  );
});
