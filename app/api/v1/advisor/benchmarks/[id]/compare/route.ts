import { compareBenchmarks } from "@/lib/advisor/benchmark";
import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";

export const dynamic = "force-dynamic";

/** `?with=` the one before it. */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params, url }) =>
  compareBenchmarks(ctx, requireUuid(params.id, "benchmark"), requireUuid(url.searchParams.get("with") ?? "", "benchmark")),
);
