/** Public keys as they travel. Ed25519 throughout: of the console for what it orders, of each target for what it says. */
import { z } from "zod";

/** RFC 8037 JWK, public half only. */
export const publicKeySchema = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes, base64url"),
});
export type PublicKey = z.infer<typeof publicKeySchema>;

export const signingKeySchema = z.strictObject({ keyId: z.string().min(1).max(64), publicKey: publicKeySchema });
/** A key with which the console signs. A target trusts at most two: the old and the new one of a rotation. */
export type SigningKey = z.infer<typeof signingKeySchema>;

export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, "sha256, 64 hex digits");
