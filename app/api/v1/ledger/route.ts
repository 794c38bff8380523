import { listLedger } from "@/lib/advisor/ledger";
import { route } from "@/lib/auth/route";

export const dynamic = "force-dynamic";

/** What changes were expected to save, and what they saved. `?change=&standing=` */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx, url }) =>
  listLedger(ctx, Object.fromEntries(url.searchParams)),
);
