import { cellOf } from "@/components/charts/series";
import type { MetricRow } from "@/lib/metrics/schemas";

const TOLERATED = 0.1;

/**
 * Does the comparison period lack data where this one has some? Then "29 times up" would only say that recording began
 * in between. `rows` are buckets, `metric` a sum that is never null where there was traffic.
 */
export function baselineIncomplete(rows: readonly MetricRow[], metric: string): boolean {
  const cells = rows.flatMap((row) => {
    const cell = row.bucket && !row.partial ? cellOf(row, metric) : undefined;
    return cell?.compare && cell.value !== null ? [cell] : [];
  });
  const missing = cells.filter((cell) => cell.compare?.value === null).length;
  return missing > cells.length * TOLERATED;
}
