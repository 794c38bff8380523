/** What the console orders is signed over JCS {target, generation, hash, notAfter}; the hash covers the payload. */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { canonicalHash, canonicalText } from "./canonical";
import type { PublicKey, SigningKey } from "./keys";
import { MAX_PAYLOAD_BYTES, type Desired, type SyncResponse } from "./sync";

export interface PrivateKey {
  keyId: string;
  key: KeyObject;
}

/** `privateJwk`: OKP Ed25519 with `d`. */
export const privateKeyFrom = (privateJwk: Record<string, unknown>): KeyObject =>
  createPrivateKey({ key: privateJwk as never, format: "jwk" });

const publicKeyFrom = (publicKey: PublicKey): KeyObject => createPublicKey({ key: publicKey as never, format: "jwk" });

const order = (target: string, desired: Pick<Desired, "generation" | "hash" | "notAfter">) =>
  Buffer.from(canonicalText({ target, generation: desired.generation, hash: desired.hash, notAfter: desired.notAfter }), "utf8");

export function signDesired({ keyId, key }: PrivateKey, target: string, desired: Omit<Desired, "signature" | "keyId">): Desired {
  return { ...desired, keyId, signature: sign(null, order(target, desired), key).toString("base64url") };
}

/** Null when it may be applied, else why not, in words. `now`: the target's own clock corrected by the console's. */
export function refuseDesired(
  desired: Desired,
  context: { target: string; keys: readonly SigningKey[]; now: Date; newestGeneration: number },
): string | null {
  const trusted = context.keys.find((one) => one.keyId === desired.keyId);
  if (!trusted) return `It is signed with the key ${desired.keyId}, which this target does not trust.`;
  const signature = Buffer.from(desired.signature, "base64url");
  if (!verify(null, order(context.target, desired), publicKeyFrom(trusted.publicKey), signature)) {
    return "Its signature does not fit this target, generation and content.";
  }
  if (Date.parse(desired.notAfter) < context.now.getTime()) return `Its signature ended at ${desired.notAfter}.`;
  if (desired.generation < context.newestGeneration) {
    return `Generation ${desired.generation} is older than ${context.newestGeneration}, which this target has seen: a replay.`;
  }
  const text = canonicalText(desired.payload);
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) return `It is larger than ${MAX_PAYLOAD_BYTES} bytes.`;
  if (canonicalHash(desired.payload) !== desired.hash) return "Its content does not have the signed hash.";
  return null;
}

type KeyList = NonNullable<SyncResponse["signingKeys"]>;

export function signKeyList({ keyId, key }: PrivateKey, keys: SigningKey[], serial: number): KeyList {
  return { keys, serial, keyId, signature: sign(null, Buffer.from(canonicalText({ keys, serial })), key).toString("base64url") };
}

/** True when `list` is signed by a trusted key and newer than the one in force. */
export function trustsKeyList(list: KeyList, trusted: readonly SigningKey[], serialInForce: number): boolean {
  const by = trusted.find((one) => one.keyId === list.keyId);
  if (!by || list.serial <= serialInForce) return false;
  const text = Buffer.from(canonicalText({ keys: list.keys, serial: list.serial }));
  return verify(null, text, publicKeyFrom(by.publicKey), Buffer.from(list.signature, "base64url"));
}
