/**
 * Who says what a sync says: a JWT that the target signs anew for each request, good for that body and for a minute.
 * Who receives it keeps `tokenId` until `expiresAt` and refuses to see it twice; so a copied request is worth nothing.
 */
import { createHash, createPublicKey, randomUUID, type KeyObject } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import type { PublicKey } from "./keys";

const AUDIENCE = "headroom-fleet";
const LIFETIME_SEC = 60;
/** Clocks may differ this much. Targets set theirs by `serverTime`, so more is a fault or a copy. */
const CLOCK_TOLERANCE_SEC = 30;

const bodyHash = (body: string | Uint8Array) => createHash("sha256").update(body).digest("base64url");

/** `now`: the target's clock, corrected by the console's. */
export function makeSyncToken(
  key: KeyObject,
  { nodeId, body, now }: { nodeId: string; body: string; now: Date },
): Promise<string> {
  const issuedAtSec = Math.floor(now.getTime() / 1_000);
  return new SignJWT({ bh: bodyHash(body) })
    .setProtectedHeader({ alg: "EdDSA", typ: "JWT" })
    .setSubject(nodeId)
    .setAudience(AUDIENCE)
    .setIssuedAt(issuedAtSec)
    .setExpirationTime(issuedAtSec + LIFETIME_SEC)
    .setJti(randomUUID())
    .sign(key);
}

export type SyncTokenVerdict =
  | {
      tokenId: string;
      /** Until then `tokenId` must be remembered. */
      expiresAt: Date;
      issuedAt: Date;
      /** The one of `keys` that signed it. */
      key: PublicKey;
    }
  | { refusal: string };

/** `keys`: those that count for this target; during a rotation the present one and the next. */
export async function verifySyncToken(
  token: string,
  { nodeId, keys, body, now }: { nodeId: string; keys: readonly PublicKey[]; body: string | Uint8Array; now: Date },
): Promise<SyncTokenVerdict> {
  let refusal = "This target has no key.";
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, createPublicKey({ key: { ...key }, format: "jwk" }), {
        algorithms: ["EdDSA"],
        audience: AUDIENCE,
        subject: nodeId,
        currentDate: now,
        clockTolerance: CLOCK_TOLERANCE_SEC,
        maxTokenAge: LIFETIME_SEC,
        requiredClaims: ["iat", "exp", "jti", "bh"],
      });
      const { jti, exp, iat, bh } = payload;
      if (exp! - iat! > LIFETIME_SEC) return { refusal: `The token would last longer than ${LIFETIME_SEC} s.` };
      if (bh !== bodyHash(body)) return { refusal: "The token was made for another body." };
      return {
        tokenId: jti!,
        expiresAt: new Date((exp! + CLOCK_TOLERANCE_SEC) * 1_000),
        issuedAt: new Date(iat! * 1_000),
        key,
      };
    } catch (error) {
      refusal = inWords(error, now);
      // Only a signature that does not fit can fit another key.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return { refusal };
    }
  }
  return { refusal };
}

function inWords(error: unknown, now: Date): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The token is not signed by this target's key.";
  if (error instanceof errors.JWTExpired) return `The token has expired. The console's clock says ${now.toISOString()}.`;
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iat") return `The token is from the future. The console's clock says ${now.toISOString()}.`;
    return `The token's claim ${error.claim} does not fit.`;
  }
  return "The token cannot be read.";
}
