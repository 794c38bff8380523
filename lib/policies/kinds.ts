/** The kinds of policy. Without schemas: pages name them before anything is edited. */
export const GATEWAY_KINDS = ["routing", "caching", "tokens", "batching"] as const;
export const POLICY_KINDS = [...GATEWAY_KINDS, "engine"] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];
