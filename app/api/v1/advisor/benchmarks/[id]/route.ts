import { benchmarkCsv, cancelBenchmark, getBenchmark } from "@/lib/advisor/benchmark";
import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";

export const dynamic = "force-dynamic";

/** How far it is, and what was measured. `?format=csv`: every request of it. */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, async ({ ctx, params, url }) => {
  const id = requireUuid(params.id, "benchmark");
  if (url.searchParams.get("format") !== "csv") return getBenchmark(ctx, id);
  return new Response(await benchmarkCsv(ctx, id), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="headroom-benchmark-${id.slice(0, 8)}.csv"`,
    },
  });
});

/** Cancels it. What was measured stays. */
export const DELETE = route<{ id: string }>({ role: "analyst", scope: "admin" }, ({ ctx, params }) =>
  cancelBenchmark(ctx, requireUuid(params.id, "benchmark")),
);
