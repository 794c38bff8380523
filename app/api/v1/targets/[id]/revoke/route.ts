import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { getTarget, revokeTarget } from "@/lib/fleet";
import { changeTargetSchema } from "@/lib/fleet/schemas";
import { readJson } from "@/lib/http";

export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, params, request }) => {
  const id = requireUuid(params.id, "target");
  const { reason } = await readJson(request, changeTargetSchema);
  await revokeTarget(ctx, id, reason);
  return getTarget(ctx, id);
});
