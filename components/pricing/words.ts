/** Words and shapes of the pricing pages. */
import { METER_LABEL } from "@/components/requests/words";
import type { RuleView, Standing } from "@/lib/pricing/manage/schemas";
import type { RulePrices } from "@/lib/pricing/schemas";
import type { RepricingStatus } from "@/lib/repricing/schemas";

export type PricedMeter = keyof typeof METER_LABEL;
export const PRICED_METERS = Object.keys(METER_LABEL) as PricedMeter[];

export const BOOK_LABEL = { tenant: "Tenant", workspace: "Workspace", base: "List", imported: "Imported" } as const;

export const STANDING_LABEL: Record<Standing, string> = {
  in_force: "in force",
  future: "future",
  past: "past",
  superseded: "superseded",
};
export const STANDING_VARIANT = { in_force: "success", future: "default", past: "outline", superseded: "outline" } as const;

export const STATUS_LABEL: Record<RepricingStatus, string> = {
  counting: "dry run going on",
  ready: "dry run ready",
  awaiting_approval: "awaits a second admin",
  applying: "being applied",
  done: "applied",
  cancelled: "cancelled",
  outdated: "outdated",
};
export const STATUS_VARIANT = {
  counting: "default",
  ready: "warning",
  awaiting_approval: "warning",
  applying: "default",
  done: "success",
  cancelled: "outline",
  outdated: "outline",
} as const;

/** "input $2.50, output $10" and what else the rule says. */
export function wordPrices({ state, prices }: Pick<RuleView, "state" | "prices">): string {
  if (state === "free") return "free";
  const meters = PRICED_METERS.flatMap((meter) => {
    const price = prices[meter];
    if (!price) return [];
    const tiers = price.tiers.map((tier) => `, $${tier.price} above ${tier.start.toLocaleString("en-US")}`).join("");
    return [`${METER_LABEL[meter].toLowerCase()} $${price.base}${tiers}`];
  });
  const { batch, serviceTier = {}, discount = {} } = prices.modifiers ?? {};
  const factors = [
    ...(batch === undefined ? [] : [`batch ×${batch}`]),
    ...Object.entries(serviceTier).map(([tier, factor]) => `${tier} ×${factor}`),
    ...Object.entries(discount).map(([meter, factor]) => `negotiated ${meter} ×${factor}`),
  ];
  return [...meters, ...factors].join(" · ");
}

/** UTC day, or the instant when it is not a midnight. */
const day = (at: string) => (at.endsWith("T00:00:00.000Z") ? at.slice(0, 10) : `${at.slice(0, 16).replace("T", " ")} UTC`);

export function wordEffective({
  effectiveFrom,
  effectiveTo,
}: {
  effectiveFrom: string | null;
  effectiveTo: string | null;
}): string {
  if (!effectiveFrom && !effectiveTo) return "always";
  if (!effectiveTo) return `from ${day(effectiveFrom ?? "")}`;
  return effectiveFrom ? `${day(effectiveFrom)} – ${day(effectiveTo)}` : `until ${day(effectiveTo)}`;
}

/** What the form of a price begins with. */
export interface PriceDraft {
  book: "workspace" | "tenant";
  tenantId: string;
  provider: string;
  model: string;
  prices: RulePrices;
  note: string;
}

export const emptyPrice = (): PriceDraft => ({ book: "workspace", tenantId: "", provider: "", model: "", prices: {}, note: "" });

/** A date field as the start of that UTC day. */
export const startOfDay = (date: string): string | null => (date === "" ? null : `${date}T00:00:00.000Z`);
