/** Which addresses the workers may ask: only hosts that the operator listed, so that nobody reads an inner network through them. */
import { AppError } from "@/lib/http";
import { requireOutboundUrl, WEB_PORTS, type OutboundPolicy } from "@/lib/outbound";
import type { Endpoint } from "./schemas";

/** `hosts`: `name` for its usual ports, or `name:port`. */
export const evaluationPolicy = (hosts: readonly string[]): OutboundPolicy => ({
  inside: hosts,
  publicToo: false,
  usualPorts: WEB_PORTS,
  setting: "HEADROOM_EVALUATION_HOSTS",
});

export function requireAllowed({ baseUrl }: Pick<Endpoint, "baseUrl">, hosts: readonly string[]): void {
  const { username, password, search, hash } = new URL(baseUrl);
  if (username || password || search || hash) {
    throw new AppError("invalid", "A base URL holds no user, query or fragment. Keys belong in HEADROOM_EVALUATION_API_KEY.");
  }
  requireOutboundUrl(baseUrl, evaluationPolicy(hosts));
}
