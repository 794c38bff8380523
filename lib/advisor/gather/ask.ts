/** Asks the catalogue about one fixed period. */
import type { Ctx } from "@/lib/auth/actor";
import { runQuery } from "@/lib/metrics";
import type { MetricQuery, MetricRow } from "@/lib/metrics/schemas";

export type Ask = (query: Omit<MetricQuery, "from" | "to">) => Promise<MetricRow[]>;

const MAX_GROUPS = 10_000;

export function askOver(ctx: Ctx, { from, to }: { from: number; to: number }): Ask {
  const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: MAX_GROUPS };
  return async (query) => (await runQuery(ctx, { ...period, ...query })).rows;
}
