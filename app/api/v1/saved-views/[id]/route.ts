import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { deleteSavedView } from "@/lib/workspace";

export const DELETE = route<{ id: string }>({ role: "analyst" }, async ({ ctx, params }) => {
  await deleteSavedView(ctx, requireUuid(params.id, "saved view"));
  return new Response(null, { status: 204 });
});
