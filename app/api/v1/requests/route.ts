import { route } from "@/lib/auth/route";
import {
  csvStream,
  eachRequest,
  listRequests,
  requestFilterOf,
  requestFilterSchema,
  requireExport,
} from "@/lib/telemetry/requests";

/** Requests by filter, a page at a time; `format=csv` streams all of them (people: analyst and above). */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx, url }) => {
  const params = new URLSearchParams(url.searchParams);
  const csv = params.get("format") === "csv";
  params.delete("format");
  const filter = requestFilterSchema.parse(requestFilterOf(params));
  if (!csv) return listRequests(ctx, filter);
  requireExport(ctx);
  return new Response(csvStream(eachRequest(ctx, filter)), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="headroom-requests-${ctx.now.toISOString().slice(0, 10)}.csv"`,
      "cache-control": "no-store",
    },
  });
});
