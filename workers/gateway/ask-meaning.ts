/**
 * The semantic cache, asked after the exact one missed: has a question that means the same been answered?
 *
 *   off (policy, traits, tools, images, a long question) · no vector in time → miss
 *   similarity ≥ threshold → hit · borderline ≤ similarity < threshold → near, generated anew · less → miss
 */
import { routingVersion, semanticKeyText, type RoutePlan } from "@/lib/policies";
import type { CachedAnswer } from "./answer-store";
import type { Exchange } from "./exchange";
import type { Gateway } from "./gateway";

export interface MeaningLookup {
  outcome: "off" | "hit" | "near" | "miss";
  /** To the nearest question; null when none was near enough to be counted. */
  similarity: number | null;
  answer: CachedAnswer | null;
  /** Keeps the answer that is generated instead. */
  keep: ((answer: CachedAnswer) => void) | null;
}

const OFF: MeaningLookup = { outcome: "off", similarity: null, answer: null, keep: null };

export async function askMeaning(
  gateway: Gateway,
  exchange: Exchange,
  plan: RoutePlan,
  body: Record<string, unknown>,
): Promise<MeaningLookup> {
  const { identity, promptVersion, policy, signal } = exchange;
  const { embedding, threshold, borderline, ttlSec } = policy.caching.semantic;
  if (!embedding || exchange.wantsNoStore) return OFF;
  const input = { body, model: plan.targets[0]!.model, routing: routingVersion(plan), promptVersion, identity };
  const place = semanticKeyText(input, policy.caching);
  if ("refusal" in place) return OFF;
  const { partition, question } = place;
  const { meanings, embedder } = gateway;
  const embedded = embedder.embed(gateway, { exchange, plan }, embedding, [question], signal).then((vectors) => vectors?.[0]);
  const keep = (answer: CachedAnswer) => {
    const add = embedded.then((vector) => vector && meanings.add(partition, question, vector, answer, ttlSec, Date.now()));
    // The client left before the vector came: nothing is kept.
    add.catch(() => undefined);
  };
  const missed: MeaningLookup = { outcome: "miss", similarity: null, answer: null, keep };
  if (exchange.wantsFresh) return missed;
  const [vector] = await Promise.all([embedded, meanings.ready(partition)]);
  if (!vector) return missed;
  const found = await meanings.nearest(partition, vector, { threshold, floor: borderline ?? threshold }, Date.now());
  if (!found) return missed;
  const { similarity, answer } = found;
  return answer ? { outcome: "hit", similarity, answer, keep: null } : { ...missed, outcome: "near", similarity };
}
