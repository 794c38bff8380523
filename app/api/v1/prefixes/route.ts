import { route } from "@/lib/auth/route";
import { listPrefixes } from "@/lib/telemetry/requests";

export const dynamic = "force-dynamic";

/** The beginnings that prompts share, most uncached tokens first. `?from=&to=&tenant=&endpoint=` */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  listPrefixes(ctx, {
    from: searchParams.get("from") ?? "",
    to: searchParams.get("to") ?? "",
    tenant: searchParams.getAll("tenant"),
    endpoint: searchParams.getAll("endpoint"),
  }),
);
