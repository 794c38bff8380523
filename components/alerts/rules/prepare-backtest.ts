/** PREPARE: from what a rule saw to the lines of its chart and the ends of its slider. Pure. */
import type { ChartSeries } from "@/components/charts/series";
import { instantsOf } from "@/lib/alerts/backtest/run-backtest";
import type { BacktestSeries } from "@/lib/alerts/backtest/schemas";
import { labelText } from "../words";

const MOST_POINTS = 300;
const MOST_LINES = 8;

/** The worst value of each stretch is drawn, never an average: a point that fires must not vanish. */
export function prepareLines(series: BacktestSeries, side: "above" | "below"): { lines: ChartSeries[]; hidden: number } {
  const instants = instantsOf(series);
  const size = Math.max(1, Math.ceil(instants.length / MOST_POINTS));
  const worst = (values: readonly number[]) => (side === "above" ? Math.max(...values) : Math.min(...values));
  const ranked = series.groups
    .map((group) => {
      const known = group.seen.filter((one): one is string => typeof one === "string").map(Number);
      return { group, extreme: known.length === 0 ? null : worst(known) };
    })
    .sort((a, b) => rank(b.extreme, side) - rank(a.extreme, side));
  const lines = ranked.slice(0, MOST_LINES).map(({ group }): ChartSeries => {
    const points = [];
    for (let at = 0; at < instants.length; at += size) {
      const values = group.seen.slice(at, at + size).filter((one): one is string => typeof one === "string");
      points.push({
        at: new Date(instants[at]!.at).toISOString(),
        value: values.length === 0 ? null : worst(values.map(Number)),
      });
    }
    const id = labelText(group.labels) || "value";
    return { id, label: id === "value" ? "Value" : id, dimension: Object.keys(group.labels).join("+") || "rule", points };
  });
  return { lines, hidden: Math.max(0, ranked.length - MOST_LINES) };
}

const rank = (extreme: number | null, side: "above" | "below") =>
  extreme === null ? -Infinity : side === "above" ? extreme : -extreme;

export interface SliderRange {
  min: number;
  max: number;
  step: number;
}

/**
 * From the lowest to the highest value that was seen, the threshold at hand included, in 100 round steps and more. What a
 * change or a score is held against is on one side of zero only.
 */
export function sliderRange(series: BacktestSeries, threshold: number, sign: "any" | "above" | "below"): SliderRange {
  let [low, high] = [threshold, threshold];
  for (const { seen } of series.groups) {
    for (const one of seen) {
      if (typeof one !== "string") continue;
      const value = Number(one);
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (sign === "above") low = Math.max(low, 0);
  if (sign === "below") high = Math.min(high, 0);
  const span = high - low || Math.abs(high) || 1;
  const step = 10 ** Math.floor(Math.log10(span / 100));
  const round = (value: number, how: (value: number) => number) => Number((how(value / step) * step).toPrecision(12));
  const least = sign === "above" ? step : -Infinity;
  const most = sign === "below" ? -step : Infinity;
  return {
    min: Math.max(least, round(low, Math.floor)),
    max: Math.min(most, round(high + span / 20, Math.ceil)),
    step: Number(step.toPrecision(12)),
  };
}

/** The slider's number as decimal text, without the dust of floats and without an exponent. */
export function decimalText(value: number): string {
  const text = value.toFixed(12);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
