import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { requireAllowed } from "@/lib/evaluations/endpoint-guard";
import { AppError } from "@/lib/http";
import { toNanoUsd } from "@/lib/money";
import { estimateBenchmark } from "./estimate-benchmark";
import { benchmarkOrderSchema, type BenchmarkOrder, type BenchmarkOrderInput, type BenchmarkView } from "./schemas";
import { countWaiting, insertBenchmark, readSimulatedGateways } from "./store";

const MOST_WAITING = 5;

/** Where an order asks, for people: "gw-eu-1" or "http://gateway:8080/v1". */
const placeOf = ({ endpoint }: Pick<BenchmarkOrder, "endpoint">): string =>
  endpoint.kind === "gateway" ? endpoint.name : endpoint.baseUrl;

/** `hosts`: those that an operator allowed. Throws `invalid` for others, and for a cap below what it may cost. */
export async function startBenchmark(ctx: Ctx, input: BenchmarkOrderInput, hosts: readonly string[]): Promise<BenchmarkView> {
  requireRole(ctx, "analyst");
  if (ctx.actor.tenants !== "all") {
    throw new AppError(
      "forbidden",
      "A benchmark loads what all tenants share, and you are limited to some. Ask an analyst of the whole workspace.",
    );
  }
  const order = benchmarkOrderSchema.parse(input);
  const { endpoint, name, model, warmUps, runs, promptTokens, maxTokens, capUsd } = order;
  if (endpoint.kind === "url") requireAllowed(endpoint, hosts);
  else if (!(await readSimulatedGateways(ctx.db.prisma)).includes(endpoint.name)) {
    throw new AppError("invalid", `There is no gateway ${endpoint.name} that can be asked by name: give its address.`, {
      field: "endpoint",
    });
  }
  const { price, mostUsd } = await estimateBenchmark(ctx, { model, warmUps, runs, promptTokens, maxTokens });
  if (mostUsd !== null && (capUsd === null || toNanoUsd(capUsd) < toNanoUsd(mostUsd))) {
    throw new AppError("invalid", `It may cost up to $${mostUsd}. Agree to that, or make it smaller.`, { field: "capUsd" });
  }
  return ctx.db.prisma.$transaction(async (tx) => {
    if ((await countWaiting(tx)) >= MOST_WAITING) {
      throw new AppError("conflict", `${MOST_WAITING} benchmarks wait already. Let them end, or cancel one.`);
    }
    const simulated = endpoint.kind === "gateway";
    const view = await insertBenchmark(tx, ctx, { name: name || `${model} at ${placeOf(order)}`, order, price, simulated });
    const data = { place: placeOf(order), model, warmUps, runs, concurrency: order.concurrency, capUsd };
    await appendAudit(tx, ctx, { action: "benchmark.start", subject: `benchmark:${view.id}`, data });
    return view;
  });
}
