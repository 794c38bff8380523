/**
 * Secrets at rest: AES-256-GCM under a key that the database does not hold. A sealed text names its key, so that keys can be
 * changed; it is bound to where it belongs (`place`), so that it opens nowhere else.
 *
 *   v1.<key id>.<nonce>.<ciphertext and tag>     base64url
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";

const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface SecretKey {
  id: string;
  bytes: Buffer;
}

/** The first one seals; all of them open. */
export type SecretKeys = readonly [SecretKey, ...SecretKey[]];

/** `own`: 32 bytes as base64. Else one is derived from the secret that signs sessions, for this use alone. */
function keyOf(material: { own: string } | { derivedFrom: string }): SecretKey {
  const bytes =
    "own" in material
      ? Buffer.from(material.own, "base64")
      : Buffer.from(hkdfSync("sha256", material.derivedFrom, "headroom", "secrets at rest", 32));
  return { id: createHash("sha256").update(bytes).digest("hex").slice(0, 8), bytes };
}

export interface KeySettings {
  HEADROOM_SECRET?: string | undefined;
  HEADROOM_ENCRYPTION_KEY?: string | undefined;
  HEADROOM_ENCRYPTION_KEY_PREVIOUS?: string | undefined;
}

/** What seals now, and what may have sealed before it: a key of its own, the one before, the one derived from the secret. */
export function secretKeysOf(settings: KeySettings): SecretKeys {
  const { HEADROOM_ENCRYPTION_KEY: own, HEADROOM_ENCRYPTION_KEY_PREVIOUS: previous, HEADROOM_SECRET: secret } = settings;
  const [first, ...others] = [
    ...(own ? [keyOf({ own })] : []),
    ...(secret ? [keyOf({ derivedFrom: secret })] : []),
    ...(previous ? [keyOf({ own: previous })] : []),
  ];
  if (!first) throw new Error("Neither HEADROOM_ENCRYPTION_KEY nor HEADROOM_SECRET is set: secrets cannot be kept.");
  return [first, ...others];
}

export function seal([{ id, bytes }]: SecretKeys, plain: string, place: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", bytes, nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return [VERSION, id, nonce.toString("base64url"), sealed.toString("base64url")].join(".");
}

/** Throws with what an operator can do; never with anything of the secret. */
export function unseal(keys: SecretKeys, text: string, place: string): string {
  const [version, id, nonce, body] = text.split(".");
  const key = keys.find((one) => one.id === id);
  if (version !== VERSION || !nonce || !body) throw new Error("This is no sealed secret.");
  if (!key) {
    throw new Error(
      `A secret is sealed with the key ${id}, which is not here. Set HEADROOM_ENCRYPTION_KEY_PREVIOUS to it, or enter the secret again.`,
    );
  }
  const bytes = Buffer.from(body, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, Buffer.from(nonce, "base64url")).setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    throw new Error("A sealed secret was changed, or belongs elsewhere. Enter the secret again.");
  }
}

export const keyIdOf = (text: string): string | undefined => text.split(".")[1];
