/** Rows of the metric catalogue, read for the whole workspace. What a person may see of it, the verbs here decide. */
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import type { Dimension, MetricRow } from "@/lib/metrics/schemas";

export const MAX_GROUPS = 10_000;

/** A share needs everybody's work as its denominator, and rounding together needs everybody's costs. */
export const everybody = (ctx: Ctx): Ctx => ({ ...ctx, actor: SYSTEM_ACTOR });

export const textOf = (row: MetricRow, dimension: Dimension): string => String(row[dimension] ?? "");

export function valueOf(row: MetricRow, metric: string): string | null {
  const cell = row[metric];
  return cell && typeof cell === "object" ? cell.value : null;
}
