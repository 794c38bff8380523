import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { getStatement, moveStatement } from "@/lib/statements";
import { moveStatementSchema } from "@/lib/statements/schemas";

export const dynamic = "force-dynamic";

/** One tenant's statement of a month: as known now, and its revisions. `?tenant=&month=` */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url }) =>
  getStatement(ctx, { tenant: url.searchParams.get("tenant") ?? "", month: url.searchParams.get("month") ?? "" }),
);

/** `{"action":"draft"|"lock"|"restate", "tenant", "month", …}` */
export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx, request }) =>
  moveStatement(ctx, await readJson(request, moveStatementSchema)),
);
