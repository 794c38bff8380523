/**
 * Charges of a month → rows of a FOCUS file: one per token meter, price and charge period, cached and uncached never blended.
 * Pure and exact: costs are nano-dollars × a rate of nine decimals, so the file adds up to the statement to the last digit.
 */
import { SCALE, type FocusRow, type SkuMeter } from "./columns";

const NANO = 1_000_000_000n;

/** A month's charge of one meter, as recorded. Prices are nano-dollars per pricing unit. */
export interface MeterCharge {
  dayFrom: Date;
  dayTo: Date;
  tenant: string;
  endpoint: string;
  route: string;
  provider: string;
  model: string;
  pool: string;
  region: string;
  meter: string;
  factors: readonly (readonly [string, string])[];
  listPriceNano: bigint;
  contractedPriceNano: bigint;
  priceRuleId: number | null;
  correction: boolean;
  quantity: bigint;
  costNanoUsd: bigint;
  requests: bigint;
  successes: bigint;
}

/** A day's part of a GPU pool's bill; tenant null: nobody's. */
export interface GpuCharge {
  dayFrom: Date;
  dayTo: Date;
  tenant: string | null;
  pool: string;
  kind: "shared" | "idle" | "commitment" | "overhead";
  method: string;
  methodDetails: Record<string, unknown>;
  gpuMs: bigint;
  costNanoUsd: bigint;
  tokens: bigint;
  carbonNanoKg: bigint;
}

/** A line of an invoice beyond usage, shared out; tenant null: nobody's. */
export interface AdjustmentCharge {
  tenant: string | null;
  kind: "credit" | "tax" | "residual";
  provider: string;
  label: string;
  costNanoUsd: bigint;
  invoiceId: string | null;
}

export interface FocusMonth {
  account: { id: string; name: string };
  currency: string;
  /** Units of the currency for a dollar, in 10⁻⁹. */
  rateNano: bigint;
  from: Date;
  to: Date;
  stateOf: (tenant: string | null) => string;
  tenantName: (tenant: string) => string;
}

/** "2026-11-01T00:00:00Z" */
const instantText = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

/** A price in the billing currency: nine decimals, half-even. */
export function convertPrice(nano: bigint, rateNano: bigint): bigint {
  const exact = nano * rateNano;
  const down = exact / NANO;
  const twice = (exact - down * NANO) * 2n;
  return twice > NANO || (twice === NANO && down % 2n === 1n) ? down + 1n : down;
}

const METER_OF: Record<string, { meter: SkuMeter; pricingUnit: string; consumedUnit: string; perUnit: bigint }> = {
  input: tokens("Input Tokens"),
  cacheRead: tokens("Cached Input Tokens"),
  cacheWrite5m: tokens("Cache Write Tokens"),
  cacheWrite1h: tokens("Cache Write Tokens"),
  output: tokens("Output Tokens"),
  audioIn: tokens("Audio Input Tokens"),
  audioOut: tokens("Audio Output Tokens"),
  image: { meter: "Images", pricingUnit: "1000000 Images", consumedUnit: "Images", perUnit: 1_000_000n },
  request: { meter: "Requests", pricingUnit: "Requests", consumedUnit: "Requests", perUnit: 1n },
};

function tokens(meter: SkuMeter) {
  return { meter, pricingUnit: "1000000 Tokens", consumedUnit: "Tokens", perUnit: 1_000_000n };
}

const PROVIDER_NAMES: Record<string, string> = {
  openai: "OpenAI",
  anthropic: "Anthropic",
  google: "Google",
  azure: "Microsoft",
  aws: "AWS",
  mistral: "Mistral AI",
  deepseek: "DeepSeek",
};
const providerName = (provider: string): string => PROVIDER_NAMES[provider] ?? (provider || "Unknown provider");
const OWN = "Self-hosted";

export function meterRow(charge: MeterCharge, month: FocusMonth): FocusRow {
  const { meter, pricingUnit, consumedUnit, perUnit } = METER_OF[charge.meter] ?? METER_OF["request"]!;
  const provider = charge.pool ? OWN : providerName(charge.provider);
  const quantity = (charge.quantity * 10n ** BigInt(SCALE.quantity)) / perUnit;
  const listUnitPrice = convertPrice(charge.listPriceNano, month.rateNano);
  const contractedUnitPrice = convertPrice(charge.contractedPriceNano, month.rateNano);
  const sku = `${charge.provider}/${charge.model}/${charge.meter}`;
  const factors = charge.factors.map(([reason, factor]) => `${reason} ${factor}`);
  const isTokens = consumedUnit === "Tokens";
  return {
    ...base(month, charge, charge.tenant),
    ...costs(charge.costNanoUsd, month.rateNano),
    ListCost: listUnitPrice * quantity,
    ContractedCost: contractedUnitPrice * quantity,
    ChargeCategory: "Usage",
    ChargeClass: charge.correction ? "Correction" : null,
    ChargeDescription: `${meter} of ${charge.model} at ${provider}${factors.length > 0 ? ` (${factors.join(", ")})` : ""}`,
    ChargeFrequency: "Usage-Based",
    PricingQuantity: quantity,
    PricingUnit: pricingUnit,
    PricingCategory: "Standard",
    ListUnitPrice: listUnitPrice,
    ContractedUnitPrice: contractedUnitPrice,
    ConsumedQuantity: charge.quantity * 10n ** BigInt(SCALE.quantity),
    ConsumedUnit: consumedUnit,
    ...providers(provider, charge.pool ? month.account.name : provider),
    ServiceName: charge.pool ? `GPU pool ${charge.pool}` : `${provider} API`,
    SkuId: sku,
    SkuPriceId: `${sku}/${charge.priceRuleId ?? "none"}/${[charge.contractedPriceNano, ...factors].join("/")}`,
    SkuMeter: meter,
    SkuPriceDetails: JSON.stringify({ x_Meter: charge.meter, x_PriceRule: charge.priceRuleId, x_Factors: factors }),
    ResourceId: charge.model || null,
    ResourceName: charge.model || null,
    ResourceType: charge.model ? "Model" : null,
    RegionId: charge.region || null,
    RegionName: charge.region || null,
    Tags: JSON.stringify({ endpoint: charge.endpoint, route: charge.route }),
    x_Endpoint: charge.endpoint || null,
    x_ModelRoute: charge.route || null,
    x_SuccessfulRequests: charge.successes,
    x_TotalRequests: charge.requests,
    x_CacheReadTokens: charge.meter === "cacheRead" ? charge.quantity : 0n,
    x_ConsumedTokens: isTokens ? charge.quantity : 0n,
  };
}

const GPU_WORDS: Record<GpuCharge["kind"], string> = {
  shared: "busy, by work",
  idle: "idle",
  commitment: "reserved and not used",
  overhead: "busy without a tenant's work",
};
const MS_PER_HOUR = 3_600_000n;

export function gpuRow(charge: GpuCharge, month: FocusMonth): FocusRow {
  const quantity = divide(charge.gpuMs * 10n ** BigInt(SCALE.quantity), MS_PER_HOUR);
  // What an hour of it cost on average: nodes of one pool may have different rates.
  const priceNano = charge.gpuMs === 0n ? 0n : divide(charge.costNanoUsd * MS_PER_HOUR, charge.gpuMs);
  const unitPrice = convertPrice(priceNano, month.rateNano);
  const unused = charge.kind === "commitment";
  const commitment = `${charge.pool}/reserved`;
  const sku = `${OWN.toLowerCase()}/${charge.pool}/gpu-hours`;
  return {
    ...base(month, charge, charge.tenant),
    ...costs(charge.costNanoUsd, month.rateNano),
    ListCost: unitPrice * quantity,
    ContractedCost: unitPrice * quantity,
    ChargeCategory: "Usage",
    ChargeClass: null,
    ChargeDescription: `GPU pool ${charge.pool}, ${GPU_WORDS[charge.kind]}`,
    ChargeFrequency: "Usage-Based",
    PricingQuantity: quantity,
    PricingUnit: "GPU-Hours",
    PricingCategory: unused ? "Committed" : "Standard",
    ListUnitPrice: unitPrice,
    ContractedUnitPrice: unitPrice,
    ConsumedQuantity: unused ? null : quantity,
    ConsumedUnit: unused ? null : "GPU-Hours",
    ...providers(OWN, month.account.name),
    ServiceName: `GPU pool ${charge.pool}`,
    SkuId: sku,
    SkuPriceId: `${sku}/${priceNano}`,
    SkuMeter: "GPU Usage",
    SkuPriceDetails: JSON.stringify({ x_Kind: charge.kind }),
    ResourceId: charge.pool,
    ResourceName: charge.pool,
    ResourceType: "GPU pool",
    ...(unused
      ? {
          CommitmentDiscountId: commitment,
          CommitmentDiscountName: commitment,
          CommitmentDiscountCategory: "Usage",
          CommitmentDiscountType: "Reserved GPUs",
          CommitmentDiscountStatus: "Unused",
        }
      : {}),
    AllocatedMethodId: charge.tenant === null ? null : charge.method,
    AllocatedMethodDetails: charge.tenant === null ? null : JSON.stringify(charge.methodDetails),
    Tags: JSON.stringify({ pool: charge.pool }),
    x_SuccessfulRequests: 0n,
    x_TotalRequests: 0n,
    x_CacheReadTokens: 0n,
    x_ConsumedTokens: charge.tokens,
    x_CarbonKg: charge.carbonNanoKg,
  };
}

const CATEGORY = { credit: "Credit", tax: "Tax", residual: "Adjustment" } as const;

export function adjustmentRow(charge: AdjustmentCharge, month: FocusMonth): FocusRow {
  const provider = providerName(charge.provider);
  const cost = charge.costNanoUsd * month.rateNano;
  return {
    ...base(month, { dayFrom: month.from, dayTo: month.to }, charge.tenant),
    ...costs(charge.costNanoUsd, month.rateNano),
    ListCost: cost,
    ContractedCost: cost,
    ChargeCategory: CATEGORY[charge.kind],
    ChargeClass: null,
    ChargeDescription: charge.label,
    ChargeFrequency: "One-Time",
    ...providers(provider, provider),
    ServiceName: `${provider} API`,
    InvoiceId: charge.invoiceId,
    Tags: JSON.stringify({}),
  };
}

function base(month: FocusMonth, { dayFrom, dayTo }: { dayFrom: Date; dayTo: Date }, tenant: string | null): FocusRow {
  return {
    BillingAccountId: month.account.id,
    BillingAccountName: month.account.name,
    BillingAccountType: "Workspace",
    BillingCurrency: month.currency,
    BillingPeriodStart: instantText(month.from),
    BillingPeriodEnd: instantText(month.to),
    ChargePeriodStart: instantText(dayFrom),
    ChargePeriodEnd: instantText(dayTo),
    ServiceCategory: "AI and Machine Learning",
    ServiceSubcategory: "Generative AI",
    // An account needs an id: spend that names no tenant stays with the billing account.
    SubAccountId: tenant || null,
    SubAccountName: tenant ? month.tenantName(tenant) : null,
    SubAccountType: tenant ? "Tenant" : null,
    x_TenantId: tenant || null,
    x_DataState: month.stateOf(tenant),
  };
}

const costs = (nanoUsd: bigint, rateNano: bigint): FocusRow => ({
  BilledCost: nanoUsd * rateNano,
  EffectiveCost: nanoUsd * rateNano,
});

const providers = (provider: string, issuer: string): FocusRow => ({
  ProviderName: provider,
  PublisherName: provider,
  ServiceProviderName: provider,
  HostProviderName: provider,
  InvoiceIssuerName: issuer,
});

/** Rounded half-even; the divisor is positive. */
function divide(value: bigint, divisor: bigint): bigint {
  const negative = value < 0n;
  const size = negative ? -value : value;
  const down = size / divisor;
  const twice = (size - down * divisor) * 2n;
  const rounded = twice > divisor || (twice === divisor && down % 2n === 1n) ? down + 1n : down;
  return negative ? -rounded : rounded;
}
