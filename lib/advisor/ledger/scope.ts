/** Which requests a change concerns. Pure. */
import type { PolicyEdit } from "@/lib/changes/schemas";

export type SavingScope = PolicyEdit["scope"];

export interface ScopedRequest {
  tenant: string;
  endpoint: string;
  pool: string | null;
  node: string | null;
}

/** Of one of the scopes. An environment is told from requests by nothing but the gateway, so it is everything there. */
export const inScope = (scopes: readonly SavingScope[], request: ScopedRequest): boolean =>
  scopes.some(({ level, value }) => level === "global" || level === "environment" || request[level] === value);
