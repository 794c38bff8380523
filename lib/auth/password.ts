/** Passwords at rest: scrypt (memory-hard) with a salt per user. Parameters follow the OWASP password storage sheet. */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";

const N = 2 ** 15;
const R = 8;
const P = 3;
const HASH_BYTES = 32;
const MAX_MEMORY_BYTES = 64 * 1024 * 1024;

/** `scrypt$N$r$p$salt$hash`, base64url: the parameters travel along, so that they can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_BYTES, { N, r: R, p: P, maxmem: MAX_MEMORY_BYTES });
  return ["scrypt", N, R, P, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/**
 * Does `password` belong to `stored`? Without a stored hash (unknown or OIDC-only user) the same work is done against
 * a hash that nothing fits, so that the time of the answer does not say who exists.
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const [scheme, n, r, p, salt, hash] = (stored ?? NOBODY).split("$");
  if (scheme !== "scrypt" || !salt || !hash) throw new Error("A stored password has an unknown form.");
  const expected = Buffer.from(hash, "base64url");
  const actual = await derive(password, Buffer.from(salt, "base64url"), expected.length, {
    N: Number(n),
    r: Number(r),
    p: Number(p),
    maxmem: MAX_MEMORY_BYTES,
  });
  return timingSafeEqual(actual, expected) && stored !== null;
}

/** A first password that an admin hands over: 96 random bits. */
export function generatePassword(): string {
  return randomBytes(12).toString("base64url");
}

const NOBODY = ["scrypt", N, R, P, randomBytes(16).toString("base64url"), randomBytes(HASH_BYTES).toString("base64url")].join(
  "$",
);

function derive(password: string, salt: Buffer, bytes: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same letters typed on different keyboards must be the same bytes.
    scrypt(password.normalize("NFKC"), salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
