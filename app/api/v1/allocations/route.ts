import { listAllocations } from "@/lib/allocation";
import { route } from "@/lib/auth/route";

export const dynamic = "force-dynamic";

/** Who pays for the GPU hours of a period, by pool and tenant, with method, fit and break-even. `?from=&to=` */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx, url }) =>
  listAllocations(ctx, { from: url.searchParams.get("from") ?? "", to: url.searchParams.get("to") ?? "" }),
);
