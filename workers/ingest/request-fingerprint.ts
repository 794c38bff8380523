const WINDOW_MS = 5 * 60_000;

/**
 * The same request of the same tenant in the same fixed five-minute window, as 64 bits. Not cryptographic and not
 * money: two multiplicative hashes over the text (after cyrb53), because sha256 would cost more than everything else
 * that is done with it.
 */
export function requestFingerprint(tenant: string, requestHash: string, occurredAt: number): bigint {
  const text = `${Math.floor(occurredAt / WINDOW_MS)}\n${tenant}\n${requestHash}`;
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return BigInt.asIntN(64, (BigInt(a >>> 0) << 32n) | BigInt(b >>> 0));
}
