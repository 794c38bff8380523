"use client";
import { useCallback } from "react";
import { useFilters } from "@/components/filters";
import type { Dimension } from "@/lib/metrics/dimensions";
import { METRICS } from "@/lib/metrics/catalogue";
import { drillDown } from "./drill-down";
import { explorePath, type ExploreQuestion } from "./explore-state";

/** The link behind a number: its own filters added, one level deeper. */
export function useDrillHref(question: ExploreQuestion): (values: Partial<Record<Dimension, string>>, metric?: string) => string {
  const { href, filters } = useFilters();
  return useCallback(
    (values, metric) => {
      const drawn = metric ?? question.metrics[0] ?? "cost_usd";
      const own = Object.keys(values) as Dimension[];
      const fixed = new Set<Dimension>([...filters.filter((one) => one.in.length === 1).map((one) => one.dimension), ...own]);
      const target = drillDown(question.by, fixed, METRICS.get(drawn)?.domain === "node");
      const changes = Object.fromEntries(own.map((dimension) => [dimension, [values[dimension] ?? ""]]));
      if (target.to !== "explore") return href(`/${target.to}`, changes);
      const metrics = [drawn, ...question.metrics.filter((id) => id !== drawn)];
      return href(
        explorePath({ ...question, metrics, by: target.by, chart: question.chart === "pivot" ? "line" : question.chart }),
        changes,
      );
    },
    [question, href, filters],
  );
}
