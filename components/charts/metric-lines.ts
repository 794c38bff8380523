/** PREPARE: several metrics of one result as the lines of one chart, e.g. p50, p95 and p99. Pure. */
import type { MetricResult } from "@/lib/metrics/schemas";
import { cellOf, type ChartSeries } from "./series";

export interface MetricLine {
  metric: string;
  label: string;
  /** What the line stands for: p95 has one colour in every chart. Default: the metric. */
  id?: string;
}

export interface MetricLines {
  series: ChartSeries[];
  /** Only of the first line: six lines would be none. Empty without a comparison. */
  compareSeries: ChartSeries[];
}

/** `where` picks the rows of one entity out of a grouped result. Buckets without a row are gaps. */
export function prepareMetricLines(
  result: Pick<MetricResult, "rows">,
  lines: readonly MetricLine[],
  where: (row: MetricResult["rows"][number]) => boolean = () => true,
): MetricLines {
  const rows = result.rows.filter((row) => row.bucket && where(row)).sort((a, b) => (a.bucket! < b.bucket! ? -1 : 1));
  const draw = ({ metric, label, id = metric }: MetricLine, compare: boolean): ChartSeries => ({
    id,
    label,
    points: rows.map((row) => {
      const cell = cellOf(row, metric);
      const value = compare ? cell?.compare?.value : cell?.value;
      return {
        at: row.bucket!,
        value: value === null || value === undefined ? null : Number(value),
        ...(row.partial ? { partial: true } : {}),
      };
    }),
  });
  const [first] = lines;
  // A comparison period without any data is no line, and no entry in the legend.
  const compared = first !== undefined && rows.some((row) => cellOf(row, first.metric)?.compare?.value != null);
  return { series: lines.map((line) => draw(line, false)), compareSeries: compared ? [draw(first, true)] : [] };
}

/** More bars than this are a haze; the same stack as areas can be read. */
const MAX_BARS = 90;

export const stackKind = (series: readonly ChartSeries[]): "bar" | "area" =>
  series.some(({ points }) => points.length > MAX_BARS) ? "area" : "bar";
