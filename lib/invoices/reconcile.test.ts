import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toNanoUsd } from "@/lib/money";
import { reconcile, type BilledLine, type Calculated } from "./reconcile";
import { DIFFERENCE_KINDS, LINE_CATEGORIES } from "./schemas";

const usd = (text: string) => toNanoUsd(text);
const ours = (model: string, meter: string, quantity: bigint, dollars: string): Calculated => ({
  provider: "openai",
  model,
  meter,
  quantity,
  nanoUsd: usd(dollars),
});
const line = (over: Partial<BilledLine> & { usd: string }): BilledLine => ({
  line: 2,
  lineId: null,
  category: "usage",
  sku: "sku",
  model: "gpt-4.1",
  meter: "input",
  description: "gpt-4.1, input",
  quantity: null,
  nanoUsd: usd(over.usd),
  ...over,
});
const run = (billed: BilledLine[], calculated: Calculated[], timing: [string, string][] = []) =>
  reconcile({ billed, calculated, timing: new Map(timing.map(([model, dollars]) => [model, usd(dollars)])) });

describe("a difference", () => {
  it("of 110M billed at $1.90 against 100M calculated at $2.00: $209 − $200 = quantity $20, price −$11", () => {
    const { rows, parts } = run([line({ usd: "209", quantity: "110000000" })], [ours("gpt-4.1", "input", 100_000_000n, "200")]);
    expect(rows[0]).toMatchObject({ matchedBy: "sku", differenceUsd: "9", parts: { quantity: "20", price: "-11" } });
    expect([parts.quantity, parts.price]).toEqual([usd("20"), usd("-11")]);
  });

  it("of UTC days is timing: $6 of the $20 came from hours that this month does not have", () => {
    const { rows } = run(
      [line({ usd: "220", quantity: "110000000" })],
      [ours("gpt-4.1", "input", 100_000_000n, "200")],
      [["gpt-4.1", "6"]],
    );
    expect(rows[0]!.parts).toEqual({ timing: "6", quantity: "14" });
  });

  it("without billed units is residual; a line by id needs no model", () => {
    const { rows } = run(
      [line({ usd: "203", sku: "openai/gpt-4.1/input", model: null, meter: null })],
      [ours("gpt-4.1", "input", 100_000_000n, "200")],
    );
    expect(rows[0]).toMatchObject({ matchedBy: "id", parts: { residual: "3" } });
  });

  it("is credit, tax, unmodelled or not billed, each in a row of its own", () => {
    const { rows } = run(
      [
        line({ line: 2, category: "credit", usd: "-25", sku: "c", model: null, meter: null }),
        line({ line: 3, category: "tax", usd: "19", sku: "t", model: null, meter: null }),
        line({ line: 4, usd: "7", sku: "web search", model: null, meter: null, description: "Web search" }),
      ],
      [ours("o3", "output", 10n, "5")],
    );
    expect(rows.map(({ matchedBy, parts }) => [matchedBy, parts])).toEqual([
      ["none", { credit: "-25" }],
      ["none", { tax: "19" }],
      ["none", { unmodelled: "7" }],
      ["absent", { quantity: "-5" }],
    ]);
  });

  it("of a line for a whole model is against all its meters", () => {
    const { rows } = run(
      [line({ usd: "30", meter: null }), line({ line: 3, usd: "0", quantity: "1000", meter: "output" })],
      [ours("gpt-4.1", "input", 500n, "10"), ours("gpt-4.1", "output", 500n, "19")],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ lines: [2, 3], calculatedUsd: "29", differenceUsd: "1" });
  });

  it("adds up: every line is in one row, parts are differences, rows are the invoice (property)", () => {
    const model = fc.constantFrom("gpt-4.1", "o3", null);
    const meter = fc.constantFrom("input", "output", "cacheRead", null);
    const nano = fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n });
    const billedLine = fc.record({
      lineId: fc.constant(null),
      category: fc.constantFrom(...LINE_CATEGORIES),
      sku: fc.constantFrom("a", "b", "openai/o3/output"),
      model,
      meter,
      description: fc.constant("x"),
      quantity: fc.option(fc.integer({ min: 0, max: 10 ** 9 }).map(String)),
      nanoUsd: nano,
    });
    const calculatedLine = fc.record({
      model: fc.constantFrom("gpt-4.1", "o3"),
      meter: fc.constantFrom("input", "output"),
      quantity: fc.bigInt({ min: 0n, max: 10n ** 9n }),
      nanoUsd: nano,
    });
    fc.assert(
      fc.property(
        fc.array(billedLine, { maxLength: 10 }),
        fc.uniqueArray(calculatedLine, { maxLength: 4, selector: (one) => `${one.model}/${one.meter}` }),
        fc.dictionary(fc.constantFrom("gpt-4.1", "o3"), nano),
        (lines, charges, timing) => {
          const billed = lines.map((one, index) => ({ ...one, line: index + 2 }));
          const result = reconcile({
            billed,
            calculated: charges.map((one) => ({ ...one, provider: "openai" })),
            timing: new Map(Object.entries(timing)),
          });
          expect(result.rows.flatMap((row) => row.lines).sort((a, b) => a - b)).toEqual(billed.map((one) => one.line));
          for (const row of result.rows) {
            const parts = Object.values(row.parts).reduce((sum, part) => sum + usd(part), 0n);
            expect(parts).toBe(usd(row.differenceUsd));
          }
          const all = DIFFERENCE_KINDS.reduce((sum, kind) => sum + result.parts[kind], 0n);
          expect(all).toBe(result.billedNano - result.calculatedNano);
        },
      ),
    );
  });
});
