import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { assembleMonth, type Adjustment, type DirectCost, type MonthCosts, type PoolCost } from "./assemble";
import { correctStatement, minorOf } from "./correct";
import type { StatementContent, StatementLine } from "./schemas";

const USD = { rateNano: 1_000_000_000n, digits: 2 };
const usd = (text: string) => toNanoUsd(text);
const none: MonthCosts = { direct: [], pools: [], adjustments: [] };
const amounts = (lines: readonly StatementLine[] | undefined) => (lines ?? []).map(({ kind, amount }) => [kind, amount]);
const minorSum = (lines: readonly StatementLine[]) => lines.reduce((total, { amount }) => total + minorOf(amount), 0n);
const nanoSum = (lines: readonly StatementLine[]) => lines.reduce((total, { exactUsd }) => total + toNanoUsd(exactUsd), 0n);

describe("a month", () => {
  it("shares $161,280.00 over 5:3:2:7 to the cent", () => {
    const month = assembleMonth(
      {
        ...none,
        direct: [5n, 3n, 2n, 7n].map((weight, index) => ({
          tenant: `t${index}`,
          provider: "openai",
          model: "gpt-4.1",
          nanoUsd: (usd("161280") * weight) / 17n,
        })),
      },
      USD,
    );
    expect([...month.tenants.values()].map(([line]) => line!.amount)).toEqual(["47435.29", "28461.18", "18974.12", "66409.41"]);
    expect(month.totalMinor).toBe(16_128_000n);
  });

  it("keeps idle, unused commitment, overhead and residual visible, shares tax and credit by spend at that provider", () => {
    const month = assembleMonth(
      {
        direct: [
          { tenant: "acme", provider: "openai", model: "gpt-4.1", nanoUsd: usd("60") },
          { tenant: "bolt", provider: "openai", model: "gpt-4.1", nanoUsd: usd("30") },
          { tenant: "bolt", provider: "anthropic", model: "claude-sonnet-4-5", nanoUsd: usd("10") },
        ],
        pools: [
          { tenant: "acme", pool: "llama", kind: "shared", nanoUsd: usd("6.349606299") },
          { tenant: "bolt", pool: "llama", kind: "shared", nanoUsd: usd("4.850393701") },
          { tenant: null, pool: "llama", kind: "idle", nanoUsd: usd("16.8") },
          { tenant: null, pool: "llama", kind: "commitment", nanoUsd: usd("2") },
        ],
        adjustments: [
          { id: "1", provider: "openai", kind: "tax", label: "VAT", invoiceId: "i", nanoUsd: usd("18") },
          { id: "2", provider: "openai", kind: "credit", label: "Start-up credit", invoiceId: "i", nanoUsd: usd("-9") },
          { id: "3", provider: "anthropic", kind: "residual", label: "Not explained", invoiceId: "i", nanoUsd: usd("0.37") },
          { id: "4", provider: "google", kind: "tax", label: "VAT", invoiceId: "i", nanoUsd: usd("1") },
        ],
      },
      USD,
    );
    expect(amounts(month.tenants.get("acme"))).toEqual([
      ["direct", "60.00"],
      ["shared", "6.35"],
      ["credit", "-6.00"],
      ["tax", "12.00"],
    ]);
    expect(amounts(month.tenants.get("bolt"))).toEqual([
      ["direct", "10.00"],
      ["direct", "30.00"],
      ["shared", "4.85"],
      ["credit", "-3.00"],
      ["tax", "6.00"],
    ]);
    // Nobody spent anything at google: its tax is nobody's.
    expect(amounts(month.unallocated)).toEqual([
      ["idle", "16.80"],
      ["commitment", "2.00"],
      ["tax", "1.00"],
      ["residual", "0.37"],
    ]);
    // 100 + 28 + 2 + 18 − 9 + 0.37 + 1
    expect(month.totalMinor).toBe(14_037n);
  });

  const money = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
  const tenant = fc.constantFrom("", "acme", "bolt", "cove", "nobody");
  const provider = fc.constantFrom("openai", "anthropic", "google");
  const anyCosts = fc.record({
    direct: fc.array(
      fc.record<DirectCost>({ tenant, provider, model: fc.constantFrom("a", "b"), nanoUsd: fc.oneof(money, fc.constant(0n)) }),
      { maxLength: 12 },
    ),
    pools: fc.array(
      fc.record<PoolCost>({
        tenant: fc.option(tenant),
        pool: fc.constantFrom("p", "q"),
        kind: fc.constantFrom("shared", "idle", "commitment", "overhead"),
        nanoUsd: money,
      }),
      { maxLength: 8 },
    ),
    adjustments: fc.array(
      fc.record<Adjustment>({
        id: fc.constantFrom("1", "2", "3"),
        provider,
        kind: fc.constantFrom("credit", "tax", "residual"),
        label: fc.constant("x"),
        invoiceId: fc.constant("i"),
        nanoUsd: money,
      }),
      { maxLength: 6 },
    ),
  });
  const units = fc.record({ rateNano: fc.bigInt({ min: 1n, max: 10n ** 12n }), digits: fc.constantFrom(0, 2, 3) });

  it("tenants + idle + unused commitment + overhead + residual = bill, to the nano-dollar and to the cent (property)", () => {
    fc.assert(
      fc.property(anyCosts, units, (costs, unit) => {
        const month = assembleMonth(costs, unit);
        const bill = [...costs.direct, ...costs.pools, ...costs.adjustments].reduce((total, { nanoUsd }) => total + nanoUsd, 0n);
        const lines = [...month.tenants.values(), month.unallocated].flat();
        expect(month.exactNano).toBe(bill);
        expect(nanoSum(lines)).toBe(bill);
        expect(minorSum(lines)).toBe(month.totalMinor);
        // Rounded once: never more than half a unit from the bill.
        const off = month.totalMinor * 10n ** 18n - bill * unit.rateNano * 10n ** BigInt(unit.digits);
        expect(2n * off <= 10n ** 18n && 2n * off >= -(10n ** 18n)).toBe(true);
      }),
    );
  });

  it("an invoice of whole cents comes out to the cent: usage as calculated and the residual are the invoice (property)", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
        fc.array(fc.record<DirectCost>({ tenant, provider: fc.constant("openai"), model: fc.constant("m"), nanoUsd: money }), {
          maxLength: 10,
        }),
        (invoiceCents, direct) => {
          const calculated = direct.reduce((total, { nanoUsd }) => total + nanoUsd, 0n);
          const residual = { id: "1", provider: "openai", kind: "residual" as const, label: "x", invoiceId: "i" };
          const month = assembleMonth(
            { ...none, direct, adjustments: [{ ...residual, nanoUsd: invoiceCents * 10_000_000n - calculated }] },
            USD,
          );
          expect(month.totalMinor).toBe(invoiceCents);
        },
      ),
    );
  });

  it("comes out the same in whatever order the costs come (property)", () => {
    fc.assert(
      fc.property(anyCosts, (costs) => {
        const turned = {
          direct: costs.direct.toReversed(),
          pools: costs.pools.toReversed(),
          adjustments: costs.adjustments.toReversed(),
        };
        const [a, b] = [assembleMonth(costs, USD), assembleMonth(turned, USD)];
        const text = (month: typeof a) =>
          JSON.stringify([[...month.tenants], month.unallocated], (key, value: unknown) => (key === "label" ? "" : value));
        expect(text(b)).toBe(text(a));
      }),
    );
  });
});

describe("a restatement", () => {
  const content = (lines: StatementLine[]): StatementContent => ({
    currency: "USD",
    digits: 2,
    rate: "1",
    rateDay: null,
    timeZone: "UTC",
    from: "2026-10-01T00:00:00.000Z",
    to: "2026-11-01T00:00:00.000Z",
    lines,
    exactUsd: nanoToUsd(nanoSum(lines)),
    total: `${minorSum(lines) / 100n}.${(minorSum(lines) % 100n).toString().padStart(2, "0")}`,
  });
  const of = (model: string, nano: string) =>
    assembleMonth({ ...none, direct: [{ tenant: "acme", provider: "openai", model, nanoUsd: usd(nano) }] }, USD).tenants.get(
      "acme",
    )!;

  it("leaves every locked line as it was, and adds what differs: late data, and what went away", () => {
    const locked = content([...of("gpt-4.1", "10"), ...of("o3", "4")]);
    const restated = correctStatement(locked, content([...of("gpt-4.1", "12.5"), ...of("gpt-4o", "1")]))!;
    expect(restated.lines.slice(0, 2)).toEqual(locked.lines);
    expect(restated.lines.slice(2).map(({ model, amount, correction }) => [model, amount, correction])).toEqual([
      ["gpt-4.1", "2.50", true],
      ["o3", "-4.00", true],
      ["gpt-4o", "1.00", true],
    ]);
    expect(restated.total).toBe("13.50");
    expect(minorSum(restated.lines)).toBe(1350n);
  });

  it("of a restatement counts from where it stood, and there is none when nothing changed", () => {
    const first = content(of("gpt-4.1", "10"));
    const second = correctStatement(first, content(of("gpt-4.1", "12")))!;
    expect(correctStatement(second, content(of("gpt-4.1", "12")))).toBeNull();
    const third = correctStatement(second, content(of("gpt-4.1", "11.5")))!;
    expect(third.lines.map(({ amount }) => amount)).toEqual(["10.00", "2.00", "-0.50"]);
  });
});
