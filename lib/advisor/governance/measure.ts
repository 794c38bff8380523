/** Metrics of a scope as text, through the one query. Rows outside the actor's tenants do not exist. */
import type { Ctx } from "@/lib/auth/actor";
import { runQuery } from "@/lib/metrics";
import type { MetricFilter, MetricRow } from "@/lib/metrics/schemas";
import type { GovernanceScope } from "./schemas";

export const filtersOf = ({ tenant, endpoint }: GovernanceScope): MetricFilter[] => [
  ...(tenant === undefined ? [] : [{ dimension: "tenant" as const, in: [tenant] }]),
  ...(endpoint === undefined ? [] : [{ dimension: "endpoint" as const, in: [endpoint] }]),
];

export function textOf(row: MetricRow | undefined, metric: string): string | null {
  const cell = row?.[metric];
  return cell && typeof cell === "object" ? cell.value : null;
}

export async function measure(
  ctx: Ctx,
  scope: GovernanceScope,
  metrics: readonly string[],
  period: { from: Date; to: Date },
): Promise<Map<string, string | null>> {
  const { rows } = await runQuery(ctx, {
    metrics: [...metrics],
    filters: filtersOf(scope),
    from: period.from.toISOString(),
    to: period.to.toISOString(),
  });
  return new Map(metrics.map((metric) => [metric, textOf(rows[0], metric)]));
}
