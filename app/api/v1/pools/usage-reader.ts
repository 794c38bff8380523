/** Tokens by pool and tenant, out of the metric catalogue. */
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import type { PoolUsageReader } from "@/lib/fleet";
import { runQuery } from "@/lib/metrics";
import type { Dimension, MetricRow } from "@/lib/metrics/schemas";

const MAX_ROWS = 10_000;

/**
 * Asks as the system: whose pools a person may see is decided in lib/fleet, the only caller, by the work of everybody.
 */
export function poolUsageReader(ctx: Ctx): PoolUsageReader {
  const everybody: Ctx = { ...ctx, actor: SYSTEM_ACTOR };
  const ask = async (metrics: string[], groupBy: Dimension[], period: { from: Date; to: Date }) => {
    const { rows } = await runQuery(everybody, {
      metrics,
      groupBy,
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      limit: MAX_ROWS,
    });
    return rows;
  };
  return {
    work: async (period) => {
      const rows = await ask(
        ["tokens_input", "tokens_cache_write", "tokens_cache_read", "tokens_output"],
        ["pool", "tenant"],
        period,
      );
      return rows.map((row) => ({
        pool: textOf(row, "pool"),
        tenant: textOf(row, "tenant"),
        // A token that is written to the cache is computed first, like any uncached one.
        uncachedTokens: tokensOf(row, "tokens_input") + tokensOf(row, "tokens_cache_write"),
        cachedTokens: tokensOf(row, "tokens_cache_read"),
        decodeTokens: tokensOf(row, "tokens_output"),
      }));
    },
  };
}

const textOf = (row: MetricRow, dimension: Dimension): string => String(row[dimension] ?? "");

function valueOf(row: MetricRow, metric: string): string | null {
  const cell = row[metric];
  return cell && typeof cell === "object" ? cell.value : null;
}

const tokensOf = (row: MetricRow, metric: string): bigint => BigInt(valueOf(row, metric) ?? "0");
