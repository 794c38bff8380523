/** Savings as people read them. Pure. */
import { formatMetricValue } from "@/components/format";
import type { EstimateView, LedgerRow, MeasurementView } from "@/lib/advisor/ledger/schemas";

type Standing = LedgerRow["standing"];

export const STANDING_LABEL: Record<Standing, string> = {
  waiting: "not measured yet",
  unproven: "not proven",
  saving: "saving",
  loss: "costs more",
  evaporated: "evaporated",
};

export const STANDING_LOOK: Record<Standing, "outline" | "secondary" | "success" | "destructive" | "warning"> = {
  waiting: "outline",
  unproven: "secondary",
  saving: "success",
  loss: "destructive",
  evaporated: "warning",
};

export const STANDING_MEANS: Record<Standing, string> = {
  waiting: "No changed request has been compared yet: nothing is booked.",
  unproven: "The lower bound is not above zero: nothing is booked.",
  saving: "The lower bound is booked.",
  loss: "It surely costs more than before.",
  evaporated: "It surely saves less than half of what it surely saved at first.",
};

export const METHOD_LABEL: Record<MeasurementView["method"], string> = {
  split: "canary against control, same hours",
  seasonal: "against the weeks before (weaker)",
};

export const usd = (text: string | null): string => formatMetricValue(text === null ? null : Number(text), "usd");

const percent = (fraction: number): string => `${fraction < 0 ? "−" : ""}${Number((Math.abs(fraction) * 100).toFixed(1))} %`;

/** "$12.30 – $20.00" */
export const rangeOf = (low: string | null, high: string | null): string =>
  low === null || high === null ? "—" : low === high ? usd(low) : `${usd(low)} – ${usd(high)}`;

export const estimateWords = ({ lowUsd, highUsd }: EstimateView): string =>
  lowUsd === null ? "not known beforehand" : rangeOf(lowUsd, highUsd);

/** "48 % less (31 % to 64 %)"; negative is more. */
export function shareWords({ share, lowShare, highShare }: Pick<MeasurementView, "share" | "lowShare" | "highShare">): string {
  if (share === null || lowShare === null || highShare === null) return "—";
  return `${percent(share)} (${percent(lowShare)} to ${percent(highShare)})`;
}
