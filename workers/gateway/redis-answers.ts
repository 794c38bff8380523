/** Answers in Redis, shared by all gateways with the same prefix. Stored as they are: who reads the Redis reads them. */
import { digest, type AnswerStore, type CachedAnswer } from "./answer-store";
import type { RedisLink } from "./redis-link";

/** Larger ones are asked for again rather than carried to and fro. */
const LARGEST_ANSWER_BYTES = 4 * 1024 * 1024;

export class RedisAnswers implements AnswerStore {
  constructor(private readonly link: RedisLink) {}

  async get(text: string): Promise<CachedAnswer | null> {
    const stored = await this.link.ask((redis) => redis.getBuffer(this.key(text)));
    return stored && unpack(stored);
  }

  set(text: string, answer: CachedAnswer, ttlSec: number): void {
    if (answer.body.length > LARGEST_ANSWER_BYTES) return;
    this.link.tell((redis) => redis.set(this.key(text), pack(answer), "EX", ttlSec));
  }

  private key(text: string): string {
    return `${this.link.prefix}:exact:${digest(text)}`;
  }
}

/** One line of facts, then the answer as it came. */
export function pack({ body, usage, model, provider }: CachedAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ usage, model, provider })}\n`), body]);
}

/** Null: not ours, or cut short. */
export function unpack(stored: Buffer): CachedAnswer | null {
  const end = stored.indexOf("\n");
  try {
    const facts = JSON.parse(stored.toString("utf8", 0, end)) as Partial<CachedAnswer>;
    if (end < 0 || typeof facts.model !== "string" || typeof facts.provider !== "string") return null;
    return { body: stored.subarray(end + 1), usage: facts.usage ?? null, model: facts.model, provider: facts.provider };
  } catch {
    return null;
  }
}
