import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { changeActionSchema } from "@/lib/changes/schemas";
import { actOnChange, getChange } from "@/lib/changes/store";
import { readJson } from "@/lib/http";

/** 409 when it was edited since `contentHash`; 422 with the sentence when it may not. */
export const POST = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, params, request }) => {
  const id = requireUuid(params.id, "change");
  await actOnChange(ctx, id, await readJson(request, changeActionSchema));
  return getChange(ctx, id);
});
