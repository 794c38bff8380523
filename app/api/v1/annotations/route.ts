import { route } from "@/lib/auth/route";
import { listPriceChanges } from "@/lib/pricing";

export const dynamic = "force-dynamic";

/** What happened that a chart of money should say: price changes of models in use. `?from=&to=` */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx, url }) => {
  const changes = await listPriceChanges(ctx, { from: url.searchParams.get("from") ?? "", to: url.searchParams.get("to") ?? "" });
  return { annotations: changes.map(({ at, sentence }) => ({ at: at.toISOString(), kind: "price", label: sentence })) };
});
