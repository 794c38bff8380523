import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { previewDraft } from "@/lib/policies/store";
import { policyDraftSchema } from "@/lib/policies/store/schemas";

/** Changes nothing. POST, because a draft does not fit into an address. */
export const POST = route({ role: "viewer", scope: "read" }, async ({ ctx, request }) =>
  previewDraft(ctx, await readJson(request, policyDraftSchema)),
);
