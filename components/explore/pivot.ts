/** Two dimensions against each other. Pure. */
import { cellOf } from "@/components/charts/series";
import type { Dimension } from "@/lib/metrics/dimensions";
import type { MetricCell, MetricRow } from "@/lib/metrics/schemas";

export interface PivotRow {
  /** Values of every dimension but the last. */
  keys: string[];
  cells: Map<string, MetricCell>;
}

export interface Pivot {
  /** Values of the last dimension, the heaviest first. */
  columns: string[];
  rows: PivotRow[];
}

export function pivotRows(rows: readonly MetricRow[], by: readonly Dimension[], metric: string): Pivot {
  const across = by.at(-1);
  const down = by.slice(0, -1);
  const found = new Map<string, PivotRow>();
  const weights = new Map<string, number>();
  for (const row of rows) {
    const cell = cellOf(row, metric);
    if (!cell || !across) continue;
    const keys = down.map((dimension) => textOf(row[dimension]));
    const id = JSON.stringify(keys);
    const column = textOf(row[across]);
    const pivotRow = found.get(id) ?? { keys, cells: new Map<string, MetricCell>() };
    pivotRow.cells.set(column, cell);
    found.set(id, pivotRow);
    weights.set(column, (weights.get(column) ?? 0) + Math.abs(Number(cell.denominator ?? cell.value ?? 0)));
  }
  const columns = [...weights].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([column]) => column);
  return { columns, rows: [...found.values()] };
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
