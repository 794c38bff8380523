/** What was asked before, so that it can be asked again: popular questions keep their size, cache hits have an earlier request. */
import type { Random } from "@/lib/stats/random";
import type { Ask, Call, Tokens } from "../attempts";

/** An answer is surely still cached this long. */
const FRESH_MS = 240_000;
const KEPT = 40;
const MOST_QUESTIONS = 2_000;

interface Asked {
  seed: string;
  tokens: Tokens;
  atMs: number;
}

export class Repeats {
  private readonly recent = new Map<string, Asked[]>();
  private readonly questions = new Map<string, Tokens>();

  /**
   * The question to ask: an earlier one when a cache is to know it, else the recipe's own. `place` is whose cache.
   * A hit that no earlier request can bring (just started) becomes a miss.
   */
  choose(place: string, { call, hit }: Ask, random: Random, nowMs: number): { seed: string; call: Call; reworded: boolean } {
    const recent = (this.recent.get(place) ?? []).filter(({ atMs }) => nowMs - atMs < FRESH_MS);
    const earlier = hit && recent.length > 0 ? recent[random.int(0, recent.length - 1)] : undefined;
    if (earlier) return { seed: earlier.seed, call: { ...call, tokens: earlier.tokens }, reworded: hit!.layer === "semantic" };
    const seed = call.requestHash ?? random.hex(20);
    const tokens = this.questions.get(seed) ?? call.tokens;
    this.questions.set(seed, tokens);
    if (this.questions.size > MOST_QUESTIONS) this.questions.delete(this.questions.keys().next().value!);
    this.recent.set(place, [...recent, { seed, tokens, atMs: nowMs }].slice(-KEPT));
    return { seed, call: { ...call, tokens }, reworded: false };
  }
}
