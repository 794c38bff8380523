import { route } from "@/lib/auth/route";
import { listDeadLetters } from "@/lib/telemetry";

export const dynamic = "force-dynamic";

/** What could not be stored, newest first: `?limit=50&before=<id>&code=conflict&state=open&tenant=acme&tenant=globex`. */
export const GET = route({ role: "analyst", scope: "read" }, ({ ctx, url: { searchParams } }) => {
  const tenant = searchParams.getAll("tenant");
  return listDeadLetters(ctx, { ...Object.fromEntries(searchParams), tenant: tenant.length > 0 ? tenant : undefined });
});
