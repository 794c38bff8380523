/** Every row of a FOCUS file held against the rules of its version; the receipt goes with the file. Pure. */
import { isCurrency } from "@/lib/currency/currencies";
import {
  CHARGE_CATEGORIES,
  columnsOf,
  decimalText,
  SCALE,
  SKU_METERS,
  type FocusColumn,
  type FocusRow,
  type FocusVersion,
} from "./columns";

export interface RuleResult {
  id: string;
  rule: string;
  checked: number;
  failed: number;
  /** The first rows that broke it; the first row of data is 1. */
  examples: { row: number; found: string }[];
}

export interface FocusReceipt {
  version: FocusVersion;
  rows: number;
  failures: number;
  rules: RuleResult[];
  currency: string | null;
  /** Sums over the file, exact decimal text. */
  totals: { billedCost: string; effectiveCost: string; listCost: string; contractedCost: string };
  /** Billed cost by tenant; "" is what no tenant is charged for. */
  byTenant: Record<string, string>;
}

const MAX_EXAMPLES = 5;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** undefined: it holds. null: it does not apply to this row. Text: what was found instead. */
type Check = (row: FocusRow) => string | undefined | null;

const isUsage = (row: FocusRow) => row["ChargeCategory"] === "Usage" || row["ChargeCategory"] === "Purchase";
const show = (value: unknown) => (typeof value === "bigint" ? value.toString() : (JSON.stringify(value) ?? "nothing"));
const both = (row: FocusRow, a: string, b: string) =>
  ((row[a] ?? null) === null) === ((row[b] ?? null) === null) ? undefined : `${a} ${show(row[a])}, ${b} ${show(row[b])}`;
const product = (row: FocusRow, cost: string, price: string): ReturnType<Check> => {
  if (!isUsage(row) || typeof row[price] !== "bigint" || typeof row["PricingQuantity"] !== "bigint") return null;
  return row[cost] === row[price] * row["PricingQuantity"]
    ? undefined
    : `${show(row[cost])} is not ${show(row[price])} × ${show(row["PricingQuantity"])}`;
};
const filled = (row: FocusRow, names: readonly string[]): ReturnType<Check> => {
  const missing = names.filter((name) => (row[name] ?? null) === null);
  return missing.length === 0 ? undefined : `${missing.join(", ")} is null`;
};

function isOfType({ name, type, required }: FocusColumn, row: FocusRow): string | undefined {
  const value = row[name] ?? null;
  if (value === null) return required ? `${name} is null` : undefined;
  switch (type) {
    case "text":
      return typeof value === "string" && value !== "" ? undefined : `${name} is ${show(value)}`;
    case "json":
      return typeof value === "string" && isJsonObject(value) ? undefined : `${name} is not a JSON object`;
    case "instant":
      return typeof value === "string" && INSTANT.test(value) && !Number.isNaN(Date.parse(value))
        ? undefined
        : `${name} is ${show(value)}`;
    case "cost":
    case "price":
    case "quantity":
      return typeof value === "bigint" && value < 10n ** 38n && value > -(10n ** 38n) ? undefined : `${name} is ${show(value)}`;
    case "count":
      return typeof value === "bigint" ? undefined : `${name} is ${show(value)}`;
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const text = (row: FocusRow, name: string): string => String(row[name] ?? "");

function rulesOf(version: FocusVersion): { id: string; rule: string; check: Check }[] {
  const columns = columnsOf(version);
  return [
    {
      id: "columns",
      rule: "Every column has a value of its type, and mandatory ones are never null",
      check: (row) => columns.map((one) => isOfType(one, row)).find((found) => found !== undefined),
    },
    {
      id: "currency",
      rule: "BillingCurrency is a code of ISO 4217",
      check: (row) => (isCurrency(text(row, "BillingCurrency")) ? undefined : show(row["BillingCurrency"])),
    },
    {
      id: "charge-category",
      rule: `ChargeCategory is one of ${CHARGE_CATEGORIES.join(", ")}`,
      check: (row) =>
        (CHARGE_CATEGORIES as readonly string[]).includes(text(row, "ChargeCategory")) ? undefined : show(row["ChargeCategory"]),
    },
    {
      id: "charge-class",
      rule: "ChargeClass is null or Correction",
      check: (row) =>
        (row["ChargeClass"] ?? null) === null || row["ChargeClass"] === "Correction" ? undefined : show(row["ChargeClass"]),
    },
    {
      id: "charge-period",
      rule: "ChargePeriodStart is before ChargePeriodEnd",
      check: (row) => (text(row, "ChargePeriodStart") < text(row, "ChargePeriodEnd") ? undefined : text(row, "ChargePeriodEnd")),
    },
    {
      id: "billing-period",
      rule: "The charge period begins in the billing period, and the billing period does not end before it begins",
      check: (row) => {
        const [start, end, at] = ["BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart"].map((name) => text(row, name));
        return start! < end! && at! >= start! && at! < end! ? undefined : `${at} is not in ${start} to ${end}`;
      },
    },
    {
      id: "usage-pricing",
      rule: "Usage and purchases that are no corrections state quantity, unit, category and both unit prices",
      check: (row) =>
        isUsage(row) && row["ChargeClass"] !== "Correction"
          ? filled(row, [
              "PricingQuantity",
              "PricingUnit",
              "PricingCategory",
              "ListUnitPrice",
              "ContractedUnitPrice",
              "SkuId",
              "SkuPriceId",
            ])
          : null,
    },
    {
      id: "no-pricing",
      rule: "Tax has no quantities, prices or SKU",
      check: (row) => {
        if (row["ChargeCategory"] !== "Tax") return null;
        const names = [
          "PricingQuantity",
          "PricingUnit",
          "ListUnitPrice",
          "ContractedUnitPrice",
          "ConsumedQuantity",
          "ConsumedUnit",
          "SkuId",
        ];
        return names.every((name) => (row[name] ?? null) === null) ? undefined : "a quantity, price or SKU is given";
      },
    },
    {
      id: "pricing-unit",
      rule: "PricingQuantity and PricingUnit come together",
      check: (row) => both(row, "PricingQuantity", "PricingUnit"),
    },
    {
      id: "consumed-unit",
      rule: "ConsumedQuantity and ConsumedUnit come together",
      check: (row) => both(row, "ConsumedQuantity", "ConsumedUnit"),
    },
    {
      id: "list-cost",
      rule: "ListCost = ListUnitPrice × PricingQuantity, exactly",
      check: (row) => product(row, "ListCost", "ListUnitPrice"),
    },
    {
      id: "contracted-cost",
      rule: "ContractedCost = ContractedUnitPrice × PricingQuantity, exactly",
      check: (row) => product(row, "ContractedCost", "ContractedUnitPrice"),
    },
    {
      id: "sku",
      rule: "SkuId, SkuPriceId and SkuMeter come together; a meter is one of the disjoint ones",
      check: (row) =>
        both(row, "SkuId", "SkuPriceId") ??
        both(row, "SkuId", "SkuMeter") ??
        ((row["SkuMeter"] ?? null) === null || (SKU_METERS as readonly string[]).includes(text(row, "SkuMeter"))
          ? undefined
          : show(row["SkuMeter"])),
    },
    {
      id: "commitment",
      rule: "Columns of commitment discounts come together, and only usage is used or unused",
      check: (row) =>
        both(row, "CommitmentDiscountId", "CommitmentDiscountCategory") ??
        both(row, "CommitmentDiscountId", "CommitmentDiscountType") ??
        ((row["CommitmentDiscountId"] ?? null) === null || row["ChargeCategory"] !== "Usage"
          ? undefined
          : filled(row, ["CommitmentDiscountStatus"])),
    },
    {
      id: "sub-account",
      rule: "SubAccountId, its name and its type come together",
      check: (row) => both(row, "SubAccountId", "SubAccountName") ?? both(row, "SubAccountId", "SubAccountType"),
    },
    {
      id: "resource",
      rule: "A resource has a name and a type",
      check: (row) => both(row, "ResourceId", "ResourceType") ?? both(row, "ResourceId", "ResourceName"),
    },
    {
      id: "negative",
      rule: "Usage that is no correction is not negative",
      check: (row) =>
        row["ChargeCategory"] === "Usage" && row["ChargeClass"] !== "Correction"
          ? typeof row["BilledCost"] === "bigint" && row["BilledCost"] >= 0n
            ? undefined
            : show(row["BilledCost"])
          : null,
    },
    ...(version === "1.4"
      ? [
          {
            id: "allocation",
            rule: "AllocatedMethodDetails needs AllocatedMethodId",
            check: (row: FocusRow) => both(row, "AllocatedMethodId", "AllocatedMethodDetails"),
          },
        ]
      : []),
  ];
}

export interface FocusChecker {
  check(row: FocusRow): void;
  receipt(): FocusReceipt;
}

/** Takes the rows as they are written; the receipt is there at any time. */
export function focusChecker(version: FocusVersion): FocusChecker {
  const rules = rulesOf(version).map(({ check, ...rule }) => ({
    check,
    result: { ...rule, checked: 0, failed: 0, examples: [] } as RuleResult,
  }));
  const totals = { BilledCost: 0n, EffectiveCost: 0n, ListCost: 0n, ContractedCost: 0n };
  const tenants = new Map<string, bigint>();
  const currencies = new Set<string>();
  let rows = 0;
  return {
    check(row) {
      rows += 1;
      for (const { check, result } of rules) {
        const found = check(row);
        if (found === null) continue;
        result.checked += 1;
        if (found === undefined) continue;
        result.failed += 1;
        if (result.examples.length < MAX_EXAMPLES) result.examples.push({ row: rows, found });
      }
      for (const name of Object.keys(totals) as (keyof typeof totals)[]) {
        const value = row[name];
        if (typeof value === "bigint") totals[name] += value;
      }
      const tenant = text(row, "x_TenantId");
      const billed = row["BilledCost"];
      if (typeof billed === "bigint") tenants.set(tenant, (tenants.get(tenant) ?? 0n) + billed);
      currencies.add(text(row, "BillingCurrency"));
    },
    receipt() {
      const one: RuleResult = {
        id: "one-currency",
        rule: "The file is in one currency",
        checked: rows === 0 ? 0 : 1,
        failed: currencies.size > 1 ? 1 : 0,
        examples: currencies.size > 1 ? [{ row: rows, found: [...currencies].join(", ") }] : [],
      };
      const results = [...rules.map(({ result }) => result), one];
      const usd = (value: bigint) => decimalText(value, SCALE.cost);
      return {
        version,
        rows,
        failures: results.reduce((sum, { failed }) => sum + failed, 0),
        rules: results,
        currency: currencies.size === 1 ? [...currencies][0]! : null,
        totals: {
          billedCost: usd(totals.BilledCost),
          effectiveCost: usd(totals.EffectiveCost),
          listCost: usd(totals.ListCost),
          contractedCost: usd(totals.ContractedCost),
        },
        byTenant: Object.fromEntries(
          [...tenants].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tenant, value]) => [tenant, usd(value)]),
        ),
      };
    },
  };
}
