/** Answers kept in memory, least recently used out first, never more than the byte limit. */
import { answerBytes, digest, type AnswerStore, type CachedAnswer } from "./answer-store";

interface Entry {
  answer: CachedAnswer;
  bytes: number;
  expiresAt: number;
}

/** Key, map entry and object headers, roughly. */
const OVERHEAD_BYTES = 512;

export class ExactCache implements AnswerStore {
  private readonly entries = new Map<string, Entry>();
  private held = 0;

  constructor(private readonly limitBytes: number) {}

  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.entries.size;
  }

  get(text: string, now: number): CachedAnswer | null {
    const key = digest(text);
    const entry = this.entries.get(key);
    if (!entry) return null;
    this.remove(key, entry);
    if (entry.expiresAt <= now) return null;
    this.add(key, entry);
    return entry.answer;
  }

  set(text: string, answer: CachedAnswer, ttlSec: number, now: number): void {
    const key = digest(text);
    const entry = { answer, bytes: answerBytes(answer) + OVERHEAD_BYTES, expiresAt: now + ttlSec * 1_000 };
    const old = this.entries.get(key);
    if (old) this.remove(key, old);
    // One answer may not throw out everything else.
    if (entry.bytes > this.limitBytes / 4) return;
    this.add(key, entry);
    for (const [oldest, gone] of this.entries) {
      if (this.held <= this.limitBytes) break;
      this.remove(oldest, gone);
    }
  }

  private add(key: string, entry: Entry): void {
    this.entries.set(key, entry);
    this.held += entry.bytes;
  }

  private remove(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.held -= entry.bytes;
  }
}
