/** The caches that the gateway's own file asks for: in memory, or in Redis. */
import type { AnswerStore, MeaningStore } from "./answer-store";
import type { ReadyConfig } from "./config";
import { ExactCache } from "./exact-cache";
import { LocalMeanings } from "./local-meanings";
import type { Log } from "./log";
import { RedisAnswers } from "./redis-answers";
import { openRedisLink, type RedisLink } from "./redis-link";
import { RedisMeanings } from "./redis-meanings";

export interface Caches {
  answers: AnswerStore;
  meanings: MeaningStore;
  /** Null: not configured. */
  redis: RedisLink | null;
  /** Held by this process. */
  bytes: () => { exact: number; semantic: number };
}

export async function openCaches({ config, redisUrl }: ReadyConfig, log: Log): Promise<Caches> {
  const { cacheBytes, semanticCacheBytes } = config.limits;
  if (redisUrl === null) {
    const [answers, meanings] = [new ExactCache(cacheBytes), new LocalMeanings(semanticCacheBytes)];
    return { answers, meanings, redis: null, bytes: () => ({ exact: answers.bytes, semantic: meanings.bytes }) };
  }
  const prefix = config.cache.keyPrefix ?? `headroom:${config.environment}`;
  const redis = await openRedisLink({ url: redisUrl, prefix, waitMs: config.cache.waitMs, log });
  const meanings = new RedisMeanings(redis, semanticCacheBytes);
  return { answers: new RedisAnswers(redis), meanings, redis, bytes: () => ({ exact: 0, semantic: meanings.bytes }) };
}
