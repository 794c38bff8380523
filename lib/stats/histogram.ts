/**
 * Log-bucketed histograms: percentiles that can be added up. Bucket i holds (e^((i-1)/50), e^(i/50)], so the value that
 * stands for a bucket, the harmonic mean of its ends, is never more than tanh(1/100) = 0.99997 % off.
 *
 * Encoded: one or more chunks, back to back; merging is concatenation. A chunk is
 *   varint(number of entries) then, by rising bucket, varint(zigzag(bucket − previous bucket)) varint(count).
 */

const RESOLUTION = 50;
/** e^-22 … e^44 covers nanoseconds to centuries and nano-dollars to billions; what is outside is clamped. */
const LOWEST = -1_100;
const HIGHEST = 2_200;
/** Zero and negative observations: below every other bucket, stands for 0. */
export const ZERO_BUCKET = LOWEST - 1;
const TABLE_SIZE = 16_384;

const bucketOfPositive = (value: number): number => Math.min(HIGHEST, Math.max(LOWEST, Math.ceil(Math.log(value) * RESOLUTION)));

/** Buckets of the small integers, which most observations are. */
const table = new Int16Array(TABLE_SIZE);
for (let value = 0; value < TABLE_SIZE; value++) table[value] = value === 0 ? ZERO_BUCKET : bucketOfPositive(value);

/** The bucket of one observation. NaN is the caller's fault and lands in the zero bucket. */
export function bucketOf(value: number): number {
  if (value < TABLE_SIZE && value >= 0 && Number.isInteger(value)) return table[value]!;
  return value > 0 ? bucketOfPositive(value) : ZERO_BUCKET;
}

/** The value that stands for a bucket. */
export function valueOf(bucket: number): number {
  if (bucket === ZERO_BUCKET) return 0;
  const low = Math.exp((bucket - 1) / RESOLUTION);
  const high = Math.exp(bucket / RESOLUTION);
  return (2 * low * high) / (low + high);
}

function pushVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function encodeEntries(entries: readonly (readonly [bucket: number, count: number])[]): Uint8Array {
  const out: number[] = [];
  pushVarint(out, entries.length);
  let previous = 0;
  for (const [bucket, count] of entries) {
    pushVarint(out, zigzag(bucket - previous));
    pushVarint(out, count);
    previous = bucket;
  }
  return Uint8Array.from(out);
}

/** One chunk from the buckets of single observations, in any order. Sorts its argument. */
export function encodeBuckets(buckets: number[]): Uint8Array {
  buckets.sort((a, b) => a - b);
  const entries: [number, number][] = [];
  for (const bucket of buckets) {
    const last = entries.at(-1);
    if (last?.[0] === bucket) last[1]++;
    else entries.push([bucket, 1]);
  }
  return encodeEntries(entries);
}

/** Adds up encoded histograms and answers quantiles. One instance serves many groups: `clear()` between them. */
export class HistogramSum {
  private readonly counts = new Float64Array(HIGHEST - ZERO_BUCKET + 1);
  private low = Infinity;
  private high = -Infinity;
  /** Observations so far. */
  count = 0;

  clear(): void {
    if (this.low <= this.high) this.counts.fill(0, this.low, this.high + 1);
    this.low = Infinity;
    this.high = -Infinity;
    this.count = 0;
  }

  addBucket(bucket: number, count: number): void {
    const at = bucket - ZERO_BUCKET;
    this.counts[at]! += count;
    this.count += count;
    if (at < this.low) this.low = at;
    if (at > this.high) this.high = at;
  }

  /** Take one observation out of a bucket and put it into another; false, and nothing done, when there is none to take. */
  move(from: number, to: number): boolean {
    const at = from - ZERO_BUCKET;
    if (!(this.counts[at]! > 0)) return false;
    this.counts[at]! -= 1;
    this.count -= 1;
    this.addBucket(to, 1);
    return true;
  }

  /** Add every chunk of an encoded histogram. */
  addEncoded(bytes: Uint8Array): void {
    this.takeEncoded(bytes, 1);
  }

  /** Take out again what `addEncoded` put in: how a window slides. */
  removeEncoded(bytes: Uint8Array): void {
    this.takeEncoded(bytes, -1);
  }

  private takeEncoded(bytes: Uint8Array, sign: 1 | -1): void {
    let at = 0;
    const varint = (): number => {
      let value = 0;
      let factor = 1;
      for (;;) {
        const byte = bytes[at++];
        if (byte === undefined) throw new Error("A histogram ends in the middle of a number.");
        if (byte < 128) return value + byte * factor;
        value += (byte - 128) * factor;
        factor *= 128;
      }
    };
    while (at < bytes.length) {
      let bucket = 0;
      for (let entries = varint(); entries > 0; entries--) {
        const step = varint();
        bucket += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
        this.addBucket(bucket, sign * varint());
      }
    }
  }

  /** Nearest rank: the value at position ceil(q·n), within 1 %. Null when empty. */
  quantile(q: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.max(1, Math.ceil(q * this.count));
    let seen = 0;
    for (let at = this.low; at <= this.high; at++) {
      seen += this.counts[at]!;
      if (seen >= rank) return valueOf(at + ZERO_BUCKET);
    }
    return valueOf(this.high + ZERO_BUCKET);
  }

  /** The sum as one chunk. */
  encode(): Uint8Array {
    const entries: [number, number][] = [];
    for (let at = this.low; at <= this.high; at++) {
      const count = this.counts[at]!;
      if (count > 0) entries.push([at + ZERO_BUCKET, count]);
    }
    return encodeEntries(entries);
  }
}
