/** Which addresses the workers may ask: only hosts that the operator listed, so that nobody reads an inner network through them. */
import { AppError } from "@/lib/http";
import type { Endpoint } from "./schemas";

/** `hosts`: `name` for its usual ports, or `name:port`. */
export function requireAllowed({ baseUrl }: Pick<Endpoint, "baseUrl">, hosts: readonly string[]): void {
  const { host, username, password, search, hash } = new URL(baseUrl);
  if (username || password || search || hash) {
    throw new AppError("invalid", "A base URL holds no user, query or fragment. Keys belong in HEADROOM_EVALUATION_API_KEY.");
  }
  if (hosts.some((allowed) => allowed.toLowerCase() === host)) return;
  throw new AppError(
    "invalid",
    `${host} is not among the hosts that evaluations may ask. An operator adds it to HEADROOM_EVALUATION_HOSTS.`,
  );
}
