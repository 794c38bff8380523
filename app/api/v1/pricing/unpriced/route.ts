import { route } from "@/lib/auth/route";
import { listUnpriced } from "@/lib/pricing/manage";

/** Models that were used in the last `?days=30` and have no price. */
export const GET = route({ role: "analyst", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  listUnpriced(ctx, Object.fromEntries(searchParams)),
);
