/** From what a guardrail observed to the numbers and sentences of its chart. Pure. */
import { METRIC_LABEL } from "@/lib/changes/guardrails/harm-words";
import type { Guardrail } from "@/lib/changes/guardrails/schemas";
import type { GuardrailSeries } from "@/lib/changes/schemas";
import { percentOf } from "../words";

export interface GuardrailRow {
  /** Epoch ms of the minute. */
  at: number;
  baseline: number | null;
  canary: number | null;
  /** From nothing to what is tolerated above the baseline; null where there is no baseline. */
  allowed: [number, number] | null;
}

export interface PreparedGuardrail {
  title: string;
  unit: "ratio" | "usd" | "tokens";
  /** Empty while neither arm had anything to count. */
  rows: GuardrailRow[];
  max: number;
  /** "Canary ×1.03 of the baseline", null when nothing can be compared. */
  comparison: string | null;
  /** "surely below ×1.18" */
  bound: string | null;
  allowed: string;
  sample: string;
  /** 0..1: how much of the evidence for a rollback there is. */
  evidence: number;
}

/** Money travels as nano-USD per success. */
const NANO = 1e9;
const LEAST_RATE = 0.02;
/** Minutes are noisy, and what was long ago says little: the chart shows the newest ones. */
const MOST_POINTS = 300;

export function prepareGuardrail(series: GuardrailSeries): PreparedGuardrail {
  const metric = series.guardrail as Guardrail["metric"];
  const unit = metric === "cost_per_successful_request" ? "usd" : metric === "tokens_per_request" ? "tokens" : "ratio";
  const shown = (value: number | null) => (value === null ? null : unit === "usd" ? value / NANO : value);
  const rows = series.points.slice(-MOST_POINTS).map(({ at, canary, baseline }): GuardrailRow => {
    const [mine, theirs] = [shown(canary), shown(baseline)];
    return {
      at: Date.parse(at),
      canary: mine,
      baseline: theirs,
      allowed: theirs === null ? null : [0, theirs * (1 + series.tolerance)],
    };
  });
  const { ratio, evidence, exposed } = series.newest;
  const counted = unit === "ratio" ? "requests" : "successes";
  return {
    title: METRIC_LABEL[metric] ?? series.guardrail,
    unit,
    rows: rows.some(({ canary, baseline }) => canary !== null || baseline !== null) ? rows : [],
    // An axis to 100 % makes a line at nothing look like one at the bottom of much.
    max: Math.max(unit === "ratio" ? LEAST_RATE : 0, ...rows.flatMap(({ canary, allowed }) => [canary ?? 0, allowed?.[1] ?? 0])),
    comparison: ratio === null ? withoutRatio(series, unit) : differenceOf(ratio, unit === "ratio" ? "often" : "much"),
    bound: boundOf(series.newest),
    allowed: `allowed up to +${percentOf(series.tolerance)}`,
    sample: `${exposed.canary.toLocaleString("en-US")} canary and ${exposed.baseline.toLocaleString("en-US")} baseline ${counted}`,
    evidence: Math.min(1, Math.max(0, evidence)),
  };
}

/** Where the baseline has none there is no ratio; that is no reason to say nothing. */
function withoutRatio({ points, newest: { exposed } }: GuardrailSeries, unit: PreparedGuardrail["unit"]): string | null {
  if (unit !== "ratio" || exposed.canary === 0 || exposed.baseline === 0) return null;
  return points.some(({ canary }) => (canary ?? 0) > 0) ? "Only in the canary" : "None in either";
}

/** Stored verdicts of before know no lower bound. */
function boundOf({ lowerBound = null, upperBound }: Partial<GuardrailSeries["newest"]>): string | null {
  if (typeof upperBound !== "number") return null;
  if (lowerBound === null) return `surely less than ${signed(upperBound - 1)}`;
  return `surely between ${signed(lowerBound - 1)} and ${signed(upperBound - 1)}`;
}

function differenceOf(ratio: number, how: "often" | "much"): string {
  const size = percentOf(Math.abs(ratio - 1));
  if (Math.abs(ratio - 1) < 0.005) return how === "often" ? "As often as the baseline" : "As much as the baseline";
  if (how === "often") return `${size} ${ratio > 1 ? "more" : "less"} often than the baseline`;
  return `${size} ${ratio > 1 ? "more" : "less"} than the baseline`;
}

const signed = (fraction: number) => `${fraction < 0 ? "−" : "+"}${percentOf(Math.abs(fraction))}`;
