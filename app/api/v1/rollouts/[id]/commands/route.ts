import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { rolloutCommandSchema } from "@/lib/changes/schemas";
import { commandRollout, getRollout } from "@/lib/changes/store";
import { readJson } from "@/lib/http";

/** Pause, resume, promote or abort. The controller takes it up within seconds; aborting needs no approval. */
export const POST = route<{ id: string }>({ role: "lead", scope: "admin" }, async ({ ctx, params, request }) => {
  const id = requireUuid(params.id, "rollout");
  await commandRollout(ctx, id, await readJson(request, rolloutCommandSchema));
  return getRollout(ctx, id);
});
