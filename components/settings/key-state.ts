import type { ApiKeyView } from "@/lib/auth/schemas";

export type KeyState = "active" | "expires soon" | "expired" | "revoked";

const SOON_MS = 14 * 86_400_000;

/** What a key is worth at `now` (epoch ms). Pure. */
export function keyState({ revokedAt, expiresAt }: Pick<ApiKeyView, "revokedAt" | "expiresAt">, now: number): KeyState {
  if (revokedAt) return "revoked";
  if (!expiresAt) return "active";
  const leftMs = Date.parse(expiresAt) - now;
  if (leftMs <= 0) return "expired";
  return leftMs <= SOON_MS ? "expires soon" : "active";
}
