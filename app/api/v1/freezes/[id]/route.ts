import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { endFreeze, listFreezes } from "@/lib/changes/store";

/** One that has begun ends now and stays on record. */
export const DELETE = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, params }) => {
  await endFreeze(ctx, requireUuid(params.id, "freeze"));
  return listFreezes(ctx);
});
