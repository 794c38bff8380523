/**
 * Questions shared through Redis, searched here. A partition is a stream of vectors that only grows and expires; each
 * gateway reads what is new to it while the question is still being embedded, and searches its own copy. Answers are
 * keys of their own, read on a hit. No module of Redis is needed.
 */
import { digest, type CachedAnswer, type Meaning, type MeaningStore } from "./answer-store";
import { reaches } from "./local-meanings";
import { MeaningIndex, withRest, type Vector } from "./meaning-index";
import { pack, unpack } from "./redis-answers";
import type { RedisLink } from "./redis-link";

/** Read at once; a gateway that starts reads the newest of a partition. */
const READ_AT_ONCE = 500;
const KEPT_IN_STREAM = 5_000;
/** Partitions whose place in the stream is remembered. */
const MOST_PLACES = 10_000;

export class RedisMeanings implements MeaningStore {
  private readonly index: MeaningIndex<null>;
  /** How far each partition's stream was read. */
  private readonly places = new Map<string, string>();
  private readonly reading = new Map<string, Promise<void>>();

  constructor(
    private readonly link: RedisLink,
    limitBytes: number,
  ) {
    this.index = new MeaningIndex(limitBytes);
  }

  get bytes(): number {
    return this.index.bytes;
  }

  ready(partition: string): Promise<void> {
    const key = digest(partition);
    const found = this.reading.get(key);
    if (found) return found;
    const reading = this.readNew(key).finally(() => this.reading.delete(key));
    this.reading.set(key, reading);
    return reading;
  }

  async nearest(
    partition: string,
    vector: Vector,
    { threshold, floor }: { threshold: number; floor: number },
    now: number,
  ): Promise<Meaning | null> {
    const key = digest(partition);
    const found = this.index.nearest(key, vector, Math.min(threshold, floor), now);
    if (!found) return null;
    const { id, similarity } = found;
    if (!reaches(similarity, threshold)) return { similarity, answer: null };
    const stored = await this.link.ask((redis) => redis.getBuffer(this.answerKey(key, id)));
    const answer = stored && unpack(stored);
    if (answer) return { similarity, answer };
    // Flushed, evicted or expired there: no answer, no question.
    if (this.link.usable()) this.index.forget(key, id);
    return null;
  }

  add(partition: string, question: string, vector: Vector, answer: CachedAnswer, ttlSec: number, now: number): void {
    const key = digest(partition);
    const id = digest(question);
    const { buffer, byteOffset, byteLength } = vector.components;
    const fields = ["id", id, "until", String(now + ttlSec * 1_000), "vector", Buffer.from(buffer, byteOffset, byteLength)];
    this.link.tell((redis) =>
      redis
        .multi()
        .set(this.answerKey(key, id), pack(answer), "EX", ttlSec)
        .xadd(this.streamKey(key), "MAXLEN", "~", KEPT_IN_STREAM, "*", ...fields)
        .expire(this.streamKey(key), ttlSec)
        .exec(),
    );
  }

  private async readNew(key: string): Promise<void> {
    const place = this.places.get(key);
    const stream = this.streamKey(key);
    // What comes too late for this question is there for the next one.
    await this.link.ask(async (redis) => {
      const rows =
        place === undefined
          ? (await redis.xrevrangeBuffer(stream, "+", "-", "COUNT", READ_AT_ONCE)).reverse()
          : await redis.xrangeBuffer(stream, `(${place}`, "+", "COUNT", READ_AT_ONCE);
      for (const [at, fields] of rows) {
        this.take(key, fields);
        this.places.delete(key);
        this.places.set(key, at.toString());
      }
      for (const oldest of this.places.keys()) {
        if (this.places.size <= MOST_PLACES) break;
        this.places.delete(oldest);
      }
    });
  }

  private take(key: string, [, id, , until, , bytes]: Buffer[]): void {
    if (!id || !until || !bytes || bytes.length === 0 || bytes.length % 4 !== 0) return;
    // Copied: a view would keep the whole reply alive, and need not begin at a multiple of four.
    const vector = withRest(new Float32Array(new Uint8Array(bytes).buffer));
    if (vector) this.index.add(key, id.toString(), vector, null, 0, Number(until.toString()));
  }

  private streamKey(partition: string): string {
    return `${this.link.prefix}:questions:${partition}`;
  }

  private answerKey(partition: string, id: string): string {
    return `${this.link.prefix}:meaning:${partition}:${id}`;
  }
}
