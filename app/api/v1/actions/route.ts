import { route } from "@/lib/auth/route";
import { listActions, type ActionSort } from "@/lib/telemetry/requests";

export const dynamic = "force-dynamic";

/** The dearest actions of a period, each a chain of requests. `?from=&to=&tenant=&endpoint=&sort=cost|calls|duration|recent` */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  listActions(ctx, {
    from: searchParams.get("from") ?? "",
    to: searchParams.get("to") ?? "",
    tenant: searchParams.getAll("tenant"),
    endpoint: searchParams.getAll("endpoint"),
    ...(searchParams.has("sort") ? { sort: searchParams.get("sort") as ActionSort } : {}),
    ...(searchParams.has("limit") ? { limit: searchParams.get("limit") } : {}),
  }),
);
