import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { editChangeSchema } from "@/lib/changes/schemas";
import { editChange, getChange } from "@/lib/changes/store";
import { readJson } from "@/lib/http";

export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params }) =>
  getChange(ctx, requireUuid(params.id, "change")),
);

/** 409 when somebody else edited it since `contentHash`. Approvals of what was there before are void. */
export const PUT = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, params, request }) => {
  const id = requireUuid(params.id, "change");
  await editChange(ctx, id, await readJson(request, editChangeSchema));
  return getChange(ctx, id);
});
