import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { getTargetOrder } from "@/lib/fleet";
import { AppError } from "@/lib/http";

/** What was ordered, as it was rendered. */
export const GET = route<{ id: string; generation: string }>({ role: "lead", scope: "admin" }, async ({ ctx, params }) => {
  if (!/^\d{1,9}$/.test(params.generation)) throw new AppError("not_found", "There is no such generation of this target.");
  return getTargetOrder(ctx, requireUuid(params.id, "target"), Number(params.generation));
});
