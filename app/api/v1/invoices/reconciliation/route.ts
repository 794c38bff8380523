import { route } from "@/lib/auth/route";
import { reconcileMonth } from "@/lib/invoices";

export const dynamic = "force-dynamic";

/** What a provider billed against what was calculated. `?month=&provider=` */
export const GET = route({ role: "analyst", scope: "read" }, ({ ctx, url }) =>
  reconcileMonth(ctx, { month: url.searchParams.get("month") ?? "", provider: url.searchParams.get("provider") ?? "" }),
);
