import { route } from "@/lib/auth/route";
import { readStatementLines, statementCsv } from "@/lib/statements";

export const dynamic = "force-dynamic";

/** The lines of one tenant's statement as a file. `?tenant=&month=` */
export const GET = route({ role: "analyst", scope: "read" }, async ({ ctx, url }) => {
  const month = url.searchParams.get("month") ?? "";
  const { view, lines, status } = await readStatementLines(ctx, { tenant: url.searchParams.get("tenant") ?? "", month });
  return new Response(statementCsv(view, lines, status), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="statement-${month}-${encodeURIComponent(view.tenant)}.csv"`,
      "cache-control": "no-store",
    },
  });
});
