import { listBenchmarks, startBenchmark } from "@/lib/advisor/benchmark";
import { benchmarkOrderSchema } from "@/lib/advisor/benchmark/schemas";
import { route } from "@/lib/auth/route";
import { config } from "@/lib/config";
import { readJson } from "@/lib/http";

export const dynamic = "force-dynamic";

/** Benchmarks, newest first, and what can be asked. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => listBenchmarks(ctx, config().HEADROOM_EVALUATION_HOSTS));

/** A worker sends the requests in the background. */
export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx, request }) => {
  const order = await readJson(request, benchmarkOrderSchema);
  return Response.json(await startBenchmark(ctx, order, config().HEADROOM_EVALUATION_HOSTS), { status: 201 });
});
