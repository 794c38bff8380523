import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import { metricQuerySchema } from "@/lib/metrics/schemas";

export const dynamic = "force-dynamic";

/** The public face of the metric catalogue: any metric, by any dimension, over any period. */
export const POST = route({ role: "viewer", scope: "read" }, async ({ ctx, request }) =>
  runQuery(ctx, await readJson(request, metricQuerySchema)),
);
