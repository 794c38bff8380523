import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { changeCommentSchema } from "@/lib/changes/schemas";
import { commentOnChange, getChange } from "@/lib/changes/store";
import { readJson } from "@/lib/http";

export const POST = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, params, request }) => {
  const id = requireUuid(params.id, "change");
  await commentOnChange(ctx, id, await readJson(request, changeCommentSchema));
  return getChange(ctx, id);
});
