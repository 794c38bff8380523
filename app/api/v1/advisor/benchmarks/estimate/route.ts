import { estimateBenchmark } from "@/lib/advisor/benchmark";
import { route } from "@/lib/auth/route";

export const dynamic = "force-dynamic";

/** What a benchmark may cost at most: `?model=chat-default&runs=100`. Sends nothing. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url }) =>
  estimateBenchmark(ctx, Object.fromEntries(url.searchParams)),
);
