import { buildSnippets, TENANT_PATTERN } from "@/components/welcome/snippets";
import type { ApiKeyView } from "@/lib/auth/schemas";

/** A line to try a new key with: it sends one event when it may, else it asks who it is. Undefined when it can do neither. */
export function curlFor(
  { scopes, tenantId }: Pick<ApiKeyView, "scopes" | "tenantId">,
  key: string,
  baseUrl: string,
): string | undefined {
  const tenant = tenantId ?? "acme";
  // A tenant id that would need escaping in a shell is not worth a line that surprises.
  if (scopes.some((scope) => scope !== "read") && TENANT_PATTERN.test(tenant)) {
    return buildSnippets({ baseUrl, apiKey: key, tenant }).find(({ id }) => id === "curl")?.blocks[0]?.code;
  }
  if (scopes.every((scope) => scope === "ingest")) return undefined;
  return `curl -sS ${baseUrl}/api/v1/me \\\n  -H "Authorization: Bearer ${key}"`;
}
