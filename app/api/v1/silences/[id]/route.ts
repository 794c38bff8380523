import { requireUuid } from "@/lib/auth/route-id";
import { route } from "@/lib/auth/route";
import { endSilence } from "@/lib/notifications/routing/silences";

/** It ends now; the record of it stays. */
export const DELETE = route<{ id: string }>({ role: "lead", scope: "admin" }, async ({ ctx, params: { id } }) => {
  await endSilence(ctx, requireUuid(id, "silence"));
  return { ok: true };
});
