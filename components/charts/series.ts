/** PREPARE: from a metric result to the series of a chart. Pure. */
import type { MetricCell, MetricResult, MetricRow } from "@/lib/metrics/schemas";

export interface SeriesPoint {
  /** ISO start of the bucket. */
  at: string;
  /** Null is a gap, not a zero. */
  value: number | null;
  /** The bucket is not over yet. */
  partial?: boolean;
}

export interface ChartSeries {
  /** The entity that the series stands for; its colour belongs to it. */
  id: string;
  /** What kind of entity: colours are given out within it. */
  dimension?: string;
  label: string;
  points: SeriesPoint[];
  /** It is an edge of a band around the series `of`: both edges of one label are drawn as an area, and are columns of the table. */
  band?: { label: string; edge: "low" | "high"; of: string };
}

export interface SeriesOptions {
  metric: string;
  /** Dimension whose values become the series. Absent: one series. */
  groupBy?: string;
  /** Where series stand for several dimensions joined: their name. */
  dimension?: string;
  /** May the rest be added up as "Other"? Only sums may; a percentile or a ratio never. */
  additive?: boolean;
  label?: string;
  maxSeries?: number;
}

export interface PreparedSeries {
  series: ChartSeries[];
  /** The same series in the comparison period; empty when none was asked for. */
  compareSeries: ChartSeries[];
  /** Series that are not drawn because "Other" would be meaningless for this metric. */
  hidden: number;
}

const OTHER = "(other)";
const MAX_SERIES = 8;

const asNumber = (text: string | null | undefined): number | null => (text === null || text === undefined ? null : Number(text));

export function cellOf(row: MetricRow | undefined, metric: string): MetricCell | undefined {
  const cell = row?.[metric];
  return cell !== null && typeof cell === "object" ? cell : undefined;
}

export function prepareSeries(result: MetricResult, options: SeriesOptions): PreparedSeries {
  const { metric, groupBy, additive = false, maxSeries = MAX_SERIES } = options;
  const buckets = [...new Set(result.rows.flatMap((row) => (row.bucket ? [row.bucket] : [])))].sort();
  const partial = new Set(result.rows.flatMap((row) => (row.partial && row.bucket ? [row.bucket] : [])));
  const compared = result.rows.some((row) => cellOf(row, metric)?.compare !== undefined);

  const groups = new Map<string, Map<string, MetricCell>>();
  for (const row of result.rows) {
    if (!row.bucket) continue;
    const group = groupBy ? String(row[groupBy] ?? "") : (options.label ?? metric);
    const cell = cellOf(row, metric);
    if (!cell) continue;
    const cells = groups.get(group) ?? new Map<string, MetricCell>();
    cells.set(row.bucket, cell);
    groups.set(group, cells);
  }

  const ranked = [...groups].sort((a, b) => weight(b[1]) - weight(a[1]) || a[0].localeCompare(b[0]));
  const foldOther = ranked.length > maxSeries;
  const shown = foldOther ? ranked.slice(0, maxSeries) : ranked;
  const rest = foldOther ? ranked.slice(maxSeries) : [];

  const read = (cells: Map<string, MetricCell>, pick: (cell: MetricCell) => number | null): SeriesPoint[] =>
    buckets.map((at) => {
      const cell = cells.get(at);
      // A sum without a row is a true zero: this entity had nothing in a bucket in which others had something.
      const value = cell ? pick(cell) : additive && groupBy ? 0 : null;
      return { at, value, ...(partial.has(at) ? { partial: true } : {}) };
    });
  const now = (cell: MetricCell) => asNumber(cell.value);
  const before = (cell: MetricCell) => asNumber(cell.compare?.value);
  const make = (pick: (cell: MetricCell) => number | null): ChartSeries[] => {
    const series: ChartSeries[] = shown.map(([id, cells]) => ({
      id,
      dimension: options.dimension ?? groupBy,
      label: labelOf(id),
      points: read(cells, pick),
    }));
    if (additive && rest.length > 0) {
      const others = rest.map(([, cells]) => read(cells, pick));
      series.push({
        id: OTHER,
        label: `Other (${rest.length})`,
        points: buckets.map((at, index) => ({
          at,
          value: others.reduce((sum, points) => sum + (points[index]?.value ?? 0), 0),
          ...(partial.has(at) ? { partial: true } : {}),
        })),
      });
    }
    return series;
  };
  return { series: make(now), compareSeries: compared ? make(before) : [], hidden: additive ? 0 : rest.length };
}

const labelOf = (id: string) => (id === "" ? "(not set)" : id);

/** Which series matter most: by their sum; a ratio by what it was made of. */
function weight(cells: Map<string, MetricCell>): number {
  let sum = 0;
  for (const cell of cells.values()) sum += Math.abs(Number(cell.denominator ?? cell.count ?? cell.value ?? 0));
  return sum;
}
