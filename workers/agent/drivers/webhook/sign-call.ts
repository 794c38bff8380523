import { createHmac } from "node:crypto";

/**
 * The receiver computes the same over the bytes it got and compares in constant time; a timestamp more than five minutes
 * off is a replay. A GET signs an empty body.
 */
export function signedHeaders(secret: string, at: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  return { "x-headroom-timestamp": timestamp, "x-headroom-signature": `v1=${signature}` };
}
