/**
 * Questions as vectors, in memory: which one of this partition means the same? The search is exact. It is fast because
 * the threshold is strict: a vector is a stretch of the sphere, and after each eighth of the components the rest can add
 * at most the product of what is left of both (Cauchy-Schwarz). Most candidates are given up after the first eighth.
 */
const STRETCHES = 8;
/** Components above this are no embedding but a mistake. */
const LONGEST_VECTOR = 8_192;
/** A partition is searched from end to end: this bounds the time that a lookup holds up everybody else. */
const MOST_IN_PARTITION = 5_000;
const OVERHEAD_BYTES = 512;
/** 32-bit floats of a unit vector are a little off one. */
const ROUNDING = 1e-6;

/** Of length one, with what is left of its length after each stretch. */
export interface Vector {
  components: Float32Array;
  rest: Float32Array;
}

/** Null: not a list of numbers that has a direction. */
export function vectorOf(list: unknown): Vector | null {
  if (!Array.isArray(list) || list.length === 0 || list.length > LONGEST_VECTOR) return null;
  let squares = 0;
  for (const value of list) {
    if (typeof value !== "number") return null;
    squares += value * value;
  }
  if (!Number.isFinite(squares) || squares === 0) return null;
  const length = Math.sqrt(squares);
  return withRest(Float32Array.from(list as number[], (value) => value / length));
}

/** Null: not of length one. */
export function withRest(components: Float32Array): Vector | null {
  const rest = new Float32Array(STRETCHES);
  let squares = 0;
  for (let stretch = STRETCHES - 1; stretch >= 0; stretch -= 1) {
    rest[stretch] = Math.sqrt(squares) + ROUNDING;
    for (let at = bound(components, stretch); at < bound(components, stretch + 1); at += 1) squares += components[at]! ** 2;
  }
  return Math.abs(squares - 1) < 1e-3 ? { components, rest } : null;
}

const bound = (components: Float32Array, stretch: number) => Math.floor((components.length * stretch) / STRETCHES);

/** The cosine of the angle between them, or null as soon as it cannot reach `atLeast`. */
export function similarity(a: Vector, b: Vector, atLeast = -1): number | null {
  const [x, y] = [a.components, b.components];
  if (x.length !== y.length) return null;
  let sum = 0;
  let at = 0;
  for (let stretch = 0; stretch < STRETCHES; stretch += 1) {
    const end = bound(x, stretch + 1);
    let [one, two] = [0, 0];
    for (; at + 1 < end; at += 2) {
      one += x[at]! * y[at]!;
      two += x[at + 1]! * y[at + 1]!;
    }
    if (at < end) {
      one += x[at]! * y[at]!;
      at += 1;
    }
    sum += one + two;
    if (sum + a.rest[stretch]! * b.rest[stretch]! < atLeast - ROUNDING) return null;
  }
  return Math.max(-1, Math.min(1, sum));
}

interface Entry<T> {
  partition: string;
  id: string;
  vector: Vector;
  value: T;
  bytes: number;
  expiresAt: number;
}

export interface Nearest<T> {
  id: string;
  value: T;
  similarity: number;
}

/** Never more than its bytes; least recently used out first. */
export class MeaningIndex<T> {
  private readonly partitions = new Map<string, Map<string, Entry<T>>>();
  /** All entries, least recently used first. */
  private readonly recency = new Set<Entry<T>>();
  private held = 0;

  constructor(private readonly limitBytes: number) {}

  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.recency.size;
  }

  /** The nearest one that is at least this near. */
  nearest(partition: string, vector: Vector, atLeast: number, now: number): Nearest<T> | null {
    let best: Entry<T> | null = null;
    let floor = atLeast;
    for (const entry of this.partitions.get(partition)?.values() ?? []) {
      if (entry.expiresAt <= now) {
        this.remove(entry);
        continue;
      }
      const found = similarity(vector, entry.vector, floor);
      if (found === null || found < floor - ROUNDING) continue;
      best = entry;
      floor = found;
    }
    if (!best) return null;
    this.recency.delete(best);
    this.recency.add(best);
    return { id: best.id, value: best.value, similarity: floor };
  }

  /** `bytes`: of the value. One with the same id is replaced. */
  add(partition: string, id: string, vector: Vector, value: T, bytes: number, expiresAt: number): void {
    let entries = this.partitions.get(partition);
    const old = entries?.get(id);
    if (old) this.remove(old);
    const all = bytes + vector.components.byteLength + vector.rest.byteLength + OVERHEAD_BYTES;
    // One answer may not throw out everything else.
    if (all > this.limitBytes / 4) return;
    entries = this.partitions.get(partition);
    if (!entries) this.partitions.set(partition, (entries = new Map()));
    const entry = { partition, id, vector, value, bytes: all, expiresAt };
    entries.set(id, entry);
    this.recency.add(entry);
    this.held += all;
    if (entries.size > MOST_IN_PARTITION) this.remove(entries.values().next().value!);
    for (const oldest of this.recency) {
      if (this.held <= this.limitBytes) break;
      this.remove(oldest);
    }
  }

  forget(partition: string, id: string): void {
    const entry = this.partitions.get(partition)?.get(id);
    if (entry) this.remove(entry);
  }

  private remove(entry: Entry<T>): void {
    const entries = this.partitions.get(entry.partition)!;
    entries.delete(entry.id);
    if (entries.size === 0) this.partitions.delete(entry.partition);
    this.recency.delete(entry);
    this.held -= entry.bytes;
  }
}
