import { policyRefSchema, type PolicyRef } from "@/lib/policies/store/schemas";

/** `?kind=tokens&level=tenant&value=acme` */
export function refOf(search: URLSearchParams): PolicyRef {
  const level = search.get("level");
  const value = search.get("value");
  return policyRefSchema.parse({ kind: search.get("kind"), scope: { level, value: level === "global" ? null : value } });
}
