import { route } from "@/lib/auth/route";
import { getMonth } from "@/lib/statements";

export const dynamic = "force-dynamic";

/** What every tenant owes for a month, and what nobody is charged for. `?month=` */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url }) => getMonth(ctx, url.searchParams.get("month") ?? ""));
