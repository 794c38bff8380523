/** Why cost changed: asks the metric engine for both periods by model, and splits the difference (explain-change.ts). */
import type { Ctx } from "@/lib/auth/actor";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { runQuery } from "../run-query";
import type { MetricRow, MetricValue } from "../schemas";
import { DRIVERS, type Driver } from "./drivers";
import { explainChange, type UsageOfModel } from "./explain-change";
import { waterfallQuerySchema, type WaterfallQuery, type WaterfallResult } from "./schemas";

const METRICS = ["cost_usd", "requests", "cache_hits", "attempts", "tokens_total", "saved_prefix_usd"];
/** More models than anybody has; beyond it they are one, "(other)". */
const MAX_MODELS = 10_000;

export async function runWaterfall(ctx: Ctx, query: WaterfallQuery): Promise<WaterfallResult> {
  const { from, to, filters, compare } = waterfallQuerySchema.parse(query);
  const answer = await runQuery(ctx, {
    metrics: METRICS,
    groupBy: ["provider", "modelServed"],
    filters,
    from,
    to,
    compare,
    limit: MAX_MODELS,
  });
  const groups = answer.rows.map((row, index) => ({
    key: String(index),
    before: usageOf(row, true),
    after: usageOf(row, false),
  }));
  const { beforeNanoUsd, afterNanoUsd, drivers, models } = explainChange(groups);
  const requests = (period: "before" | "after") => groups.reduce((sum, group) => sum + group[period].requests, 0n).toString();
  const { plan } = answer;
  const size = (amount: bigint) => (amount < 0n ? -amount : amount);
  return {
    before: { from: plan.compareFrom!, to: plan.compareTo!, costUsd: nanoToUsd(beforeNanoUsd), requests: requests("before") },
    after: { from: plan.from, to: plan.to, costUsd: nanoToUsd(afterNanoUsd), requests: requests("after") },
    drivers: inUsd(drivers),
    models: models
      .toSorted((a, b) => {
        const difference = size(b.afterNanoUsd - b.beforeNanoUsd) - size(a.afterNanoUsd - a.beforeNanoUsd);
        return difference > 0n ? 1 : difference < 0n ? -1 : 0;
      })
      .map((model) => {
        const row = answer.rows[Number(model.key)]!;
        return {
          provider: typeof row["provider"] === "string" ? row["provider"] : "",
          model: typeof row["modelServed"] === "string" ? row["modelServed"] : "",
          state: model.state,
          beforeUsd: nanoToUsd(model.beforeNanoUsd),
          afterUsd: nanoToUsd(model.afterNanoUsd),
          drivers: inUsd(model.drivers),
        };
      }),
    warnings: answer.warnings,
  };
}

function usageOf(row: MetricRow, compared: boolean): UsageOfModel {
  const valueOf = (metric: string): string => {
    const cell = row[metric];
    if (typeof cell !== "object" || cell === null) return "0";
    const value: MetricValue | undefined = compared ? cell.compare : cell;
    return value?.value ?? "0";
  };
  const requests = BigInt(valueOf("requests"));
  return {
    requests,
    upstreamRequests: requests - BigInt(valueOf("cache_hits")),
    attempts: BigInt(valueOf("attempts")),
    tokens: BigInt(valueOf("tokens_total")),
    costNanoUsd: toNanoUsd(valueOf("cost_usd")),
    prefixSavedNanoUsd: toNanoUsd(valueOf("saved_prefix_usd")),
  };
}

const inUsd = (drivers: Record<Driver, bigint>): Record<Driver, string> =>
  Object.fromEntries(DRIVERS.map((driver) => [driver, nanoToUsd(drivers[driver])])) as Record<Driver, string>;
