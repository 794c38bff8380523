import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { getTarget, releaseTarget } from "@/lib/fleet";
import { changeTargetSchema } from "@/lib/fleet/schemas";
import { readJson } from "@/lib/http";

export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, params, request }) => {
  const id = requireUuid(params.id, "target");
  const { reason } = await readJson(request, changeTargetSchema);
  await releaseTarget(ctx, id, reason);
  return getTarget(ctx, id);
});
