const WINDOW_MS = 5 * 60_000;

/**
 * The same request of the same tenant in the same fixed five-minute window, as 64 bits: the window in the upper 24, so
 * that new keys land together in the index, and 40 bits of hash (a million requests in a window give one false repeat
 * in a million). Not cryptographic and not money: two multiplicative hashes (after cyrb53), because sha256 would cost
 * more than everything else that is done with it.
 */
export function requestFingerprint(tenant: string, requestHash: string, occurredAt: number): bigint {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  const mix = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 2_654_435_761);
      b = Math.imul(b ^ code, 1_597_334_677);
    }
  };
  mix(tenant);
  mix("\n");
  mix(requestHash);
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  const hash = (a >>> 0) * 256 + (b & 0xff);
  return (BigInt(Math.floor(occurredAt / WINDOW_MS)) << 40n) | BigInt(hash);
}
