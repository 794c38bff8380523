/** PREPARE: spend since the period began against the budget, and where it is going. Pure. */
import type { ChartSeries, SeriesPoint } from "@/components/charts/series";
import type { ForecastView } from "@/lib/alerts/budgets/schemas";
import { cumulative } from "./words";

interface Spend {
  days: readonly { from: string; usd: string }[];
  forecast: ForecastView | null;
  limitUsd: string;
}

/** Each day stands for its end. Today has both: what is spent so far, and what it will have been. */
export function budgetSeries({ days, forecast, limitUsd }: Spend): ChartSeries[] {
  const spent = cumulative(days);
  const last = days.length - 1;
  const ahead = (forecast?.days ?? []).map((day, index) => ({
    ...day,
    at: index === 0 ? (days[last]?.from ?? day.to) : forecast!.days[index - 1]!.to,
  }));
  const later = ahead.slice(days.length > 0 ? 1 : 0);
  const all = [...days.map(({ from }) => from), ...later.map(({ at }) => at)];
  const line = (id: string, label: string, points: SeriesPoint[]): ChartSeries => ({ id, dimension: "budget", label, points });
  const forward = (read: (day: (typeof ahead)[number]) => string) =>
    ahead.map((day): SeriesPoint => ({ at: day.at, value: Number(read(day)) }));
  const series = [
    line(
      "spent",
      "Spent",
      all.map((at, index): SeriesPoint => ({ at, value: spent[index] ?? null, ...(index === last ? { partial: true } : {}) })),
    ),
    line(
      "budget",
      "Budget",
      all.map((at): SeriesPoint => ({ at, value: Number(limitUsd) })),
    ),
  ];
  if (!forecast) return series;
  const edge = (percent: 80 | 95, side: "low" | "high"): ChartSeries => {
    const label = `${percent} % band`;
    const points = forward((day) => day[`band${percent}`][side]);
    return {
      ...line(`${side}${percent}`, `${label}, ${side === "low" ? "lower" : "upper"}`, points),
      band: { label, edge: side, of: "forecast" },
    };
  };
  return [
    ...series,
    line(
      "forecast",
      "Forecast",
      forward(({ expectedUsd }) => expectedUsd),
    ),
    // The wide one first: the narrow one lies over it.
    edge(95, "high"),
    edge(95, "low"),
    edge(80, "high"),
    edge(80, "low"),
  ];
}
