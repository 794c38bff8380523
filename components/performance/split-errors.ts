/**
 * PREPARE: `errors` counts every kind of failure; a stack of kinds must not count one twice. What is in no named kind is
 * `other_errors` = errors − timeouts − ooms − rate_limited. Pure.
 */
import { cellOf } from "@/components/charts";
import type { MetricRow, MetricValue } from "@/lib/metrics/schemas";

const NAMED = ["timeouts", "ooms", "rate_limited"] as const;

export function splitErrors(rows: readonly MetricRow[]): MetricRow[] {
  return rows.map((row) => {
    const errors = cellOf(row, "errors");
    if (!errors) return row;
    const rest = (pick: (cell: MetricValue | undefined) => MetricValue | undefined): MetricValue => {
      const all = pick(errors)?.value;
      if (all === null || all === undefined) return { value: null };
      const named = NAMED.reduce((sum, metric) => sum + Number(pick(cellOf(row, metric))?.value ?? 0), 0);
      return { value: String(Number(all) - named) };
    };
    const compare = errors.compare ? { compare: rest((cell) => (cell as { compare?: MetricValue } | undefined)?.compare) } : {};
    return { ...row, other_errors: { ...rest((cell) => cell), ...compare } };
  });
}
