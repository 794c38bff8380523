import type { BadgeVariant } from "./badge-variant";
import type { Confidence } from "@/lib/advisor/findings/finding";
import type { Effort, Risk } from "@/lib/advisor/findings/levers";
import type { FindingState, FindingView } from "@/lib/advisor/findings/schemas";
import type { PatternId } from "@/lib/advisor/findings/patterns";
import { formatUsd } from "@/lib/money/format";

export const STATE_LABEL: Record<FindingState, string> = {
  open: "Open",
  in_change: "In work",
  verified: "Verified",
  dismissed: "Dismissed",
  gone: "Gone",
};

export const CONFIDENCE_VARIANT: Record<Confidence, BadgeVariant> = { high: "success", medium: "secondary", low: "warning" };
export const RISK_LABEL: Record<Risk, string> = { none: "no risk", low: "low risk", medium: "medium risk", high: "high risk" };
export const EFFORT_LABEL: Record<Effort, string> = { low: "Low effort", medium: "Medium effort", high: "High effort" };

export const PATTERN_LABEL: Record<PatternId, string> = {
  oversized_model: "Oversized model",
  ignored_cheap_win: "Ignored cheap win",
  unmeasured_quality: "Unmeasured quality",
  over_engineered_routing: "Over-engineered routing",
  single_provider: "Single provider",
  premature_optimisation: "Premature optimisation",
  evaporated_saving: "Evaporated saving",
  escalation_jump: "Escalations jumped",
};

/** "$147.62 – $158.96"; one number where both ends are the same. */
export function rangeUsd(low: string | null, high: string | null): string {
  if (low === null || high === null) return "—";
  // What a lever adds to others may be less at the high end, where they leave less of it.
  const [from, to] = Number(low) <= Number(high) ? [formatUsd(low), formatUsd(high)] : [formatUsd(high), formatUsd(low)];
  return from === to ? to : `${from} – ${to}`;
}

/** Nothing is claimed: a lever on latency. */
export const claimsNothing = ({ savingHighUsd }: Pick<FindingView, "savingHighUsd">): boolean => Number(savingHighUsd) === 0;

/** "endpoint kb.answer", "pool llama-8b" */
export const scopeInWords = ({ scope }: Pick<FindingView, "scope">): string =>
  (["tenant", "endpoint", "model", "pool"] as const)
    .flatMap((part) => (scope[part] === undefined ? [] : [`${part} ${scope[part]}`]))
    .join(", ");
