/** Tokens and GPU money by pool, out of the metric catalogue. */
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import type { PoolUsageReader } from "@/lib/fleet";
import { runQuery } from "@/lib/metrics";
import type { Dimension, MetricRow } from "@/lib/metrics/schemas";
import { toNanoUsd } from "@/lib/money";

const MAX_ROWS = 10_000;

/**
 * A share needs everybody's work as its denominator, so this asks as the system. What the person may see of it is
 * decided in lib/fleet, the only caller.
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
    gpuCost: async (period) => {
      const rows = await ask(["gpu_busy_cost_usd", "gpu_idle_cost_usd"], ["pool"], period);
      return rows.map((row) => ({
        pool: textOf(row, "pool"),
        busyNanoUsd: toNanoUsd(valueOf(row, "gpu_busy_cost_usd") ?? "0"),
        idleNanoUsd: toNanoUsd(valueOf(row, "gpu_idle_cost_usd") ?? "0"),
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
