import { requireRole, type Ctx } from "@/lib/auth/actor";
import { runQuery } from "@/lib/metrics";
import { nanoToUsd } from "@/lib/money";
import { loadPriceBook } from "@/lib/pricing";
import { lastDays } from "../gather/last-days";
import { costOfTokens, mostTokensOf } from "./plan";
import { benchmarkSizeSchema, type BenchmarkEstimate, type BenchmarkPrice, type BenchmarkSize } from "./schemas";

const LOOK_BACK_DAYS = 7;

/** What a benchmark may cost at most: every token there can be, at the dearest model that served this name lately. */
export async function estimateBenchmark(ctx: Ctx, input: unknown): Promise<BenchmarkEstimate> {
  requireRole(ctx, "viewer");
  const size = benchmarkSizeSchema.parse(input);
  const requests = size.warmUps + size.runs;
  const one = mostTokensOf(size);
  const dearest = await findDearest(ctx, size, one);
  return {
    requests,
    tokensIn: requests * one.in,
    tokensOut: requests * one.out,
    price: dearest?.price ?? null,
    mostUsd: dearest ? nanoToUsd(dearest.nano * BigInt(requests)) : null,
    basis: dearest
      ? `At the list price of ${dearest.price.model} (${dearest.price.provider}), the dearest that served ${size.model} in the last ${LOOK_BACK_DAYS} days, and as if every token were used.`
      : `No model with a price served ${size.model} in the last ${LOOK_BACK_DAYS} days: what it costs is not known, and not capped.`,
  };
}

async function findDearest(
  ctx: Ctx,
  { model }: BenchmarkSize,
  tokens: { in: number; out: number },
): Promise<{ price: BenchmarkPrice; nano: bigint } | null> {
  const period = lastDays(ctx.now, LOOK_BACK_DAYS);
  const book = await loadPriceBook(ctx.db);
  const answers = await Promise.all(
    (["route", "modelRequested"] as const).map((dimension) =>
      runQuery(ctx, {
        ...period,
        metrics: ["requests"],
        groupBy: ["provider", "modelServed"],
        filters: [{ dimension, in: [model] }],
      }),
    ),
  );
  let dearest: { price: BenchmarkPrice; nano: bigint } | null = null;
  for (const row of answers.flatMap(({ rows }) => rows)) {
    const price = { provider: String(row["provider"]), model: String(row["modelServed"]) };
    const nano = costOfTokens(book, price, tokens, ctx.now.getTime());
    if (nano !== null && (dearest === null || nano > dearest.nano)) dearest = { price, nano };
  }
  return dearest;
}
