import { route } from "@/lib/auth/route";
import { sharePools } from "@/lib/fleet";
import { poolUsageReader } from "../pools/usage-reader";

export const dynamic = "force-dynamic";

/** Each tenant's share of each GPU pool by work, in dollars that add up; idle on its own line. `?from=&to=` */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx, url }) =>
  sharePools(ctx, { from: url.searchParams.get("from") ?? "", to: url.searchParams.get("to") ?? "" }, poolUsageReader(ctx)),
);
