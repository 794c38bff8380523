import { route } from "@/lib/auth/route";
import { listDeadLetters } from "@/lib/telemetry";

export const dynamic = "force-dynamic";

/** What could not be stored, newest first: `?limit=50&before=<id>&code=conflict&state=open`. */
export const GET = route({ role: "analyst", scope: "read" }, ({ ctx, url }) =>
  listDeadLetters(ctx, Object.fromEntries(url.searchParams)),
);
