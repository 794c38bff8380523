import { route } from "@/lib/auth/route";
import { previewChangeSchema } from "@/lib/changes/schemas";
import { previewChange } from "@/lib/changes/store";
import { readJson } from "@/lib/http";

/** Changes nothing. POST, because a draft does not fit into an address. */
export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx, request }) =>
  previewChange(ctx, await readJson(request, previewChangeSchema)),
);
