import { formatInstant, formatMetricValue } from "@/components/format";
import type { BudgetPeriod, BudgetView, DraftTemplate, ForecastView, PeriodView } from "@/lib/alerts/budgets/schemas";

export const UNIT_LABEL: Record<Extract<BudgetPeriod, { kind: "calendar" }>["unit"], string> = {
  day: "Day",
  week: "Week",
  month: "Month",
  quarter: "Quarter",
  year: "Year",
};

export const DRAFT_LABEL: Record<DraftTemplate, string> = {
  "cap-outputs": "Cap outputs",
  "small-model-first": "Small model first",
};

export const METHOD_LABEL: Record<ForecastView["method"], string> = {
  linear: "straight line",
  weekly: "weekly shape × trend",
  holt_winters: "Holt–Winters",
};

export function periodWords(period: BudgetPeriod): string {
  if (period.kind === "calendar") return `per ${period.unit}`;
  const length = period.every === 1 ? `every ${period.unit}` : `every ${period.every} ${period.unit}s`;
  return `${length} from ${period.start}`;
}

export const usd = (value: string | null | undefined): string => formatMetricValue(value, "usd");

export const usedShare = (period: PeriodView): number => Number(period.spentUsd) / Number(period.limitUsd);
export const percentWords = (share: number): string =>
  `${(share * 100).toLocaleString("en-US", { maximumFractionDigits: share < 0.1 ? 1 : 0 })} %`;

export type Standing = "capped" | "used_up" | "at_risk" | "burning" | "on_track" | "new";

export const STANDING: Record<Standing, { label: string; variant: "destructive" | "warning" | "success" | "outline" }> = {
  capped: { label: "Capped", variant: "destructive" },
  used_up: { label: "Used up", variant: "destructive" },
  at_risk: { label: "At risk", variant: "warning" },
  burning: { label: "Burning fast", variant: "warning" },
  on_track: { label: "On track", variant: "success" },
  new: { label: "Being read", variant: "outline" },
};

/** Worst first: what somebody has to do something about. */
export function standingOf({ current }: Pick<BudgetView, "current">): Standing {
  if (!current) return "new";
  if (current.cappedAt) return "capped";
  if (Number(current.spentUsd) >= Number(current.limitUsd)) return "used_up";
  if ((current.reading.forecast?.overrunProbability ?? 0) >= 0.5) return "at_risk";
  if (current.reading.burn.some(({ firing }) => firing)) return "burning";
  return "on_track";
}

/** The fastest of the long windows: how many times too fast it goes. */
export function burnOf({ reading }: PeriodView): number | null {
  const rates = reading.burn.flatMap(({ long }) => long ?? []);
  return rates.length > 0 ? Math.max(...rates) : null;
}

export function exhaustionWords(period: PeriodView, timeZone: string): string {
  if (Number(period.spentUsd) >= Number(period.limitUsd)) return "used up";
  const at = period.reading.forecast?.exhaustsAt;
  if (at) return formatInstant(at, timeZone);
  return period.reading.forecast ? "not in this period" : "too early to say";
}

/** Spend since the period began, at the end of each day. */
export function cumulative(days: readonly { from: string; usd: string }[]): number[] {
  let sum = 0;
  return days.map((day) => (sum += Number(day.usd)));
}
