import { createApiKey } from "@/lib/auth/create-api-key";
import { listApiKeys } from "@/lib/auth/list-api-keys";
import { route } from "@/lib/auth/route";
import { createApiKeySchema } from "@/lib/auth/schemas";
import { readJson } from "@/lib/http";

export const GET = route({ role: "admin", scope: "admin" }, async ({ ctx }) => ({ apiKeys: await listApiKeys(ctx) }));

/** The answer holds the key, once: `no-store`. */
export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createApiKey(ctx, await readJson(request, createApiKeySchema)), {
    status: 201,
    headers: { "cache-control": "no-store" },
  }),
);
