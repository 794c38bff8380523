"use client";
import { useMemo } from "react";
import { TimeChart } from "@/components/charts";
import type { ForecastView } from "@/lib/alerts/budgets/schemas";
import { budgetSeries } from "./budget-series";

interface BudgetChartProps {
  title: string;
  days: readonly { from: string; usd: string }[];
  forecast: ForecastView | null;
  limitUsd: string;
  height?: number;
}

/** Spend since the period began, the budget, and the forecast in its bands. */
export function BudgetChart({ title, days, forecast, limitUsd, height = 260 }: BudgetChartProps) {
  const series = useMemo(() => budgetSeries({ days, forecast, limitUsd }), [days, forecast, limitUsd]);
  return <TimeChart title={title} unit="usd" kind="line" grain="day" series={series} height={height} syncId={title} />;
}
