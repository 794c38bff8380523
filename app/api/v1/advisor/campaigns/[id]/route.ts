import { deleteCampaign } from "@/lib/advisor/governance";
import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";

export const DELETE = route<{ id: string }>({ role: "lead", scope: "admin" }, async ({ ctx, params }) => {
  await deleteCampaign(ctx, requireUuid(params.id, "campaign"));
  return new Response(null, { status: 204 });
});
