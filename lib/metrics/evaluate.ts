/** From sums to numbers: one cell, one metric. Pure and exact: decimals as text, null for "no data". */
import { Decimal } from "@/lib/money";
import type { HistogramSum } from "@/lib/stats/histogram";
import { MIN_OBSERVATIONS, type Evaluation, type MetricDefinition, type Sum } from "./catalogue";
import type { MetricValue } from "./schemas";

/** What was read for one group in one bucket. A measure that is absent had no rows: that is no data, not 0. */
export interface Cell {
  sums: Map<string, bigint | number>;
  /** Encoded histograms per distribution; concatenation adds. */
  histograms: Map<string, Uint8Array[]>;
}

export const emptyCell = (): Cell => ({ sums: new Map(), histograms: new Map() });

export function addToCell(into: Cell, cell: Cell): void {
  for (const [name, value] of cell.sums) addSum(into, name, value);
  for (const [name, chunks] of cell.histograms) for (const chunk of chunks) addHistogram(into, name, chunk);
}

export function addSum(cell: Cell, name: string, value: bigint | number): void {
  const before = cell.sums.get(name);
  if (before === undefined) cell.sums.set(name, value);
  else if (typeof before === "bigint" && typeof value === "bigint") cell.sums.set(name, before + value);
  else cell.sums.set(name, Number(before) + Number(value));
}

export function addHistogram(cell: Cell, name: string, chunk: Uint8Array): void {
  const chunks = cell.histograms.get(name);
  if (chunks) chunks.push(chunk);
  else cell.histograms.set(name, [chunk]);
}

/** Null when none of the measures had rows. */
function total(sum: Sum, cell: Cell): Decimal | null {
  let exact = 0n;
  let inexact = 0;
  let found = false;
  for (const { measure, sign } of sum) {
    const value = cell.sums.get(measure);
    if (value === undefined) continue;
    found = true;
    if (typeof value === "bigint") exact += sign === 1 ? value : -value;
    else inexact += sign * value;
  }
  return found ? new Decimal(exact.toString()).add(inexact) : null;
}

const text = (value: Decimal): string => value.toFixed();
const quotientText = (value: Decimal): string => value.toSignificantDigits(18).toFixed();
/** Half of the last of 6 digits is far below the 1 % of a histogram. */
const estimateText = (value: number, divideBy: number): string =>
  new Decimal(value).div(divideBy).toSignificantDigits(6).toFixed();

/** One metric of one cell. `scratch` is cleared and reused. */
export function evaluate(metric: MetricDefinition, cell: Cell | undefined, scratch: HistogramSum): MetricValue {
  if (!cell) return { value: null };
  const how = metric.evaluation;
  switch (how.type) {
    case "sum": {
      const sum = total(how.sum, cell);
      return { value: sum === null ? null : text(sum.div(how.divideBy)) };
    }
    case "ratio": {
      const numerator = total(how.numerator, cell);
      const denominator = total(how.denominator, cell);
      if (numerator === null || denominator === null) return { value: null };
      const above = numerator.div(how.numeratorDivideBy);
      const below = denominator.div(how.denominatorDivideBy);
      return {
        value: below.isZero() ? null : quotientText(above.mul(how.factor).div(below)),
        numerator: text(above),
        denominator: text(below),
      };
    }
    case "avoided": {
      const [times, above, below, minus] = [how.times, how.numerator, how.denominator, how.minus].map((sum) => total(sum, cell));
      if (!times || !above || !below || !minus || below.isZero()) return { value: null };
      return { value: quotientText(times.mul(above).div(below).sub(minus).div(how.divideBy)) };
    }
    case "percentile": {
      scratch.clear();
      for (const chunk of cell.histograms.get(how.distribution) ?? []) scratch.addEncoded(chunk);
      return percentileOf(how, scratch);
    }
  }
}

export function percentileOf(
  { quantile, divideBy }: Extract<Evaluation, { type: "percentile" }>,
  histogram: HistogramSum,
): MetricValue {
  const value = histogram.count >= MIN_OBSERVATIONS ? histogram.quantile(quantile) : null;
  return { value: value === null ? null : estimateText(value, divideBy), count: String(histogram.count) };
}
