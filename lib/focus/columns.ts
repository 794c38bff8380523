/** The columns of a FOCUS cost and usage file, by version, in the order in which they are written. Pure. */

export const FOCUS_VERSIONS = ["1.4", "1.2"] as const;
export type FocusVersion = (typeof FOCUS_VERSIONS)[number];

/** Decimals are integers in units of 10^-scale: costs 18, prices and quantities 9, carbon 9. Instants are UTC to the second. */
export type FocusType = "text" | "json" | "instant" | "cost" | "price" | "quantity" | "count";

export const SCALE: Record<"cost" | "price" | "quantity", number> = { cost: 18, price: 9, quantity: 9 };

export type FocusValue = string | bigint | null;
export type FocusRow = Record<string, FocusValue>;

export interface FocusColumn {
  name: string;
  type: FocusType;
  /** Never null in any row. */
  required: boolean;
  /** Only of these versions; absent: of all. */
  versions?: readonly FocusVersion[];
}

const column = (name: string, type: FocusType = "text", required = false, versions?: readonly FocusVersion[]): FocusColumn => ({
  name,
  type,
  required,
  ...(versions ? { versions } : {}),
});
const must = (name: string, type: FocusType = "text", versions?: readonly FocusVersion[]) => column(name, type, true, versions);
const NEW = ["1.4"] as const;
/** Left out of 1.4, where ServiceProviderName and HostProviderName say it. */
const OLD = ["1.2"] as const;

const COLUMNS: readonly FocusColumn[] = [
  must("BilledCost", "cost"),
  must("EffectiveCost", "cost"),
  must("ListCost", "cost"),
  must("ContractedCost", "cost"),
  must("BillingAccountId"),
  must("BillingAccountName"),
  must("BillingAccountType"),
  must("BillingCurrency"),
  must("BillingPeriodStart", "instant"),
  must("BillingPeriodEnd", "instant"),
  must("ChargePeriodStart", "instant"),
  must("ChargePeriodEnd", "instant"),
  must("ChargeCategory"),
  column("ChargeClass"),
  must("ChargeDescription"),
  column("ChargeFrequency"),
  column("PricingQuantity", "quantity"),
  column("PricingUnit"),
  column("PricingCategory"),
  column("ListUnitPrice", "price"),
  column("ContractedUnitPrice", "price"),
  column("ConsumedQuantity", "quantity"),
  column("ConsumedUnit"),
  must("ProviderName", "text", OLD),
  must("PublisherName", "text", OLD),
  must("ServiceProviderName", "text", NEW),
  must("HostProviderName", "text", NEW),
  must("InvoiceIssuerName"),
  must("ServiceCategory"),
  must("ServiceSubcategory"),
  must("ServiceName"),
  column("SkuId"),
  column("SkuPriceId"),
  column("SkuMeter"),
  column("SkuPriceDetails", "json"),
  column("ResourceId"),
  column("ResourceName"),
  column("ResourceType"),
  column("RegionId"),
  column("RegionName"),
  column("SubAccountId"),
  column("SubAccountName"),
  column("SubAccountType"),
  column("CommitmentDiscountId"),
  column("CommitmentDiscountName"),
  column("CommitmentDiscountCategory"),
  column("CommitmentDiscountType"),
  column("CommitmentDiscountStatus"),
  column("AllocatedMethodId", "text", false, NEW),
  column("AllocatedMethodDetails", "json", false, NEW),
  column("AllocatedTags", "json", false, NEW),
  column("InvoiceId"),
  column("Tags", "json"),
  column("x_TenantId"),
  column("x_Endpoint"),
  column("x_ModelRoute"),
  column("x_SuccessfulRequests", "count"),
  column("x_TotalRequests", "count"),
  column("x_CacheReadTokens", "count"),
  column("x_ConsumedTokens", "count"),
  column("x_RolloutId"),
  column("x_CarbonKg", "quantity"),
  must("x_DataState"),
];

export const columnsOf = (version: FocusVersion): FocusColumn[] =>
  COLUMNS.filter(({ versions }) => !versions || versions.includes(version));

export const CHARGE_CATEGORIES = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"] as const;
export const SKU_METERS = [
  "Input Tokens",
  "Cached Input Tokens",
  "Cache Write Tokens",
  "Output Tokens",
  "Audio Input Tokens",
  "Audio Output Tokens",
  "Images",
  "Requests",
  "GPU Usage",
] as const;
export type SkuMeter = (typeof SKU_METERS)[number];

/** An integer in units of 10^-scale as decimal text that always has a point: 410000000000000000n at 9 is "410000000.0". */
export function decimalText(value: bigint, scale: number): string {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const fraction = digits.slice(-scale).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -scale)}.${fraction || "0"}`;
}
