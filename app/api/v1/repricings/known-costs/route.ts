import { route } from "@/lib/auth/route";
import { getKnownCosts } from "@/lib/repricing";

/** What a period cost as it was known then: `?from=…&to=…&asKnownOn=…&tenant=acme`. */
export const GET = route({ role: "analyst", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  getKnownCosts(ctx, Object.fromEntries(searchParams)),
);
