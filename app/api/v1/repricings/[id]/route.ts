import { z } from "zod";
import { route } from "@/lib/auth/route";
import { AppError, readJson } from "@/lib/http";
import { applyRepricing, cancelRepricing, getRepricing } from "@/lib/repricing";
import { moveRepricingSchema } from "@/lib/repricing/schemas";

function idOf({ id }: { id: string }): string {
  if (!z.uuid().safeParse(id).success) throw new AppError("not_found", "There is no such repricing.");
  return id;
}

/** Its progress, and the dry run by tenant, model and day. */
export const GET = route<{ id: string }>({ role: "analyst", scope: "read" }, ({ ctx, params }) =>
  getRepricing(ctx, idOf(params)),
);

/** `{"action":"apply"}` or `{"action":"cancel"}`. */
export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => {
  const { action } = await readJson(request, moveRepricingSchema);
  return action === "apply" ? applyRepricing(ctx, idOf(params)) : cancelRepricing(ctx, idOf(params));
});
