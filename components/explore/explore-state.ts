/** What Explore asks, as it stands in the address beside the filters. */
import { parseAsArrayOf, parseAsString, parseAsStringLiteral, createSerializer } from "nuqs";
import { DIMENSIONS, type Dimension } from "@/lib/metrics/dimensions";

export const CHART_KINDS = ["line", "bar", "table", "pivot", "why"] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

export const EXPLORE_GRAINS = ["auto", "minute", "hour", "day", "week", "month"] as const;
export type ExploreGrain = (typeof EXPLORE_GRAINS)[number];

export const MAX_METRICS = 6;
export const MAX_GROUPS = 3;

export const exploreParsers = {
  metrics: parseAsArrayOf(parseAsString).withDefault(["cost_usd"]),
  by: parseAsArrayOf(parseAsStringLiteral(DIMENSIONS)).withDefault(["tenant"]),
  chart: parseAsStringLiteral(CHART_KINDS).withDefault("line"),
  grain: parseAsStringLiteral(EXPLORE_GRAINS).withDefault("auto"),
};

export interface ExploreQuestion {
  metrics: string[];
  by: Dimension[];
  chart: ChartKind;
  grain: ExploreGrain;
}

const serialize = createSerializer(exploreParsers);

/** The path of a question, for `useFilters().href`. Defaults are left out. */
export const explorePath = (question: Partial<ExploreQuestion>): string => serialize("/explore", question);
