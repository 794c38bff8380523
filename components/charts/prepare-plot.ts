/** PREPARE: from series to what the drawing needs. Pure; the drawing decides nothing. */
import type { Annotation, AnnotationKind } from "@/lib/metrics/annotations";
import { assignColors } from "./color";
import type { ChartSeries } from "./series";

export interface PlotLine {
  /** Key in the rows. */
  key: string;
  id: string;
  label: string;
  color: string;
  /** A line of the comparison period. */
  compare: boolean;
  /** Points without neighbours would be invisible as a line: they get a dot. */
  dots: boolean;
  /** An edge of a band: not drawn as a line. */
  edge: boolean;
}

/** Of one; where two lie over each other it is denser. */
export const BAND_OPACITY = 0.16;

export interface PlotBand {
  label: string;
  color: string;
  /** Keys of its edges in the rows. */
  low: string;
  high: string;
}

export interface PlotRow {
  /** Epoch ms of the bucket. */
  at: number;
  partial: boolean;
  [key: string]: number | null | boolean;
}

export interface Plot {
  rows: PlotRow[];
  lines: PlotLine[];
  /** Behind the lines, the widest first. */
  bands: PlotBand[];
  /** Start of the last bucket when it is not over. A first bucket can be partial too, but it will not change any more. */
  partialFrom: number | null;
  /** Width of a bucket in ms, for the end of a selected range. */
  bucketMs: number;
  empty: boolean;
  /** The highest point that is drawn: of a stack its sum. */
  max: number;
  /** The lowest point that is drawn, when it is below zero; else 0. */
  min: number;
}

export function preparePlot(
  series: readonly ChartSeries[],
  compareSeries: readonly ChartSeries[] = [],
  { stacked = false }: { stacked?: boolean } = {},
): Plot {
  // A band has the colour of what it is around.
  const owners = series.filter(({ band }) => !band);
  const colors = assignColors(
    owners.map(({ id }) => id),
    series[0]?.dimension,
  );
  const colorOf = new Map(owners.map(({ id }, index) => [id, colors[index] ?? "var(--chart-other)"]));
  const rows = new Map<number, PlotRow>();
  const lines: PlotLine[] = [];

  const add = (one: ChartSeries, index: number, compare: boolean) => {
    const key = `${compare ? "c" : "s"}${index}`;
    for (const point of one.points) {
      const at = Date.parse(point.at);
      const row = rows.get(at) ?? { at, partial: false };
      row[key] = point.value;
      if (point.partial) row.partial = true;
      rows.set(at, row);
    }
    lines.push({
      key,
      id: one.id,
      label: one.label,
      color: colorOf.get(one.band?.of ?? one.id) ?? "var(--muted-foreground)",
      compare,
      dots: hasLonePoint(one),
      edge: one.band !== undefined,
    });
  };
  // A stack of the past behind a stack of the present cannot be read: its sum is drawn as one line.
  const past = stacked && compareSeries.length > 1 ? [sumOf(compareSeries)] : compareSeries;
  past.forEach((one, index) => add(one, index, true));
  series.forEach((one, index) => add(one, index, false));

  const sorted = [...rows.values()].sort((a, b) => a.at - b.at);
  const gaps = sorted.slice(1).map((row, index) => row.at - (sorted[index]?.at ?? row.at));
  return {
    rows: sorted,
    lines,
    bands: bandsOf(series, lines),
    partialFrom: sorted.at(-1)?.partial ? (sorted.at(-1)?.at ?? null) : null,
    bucketMs: gaps.length > 0 ? Math.min(...gaps) : 60_000,
    empty: series.every(({ points }) => points.every(({ value }) => value === null)),
    max: Math.max(0, ...sorted.map((row) => highest(row, lines, stacked))),
    min: Math.min(0, ...sorted.flatMap((row) => lines.map(({ key }) => Number(row[key] ?? 0)))),
  };
}

/** In the order in which their labels first appear. */
function bandsOf(series: readonly ChartSeries[], lines: readonly PlotLine[]): PlotBand[] {
  const labels = [...new Set(series.flatMap(({ band }) => (band ? [band.label] : [])))];
  return labels.flatMap((label) => {
    const [low, high] = (["low", "high"] as const).map((edge) => {
      const id = series.find(({ band }) => band?.label === label && band.edge === edge)?.id;
      return lines.find((line) => !line.compare && line.edge && line.id === id);
    });
    return low && high ? [{ label, color: low.color, low: low.key, high: high.key }] : [];
  });
}

function highest(row: PlotRow, lines: readonly PlotLine[], stacked: boolean): number {
  const value = (line: PlotLine) => Number(row[line.key] ?? 0);
  const past = lines.filter(({ compare }) => compare).map(value);
  const present = lines.filter(({ compare }) => !compare).map(value);
  return Math.max(0, ...past, ...(stacked ? [present.reduce((sum, one) => sum + one, 0)] : present));
}

export interface PlotMark {
  /** The bucket that it stands at, epoch ms. */
  at: number;
  /** Of what happened there: its sign, or how many when there is more. */
  sign: string;
  /** Sentences of all of them. */
  label: string;
}

const SIGNS: Record<AnnotationKind, string> = { price: "$", rollout: "↑", promotion: "✓", rollback: "↩", incident: "!" };

/** The axis knows buckets only: what happened stands at the one that holds it, and what shares a bucket shares a mark. */
export function prepareMarks({ rows }: { rows: readonly { at: number }[] }, annotations: readonly Annotation[]): PlotMark[] {
  const marks = new Map<number, Annotation[]>();
  for (const annotation of annotations) {
    const moment = Date.parse(annotation.at);
    const at = rows.filter((row) => row.at <= moment).at(-1)?.at ?? rows[0]?.at;
    if (at !== undefined) marks.set(at, [...(marks.get(at) ?? []), annotation]);
  }
  return [...marks].map(([at, all]) => ({
    at,
    sign: new Set(all.map(({ kind }) => kind)).size === 1 ? SIGNS[all[0]!.kind] : String(all.length),
    label: all.map(({ label }) => label).join("\n"),
  }));
}

export const COMPARE_TOTAL = "(comparison)";

function sumOf(series: readonly ChartSeries[]): ChartSeries {
  const sums = new Map<string, number | null>();
  for (const { at, value } of series.flatMap(({ points }) => points)) {
    const sum = sums.get(at) ?? null;
    sums.set(at, value === null ? sum : (sum ?? 0) + value);
  }
  return { id: COMPARE_TOTAL, label: "Total", points: [...sums].map(([at, value]) => ({ at, value })) };
}

function hasLonePoint({ points }: ChartSeries): boolean {
  return points.some(
    ({ value }, index) =>
      value !== null && (points[index - 1]?.value ?? null) === null && (points[index + 1]?.value ?? null) === null,
  );
}
