import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import { nanoToUsd } from "@/lib/money";
import { csvCell } from "@/lib/telemetry/requests/csv";
import { lastDays } from "../gather/last-days";
import { textOf } from "../governance/measure";
import { compareRuns } from "./compare";
import type { BenchmarkComparison, BenchmarkDetail, BenchmarkList, BenchmarkSample, BenchmarkView } from "./schemas";
import { findBenchmark, readBenchmarks, readSamples, readSimulatedGateways } from "./store";
import { curveOf } from "./summarise";

const LOOK_BACK_DAYS = 7;
const MOST_MODELS = 30;

/** Benchmarks, and what can be asked. `hosts`: those that an operator allowed. */
export async function listBenchmarks(ctx: Ctx, hosts: readonly string[]): Promise<BenchmarkList> {
  requireRole(ctx, "viewer");
  const [benchmarks, gateways, routes] = await Promise.all([
    readBenchmarks(ctx.db.prisma),
    readSimulatedGateways(ctx.db.prisma),
    runQuery(ctx, {
      ...lastDays(ctx.now, LOOK_BACK_DAYS),
      metrics: ["tokens_output"],
      groupBy: ["route"],
      orderBy: { metric: "tokens_output" },
      limit: MOST_MODELS,
    }),
  ]);
  // Embeddings write nothing: there is no first token to wait for.
  const writes = routes.rows.filter((row) => Number(textOf(row, "tokens_output") ?? 0) > 0);
  const models = writes.flatMap(({ route }) => (typeof route === "string" && route !== "" ? [route] : []));
  return { benchmarks, gateways, hosts: [...hosts], models };
}

async function requireBenchmark(ctx: Ctx, id: string): Promise<{ view: BenchmarkView; samples: BenchmarkSample[] }> {
  requireRole(ctx, "viewer");
  const view = await findBenchmark(ctx.db.prisma, id);
  if (!view) throw new AppError("not_found", "There is no such benchmark.");
  return { view, samples: await readSamples(ctx.db.prisma, id) };
}

export async function getBenchmark(ctx: Ctx, id: string): Promise<BenchmarkDetail> {
  const { view, samples } = await requireBenchmark(ctx, id);
  return { ...view, curve: curveOf(samples, view.order.warmUps) };
}

/** `other` is the one before. */
export async function compareBenchmarks(ctx: Ctx, id: string, other: string): Promise<BenchmarkComparison> {
  if (id === other)
    throw new AppError("invalid", "Choose two benchmarks: one compared with itself says nothing.", { field: "with" });
  const [after, before] = [await requireBenchmark(ctx, id), await requireBenchmark(ctx, other)];
  return compareRuns(before, after);
}

/** Every request of it (RFC 4180). */
export async function benchmarkCsv(ctx: Ctx, id: string): Promise<string> {
  const { view, samples } = await requireBenchmark(ctx, id);
  const header = "seq,phase,connect_ms,ttft_ms,total_ms,tokens_in,tokens_out,model,from_cache,cost_usd,error";
  const lines = samples.map((one) =>
    [
      one.seq,
      one.seq < view.order.warmUps ? "warm-up" : "measured",
      one.connectMs,
      one.ttftMs,
      one.totalMs,
      one.tokensIn,
      one.tokensOut,
      one.model,
      one.fromCache,
      one.costNanoUsd === null ? null : nanoToUsd(one.costNanoUsd),
      one.error,
    ]
      .map(csvCell)
      .join(","),
  );
  return [header, ...lines, ""].join("\r\n");
}
