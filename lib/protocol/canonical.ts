/** One way to turn JSON into bytes for hashing and signing: RFC 8785. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** Throws on what is not JSON (undefined, NaN, a cycle). */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error("Only JSON has a canonical form.");
  return text;
}

/** sha256 of the canonical form, 64 hex digits. */
export const canonicalHash = (value: unknown): string => createHash("sha256").update(canonicalText(value)).digest("hex");
