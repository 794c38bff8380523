/** An answer as CSV (RFC 4180): bucket, dimensions, one column a metric. An empty cell is "no data". Pure. */
import { csvCell } from "@/lib/telemetry/requests/csv";
import type { MetricCell, MetricRow } from "./schemas";

interface CsvShape {
  grain: string;
  groupBy: readonly string[];
  metrics: readonly string[];
  compare: boolean;
}

const line = (cells: readonly string[]): string => `${cells.join(",")}\r\n`;

export function csvHeader({ grain, groupBy, metrics, compare }: CsvShape): string {
  return line([
    ...(grain === "total" ? [] : ["bucket", "partial"]),
    ...groupBy,
    ...metrics.flatMap((id) => (compare ? [id, `${id}_compare`] : [id])),
  ]);
}

/** Names that senders chose cannot become formulas; numbers are ours and stay numbers, the negative ones too. */
export function csvLine(row: MetricRow, { grain, groupBy, metrics, compare }: CsvShape): string {
  return line([
    ...(grain === "total" ? [] : [row.bucket ?? "", row.partial ? "true" : "false"]),
    ...groupBy.map((dimension) => csvCell(String(row[dimension] ?? ""))),
    ...metrics.flatMap((id) => {
      const cell = row[id] as MetricCell;
      return compare ? [cell.value ?? "", cell.compare?.value ?? ""] : [cell.value ?? ""];
    }),
  ]);
}
