/** Who asks, and for which endpoint. Tenant and user never come from the body: a client can write there what it likes. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { CacheIdentity } from "@/lib/policies";
import type { GatewayConfig } from "./config";
import { GatewayError } from "./gateway-error";

export type Identify = (headers: IncomingHttpHeaders) => CacheIdentity;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/**
 * Trusted headers win; then the client's key; then the anonymous tenant. Within its own tenant a client with a key says
 * which of its users asks (`x-headroom-user`): the tenant is the boundary, and the key proves the tenant.
 */
export function identifier(identity: GatewayConfig["identity"], env: Record<string, string | undefined>): Identify {
  const byHash = new Map(
    Object.values(identity.clients).map((client) => [client.keySha256 ?? sha256(env[client.keyEnv!] ?? ""), client]),
  );
  const { trustedHeaders, anonymousTenant } = identity;
  return (headers) => {
    const trustedTenant = trustedHeaders && named(headers, trustedHeaders.tenant);
    if (trustedHeaders && trustedTenant) {
      return { tenant: trustedTenant, user: trustedHeaders.user ? named(headers, trustedHeaders.user) : null };
    }
    const key = bearer(headers.authorization);
    if (key !== null && byHash.size > 0) {
      const client = byHash.get(sha256(key));
      if (client) return { tenant: client.tenant, user: client.user ?? named(headers, "x-headroom-user") };
      throw new GatewayError(401, "invalid_api_key", "This API key is not known to the gateway.");
    }
    if (anonymousTenant) return { tenant: anonymousTenant, user: null };
    throw new GatewayError(401, "invalid_api_key", "Send the API key of a client of this gateway: Authorization: Bearer <key>.");
  };
}

/** What requests tell about who asks, for the policy's checks. */
export function whatIsKnown(identity: GatewayConfig["identity"]): { tenant: boolean; user: boolean } {
  return { tenant: true, user: Object.keys(identity.clients).length > 0 || identity.trustedHeaders?.user !== undefined };
}

function bearer(header: string | undefined): string | null {
  const match = /^Bearer\s+(\S+)\s*$/i.exec(header ?? "");
  return match ? match[1]! : null;
}

/** A header that names something: short, printable, or the request is refused. */
export function named(headers: IncomingHttpHeaders, header: string): string | null {
  const value = headers[header];
  if (value === undefined || value === "") return null;
  if (typeof value === "string" && /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(value)) return value;
  throw new GatewayError(400, "invalid_header", `The header ${header} must be 1 to 200 printable ASCII characters.`);
}
