/** Where answers are kept. Either this process's memory or Redis; whoever asks need not know which. */
import { createHash } from "node:crypto";
import type { Vector } from "./meaning-index";

export interface CachedAnswer {
  body: Buffer;
  /** The upstream's usage object: what the hit saves. */
  usage: Record<string, unknown> | null;
  model: string;
  provider: string;
}

type Soon<T> = T | Promise<T>;

/** Keys are canonical texts, hashed before they are kept: no content stays as a key. Never throws, never slow: a store that cannot answer has nothing. */
export interface AnswerStore {
  get(text: string, now: number): Soon<CachedAnswer | null>;
  set(text: string, answer: CachedAnswer, ttlSec: number, now: number): void;
}

/** The nearest question asked before in this partition. `answer`: only from the threshold on. */
export interface Meaning {
  similarity: number;
  answer: CachedAnswer | null;
}

export interface MeaningStore {
  /** Bring in what other gateways added to this partition; called while the question is still being embedded. */
  ready(partition: string): Soon<void>;
  nearest(partition: string, vector: Vector, wanted: { threshold: number; floor: number }, now: number): Soon<Meaning | null>;
  add(partition: string, question: string, vector: Vector, answer: CachedAnswer, ttlSec: number, now: number): void;
}

export const digest = (text: string): string => createHash("sha256").update(text).digest("base64url");

export const answerBytes = ({ body, usage }: CachedAnswer): number => body.length + (usage ? JSON.stringify(usage).length : 0);
