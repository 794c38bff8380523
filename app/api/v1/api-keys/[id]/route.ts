import { revokeApiKey } from "@/lib/auth/revoke-api-key";
import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";

export const DELETE = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, params }) => ({
  apiKey: await revokeApiKey(ctx, requireUuid(params.id, "API key")),
}));
