import { parquetReadObjects, parquetMetadata } from "hyparquet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { focusChecker } from "./check-rows";
import { columnsOf, decimalText, SCALE, type FocusRow, type FocusVersion } from "./columns";
import { adjustmentRow, convertPrice, gpuRow, meterRow, type FocusMonth, type MeterCharge } from "./make-rows";
import { focusCsvHeader, focusCsvLine } from "./write-csv";
import { focusParquet } from "./write-parquet";

const NANO = 1_000_000_000n;
const month: FocusMonth = {
  account: { id: "workspace-1", name: "Acme" },
  currency: "USD",
  rateNano: NANO,
  from: new Date("2026-11-01T00:00:00Z"),
  to: new Date("2026-12-01T00:00:00Z"),
  stateOf: () => "provisional",
  tenantName: (tenant) => tenant.toUpperCase(),
};
const charge = (over: Partial<MeterCharge> = {}): MeterCharge => ({
  dayFrom: new Date("2026-11-10T00:00:00Z"),
  dayTo: new Date("2026-11-11T00:00:00Z"),
  tenant: "acme",
  endpoint: "support.answer",
  route: "chat-default",
  provider: "openai",
  model: "gpt-4o",
  pool: "",
  region: "",
  meter: "input",
  factors: [],
  listPriceNano: 2_500_000_000n,
  contractedPriceNano: 2_500_000_000n,
  priceRuleId: 7,
  correction: false,
  quantity: 410_000_000n,
  // 410 × $2.50
  costNanoUsd: 1_025n * NANO,
  requests: 10n,
  successes: 9n,
  ...over,
});
const failed = (row: FocusRow, version: FocusVersion = "1.4") => {
  const checker = focusChecker(version);
  checker.check(row);
  return checker
    .receipt()
    .rules.filter((rule) => rule.failed > 0)
    .map(({ id }) => id);
};

describe("a row of a token meter", () => {
  it("410M input tokens at $2.50 list and $2.00 contracted are $1,025 and $820", () => {
    const row = meterRow(charge({ contractedPriceNano: 2_000_000_000n, costNanoUsd: 820n * NANO }), month);
    const line = focusCsvLine(row, "1.4").trimEnd().split(",");
    const header = focusCsvHeader("1.4").trimEnd().split(",");
    const of = (name: string) => line[header.indexOf(name)];
    expect(["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"].map(of)).toEqual(["820.0", "820.0", "1025.0", "820.0"]);
    expect(["PricingQuantity", "PricingUnit", "ConsumedQuantity", "ConsumedUnit"].map(of)).toEqual([
      "410.0",
      "1000000 Tokens",
      "410000000.0",
      "Tokens",
    ]);
    expect(["ListUnitPrice", "ContractedUnitPrice", "SkuMeter", "ChargePeriodStart", "ServiceProviderName"].map(of)).toEqual([
      "2.5",
      "2.0",
      "Input Tokens",
      "2026-11-10T00:00:00Z",
      "OpenAI",
    ]);
    expect(failed(row)).toEqual([]);
    expect(failed(row, "1.2")).toEqual([]);
  });

  it("is in the currency of the statement, at its rate", () => {
    const row = meterRow(charge(), { ...month, currency: "EUR", rateNano: 920_000_000n });
    expect([row["BilledCost"], row["ListUnitPrice"], row["BillingCurrency"]]).toEqual([
      943n * NANO * NANO,
      2_300_000_000n,
      "EUR",
    ]);
    expect(convertPrice(3n, 500_000_000n)).toBe(2n);
  });

  it("keeps ListCost = ListUnitPrice × PricingQuantity, and passes, for any quantity, price and rate (property)", () => {
    const positive = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(
        positive,
        positive,
        positive,
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        (quantity, price, costNanoUsd, rateNano) => {
          const row = meterRow(charge({ quantity, listPriceNano: price, costNanoUsd }), { ...month, rateNano });
          expect(failed(row)).toEqual([]);
          expect(row["ListCost"]).toBe((row["ListUnitPrice"] as bigint) * (row["PricingQuantity"] as bigint));
        },
      ),
    );
  });
});

describe("other rows", () => {
  const gpu = {
    dayFrom: charge().dayFrom,
    dayTo: charge().dayTo,
    tenant: "acme",
    pool: "llama",
    kind: "shared" as const,
    method: "work-ratio",
    methodDetails: { decode: 4 },
    gpuMs: 7_200_000n,
    costNanoUsd: 7n * NANO,
    tokens: 5n,
    carbonNanoKg: 0n,
  };
  it("two GPU-hours for $7 are $3.50 each; idle time has no tenant; unused commitment says so", () => {
    const row = gpuRow(gpu, month);
    expect([row["PricingQuantity"], row["ListUnitPrice"], row["PricingUnit"]]).toEqual([2n * NANO, 3_500_000_000n, "GPU-Hours"]);
    const idle = gpuRow({ ...gpu, tenant: null, kind: "idle" }, month);
    const unused = gpuRow({ ...gpu, tenant: null, kind: "commitment" }, month);
    expect([idle["SubAccountId"], unused["CommitmentDiscountStatus"]]).toEqual([null, "Unused"]);
    expect([row, idle, unused].flatMap((one) => failed(one))).toEqual([]);
  });
  it("credit, tax and residual have no quantity and pass", () => {
    const rows = (["credit", "tax", "residual"] as const).map((kind) =>
      adjustmentRow({ tenant: null, kind, provider: "openai", label: "x", costNanoUsd: -5n * NANO, invoiceId: "i-1" }, month),
    );
    expect(rows.map((row) => row["ChargeCategory"])).toEqual(["Credit", "Tax", "Adjustment"]);
    expect(rows.flatMap((row) => failed(row))).toEqual([]);
  });
});

describe("the check finds", () => {
  it.each([
    ["columns", { BillingAccountId: null }],
    ["columns", { ChargePeriodStart: "2026-11-10" }],
    ["columns", { Tags: "[1]" }],
    ["currency", { BillingCurrency: "TOKENS" }],
    ["charge-category", { ChargeCategory: "Fee" }],
    ["charge-class", { ChargeClass: "Late" }],
    ["charge-period", { ChargePeriodEnd: "2026-11-10T00:00:00Z" }],
    ["billing-period", { ChargePeriodStart: "2026-10-31T00:00:00Z" }],
    ["usage-pricing", { ListUnitPrice: null }],
    ["pricing-unit", { PricingUnit: null }],
    ["consumed-unit", { ConsumedUnit: null }],
    ["list-cost", { ListCost: 1n }],
    ["contracted-cost", { ContractedCost: 1n }],
    ["sku", { SkuMeter: "Tokens" }],
    ["commitment", { CommitmentDiscountId: "c" }],
    ["sub-account", { SubAccountName: null }],
    ["resource", { ResourceType: null }],
    ["negative", { BilledCost: -1n }],
    ["allocation", { AllocatedMethodId: "x" }],
  ])("a row that breaks %s, case %#", (rule, over) => {
    expect(failed({ ...meterRow(charge(), month), ...over })).toContain(rule);
  });
  it("a quantity on a tax, and two currencies in one file", () => {
    const tax = adjustmentRow(
      { tenant: null, kind: "tax", provider: "openai", label: "x", costNanoUsd: 1n, invoiceId: null },
      month,
    );
    expect(failed({ ...tax, PricingQuantity: 1n, PricingUnit: "Tokens" })).toContain("no-pricing");
    const checker = focusChecker("1.4");
    checker.check(tax);
    checker.check({ ...tax, BillingCurrency: "EUR" });
    expect(checker.receipt().rules.at(-1)).toMatchObject({ id: "one-currency", failed: 1 });
  });
});

describe("the file", () => {
  it("writes decimals with a point and names that cannot be formulas", () => {
    expect([decimalText(410_000_000n * NANO, 9), decimalText(-5n, 18), decimalText(0n, 9)]).toEqual([
      "410000000.0",
      "-0.000000000000000005",
      "0.0",
    ]);
    expect(focusCsvLine(meterRow(charge({ endpoint: "=cmd|' /C calc'!A0" }), month), "1.4")).toContain(",'=cmd|' /C calc'!A0,");
  });

  it("has the columns of its version", () => {
    const names = (version: FocusVersion) => columnsOf(version).map(({ name }) => name);
    expect(names("1.4")).toEqual(expect.arrayContaining(["ServiceProviderName", "HostProviderName", "AllocatedMethodId"]));
    expect(names("1.4")).not.toContain("ProviderName");
    expect(names("1.2")).toEqual(expect.arrayContaining(["ProviderName", "PublisherName"]));
    expect(names("1.2")).not.toContain("ServiceProviderName");
    expect(names("1.2").slice(-11)).toEqual(names("1.4").slice(-11));
  });

  it("comes back from Parquet: DECIMAL(38,18) and DECIMAL(38,9), times, nulls and negative amounts", async () => {
    const rows = [
      meterRow(charge(), month),
      meterRow(charge({ meter: "cacheRead", quantity: -3n, costNanoUsd: -2n, correction: true, endpoint: "" }), month),
    ];
    const bytes = focusParquet(rows, "1.4");
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const { schema, num_rows } = parquetMetadata(file);
    const of = (name: string) => schema.find((element) => element.name === name)!;
    expect(num_rows).toBe(2n);
    expect(
      [of("BilledCost"), of("ListUnitPrice"), of("PricingQuantity")].map(({ precision, scale }) => [precision, scale]),
    ).toEqual([
      [38, SCALE.cost],
      [38, SCALE.price],
      [38, SCALE.quantity],
    ]);
    const back = await parquetReadObjects({ file });
    expect(back[0]).toMatchObject({
      BilledCost: 1025,
      ListUnitPrice: 2.5,
      PricingQuantity: 410,
      SkuMeter: "Input Tokens",
      ChargeClass: null,
      ChargePeriodStart: new Date("2026-11-10T00:00:00Z"),
      x_TotalRequests: 10n,
    });
    expect(back[1]).toMatchObject({ ChargeClass: "Correction", x_Endpoint: null, ConsumedQuantity: -3 });
    expect(back[1]!["BilledCost"]).toBeCloseTo(-2e-9, 20);
  });
});
