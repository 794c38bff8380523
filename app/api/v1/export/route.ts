import { z } from "zod";
import { route } from "@/lib/auth/route";
import type { Ctx } from "@/lib/auth/actor";
import { AppError, readJson } from "@/lib/http";
import { exportQuery } from "@/lib/metrics";
import { metricQuerySchema } from "@/lib/metrics/schemas";

export const dynamic = "force-dynamic";

const formatSchema = z.enum(["csv"], { error: "format must be csv" });

async function csvResponse(ctx: Ctx, url: URL, query: z.output<typeof metricQuerySchema>): Promise<Response> {
  formatSchema.parse(url.searchParams.get("format") ?? "csv");
  return new Response(await exportQuery(ctx, query), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="headroom-metrics-${ctx.now.toISOString().slice(0, 10)}.csv"`,
      "cache-control": "no-store",
    },
  });
}

/** The same query as POST /api/v1/query, as a file. For links: `?format=csv&query=<JSON>`. */
export const GET = route({ role: "analyst", scope: "read" }, async ({ ctx, url }) => {
  let query: unknown;
  try {
    query = JSON.parse(url.searchParams.get("query") ?? "");
  } catch {
    throw new AppError("invalid", "Pass ?query= with the JSON of a metric query, URL-encoded.", { field: "query" });
  }
  return csvResponse(ctx, url, metricQuerySchema.parse(query));
});

export const POST = route({ role: "analyst", scope: "read" }, async ({ ctx, request, url }) =>
  csvResponse(ctx, url, await readJson(request, metricQuerySchema)),
);
