import { ownNumbers } from "@/lib/advisor/calculators";
import { route } from "@/lib/auth/route";

export const dynamic = "force-dynamic";

/** What own telemetry says of a calculator's fields. `?from=&to=&tenant=&endpoint=` */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, async ({ ctx, params, url }) =>
  ownNumbers(ctx, params.id, {
    from: url.searchParams.get("from") ?? "",
    to: url.searchParams.get("to") ?? "",
    tenant: url.searchParams.get("tenant") ?? undefined,
    endpoint: url.searchParams.get("endpoint") ?? undefined,
  }),
);
