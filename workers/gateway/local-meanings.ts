/** Questions and their answers in this process's memory. */
import { answerBytes, digest, type CachedAnswer, type Meaning, type MeaningStore } from "./answer-store";
import { MeaningIndex, type Vector } from "./meaning-index";

export class LocalMeanings implements MeaningStore {
  private readonly index: MeaningIndex<CachedAnswer>;

  constructor(limitBytes: number) {
    this.index = new MeaningIndex(limitBytes);
  }

  get bytes(): number {
    return this.index.bytes;
  }

  ready(): void {
    // Nobody else adds to it.
  }

  nearest(
    partition: string,
    vector: Vector,
    { threshold, floor }: { threshold: number; floor: number },
    now: number,
  ): Meaning | null {
    const found = this.index.nearest(digest(partition), vector, Math.min(threshold, floor), now);
    return found && { similarity: found.similarity, answer: reaches(found.similarity, threshold) ? found.value : null };
  }

  add(partition: string, question: string, vector: Vector, answer: CachedAnswer, ttlSec: number, now: number): void {
    const expiresAt = now + ttlSec * 1_000;
    this.index.add(digest(partition), digest(question), vector, answer, answerBytes(answer), expiresAt);
  }
}

/** The very same question must reach a threshold of 1 although its floats do not quite. */
export const reaches = (similarity: number, threshold: number): boolean => similarity >= threshold - 1e-6;
