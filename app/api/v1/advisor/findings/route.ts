import { listFindings } from "@/lib/advisor/findings";
import { route } from "@/lib/auth/route";

/** Ranked: `?state=open&lever=exact_cache&effort=low&text=kb`. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  listFindings(ctx, Object.fromEntries(searchParams)),
);
