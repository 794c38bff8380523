/** How a number moved against a comparison period, in numbers and in words. Pure. */
import { formatMetricValue } from "./metric-value";

export type Direction = "lower" | "higher" | "neutral";

export interface Change {
  kind: "none" | "no_baseline" | "no_data" | "same" | "moved";
  /** Difference in the metric's own unit. */
  absolute: number | null;
  /** Fraction: 0.12 is +12 %. Null without a baseline or when the baseline is zero. */
  relative: number | null;
  trend: "up" | "down" | "flat";
  verdict: "better" | "worse" | "neutral";
}

const wholePercent = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 0 });
const finePercent = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });

/** `baseline` undefined: nobody asked for a comparison. null: asked, but there is no data. */
export function compareValues(
  value: string | null | undefined,
  baseline: string | null | undefined,
  direction: Direction = "neutral",
): Change {
  const flat = { absolute: null, relative: null, trend: "flat", verdict: "neutral" } as const;
  if (baseline === undefined) return { kind: "none", ...flat };
  if (value === null || value === undefined || value === "") return { kind: "no_data", ...flat };
  if (baseline === null || baseline === "") return { kind: "no_baseline", ...flat };
  const now = Number(value);
  const before = Number(baseline);
  const absolute = now - before;
  const relative = before === 0 ? null : absolute / Math.abs(before);
  if (absolute === 0 || (relative !== null && Math.abs(relative) < 0.0005)) {
    return { kind: "same", absolute, relative: 0, trend: "flat", verdict: "neutral" };
  }
  const trend = absolute > 0 ? "up" : "down";
  const verdict = direction === "neutral" ? "neutral" : (direction === "higher") === absolute > 0 ? "better" : "worse";
  return { kind: before === 0 ? "no_baseline" : "moved", absolute, relative, trend, verdict };
}

/** "12%", "0.4%", and beyond ten times "34×": nobody reads +3,300 %. */
export function formatRelative(relative: number): string {
  const size = Math.abs(relative);
  if (size >= 10) return `${Math.round(size + Math.sign(relative))}×`;
  return size < 0.1 ? finePercent.format(size) : wholePercent.format(size);
}

/** A ratio moves in percentage points: 92 % → 94 % is "2 pts", not "2.2 %". */
export function formatAbsolute(absolute: number, unit: string): string {
  const size = Math.abs(absolute);
  if (unit === "ratio" || unit === "percent") return `${(size * 100).toFixed(size < 0.01 ? 2 : 1)} pts`;
  return formatMetricValue(size, unit);
}

/** "Cost up 12%, worse", "no baseline". For screen readers and for the line under a KPI. */
export function wordChange(label: string, change: Change): string {
  switch (change.kind) {
    case "none":
      return label;
    case "no_data":
      return `${label}: no data`;
    case "no_baseline":
      return `${label}: no baseline`;
    case "same":
      return `${label} unchanged`;
    case "moved": {
      const by = change.relative === null ? "" : ` ${formatRelative(change.relative)}`;
      return `${label} ${change.trend}${by}${change.verdict === "neutral" ? "" : `, ${change.verdict}`}`;
    }
  }
}
