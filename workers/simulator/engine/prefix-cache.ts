/** vLLM's prefix cache: blocks of 16 tokens, each known by itself and all before it; the least used is forgotten first. */
import { CHARS_PER_TOKEN, hash32 } from "../simulated-text";
import { BLOCK_TOKENS } from "./model";

const BLOCK_CHARS = BLOCK_TOKENS * CHARS_PER_TOKEN;

export class PrefixCache {
  // A Map keeps the order of insertion: the first key is the one unused for longest.
  private readonly blocks = new Map<number, true>();
  constructor(private readonly capacityBlocks: number) {}

  /** Tokens of `prompt` that are already there, whole blocks only; all of it is there afterwards. */
  take(prompt: string, promptTokens: number): number {
    let key = 0x811c9dc5;
    let known = 0;
    let unbroken = true;
    for (let at = 0; at + BLOCK_CHARS <= prompt.length; at += BLOCK_CHARS) {
      key = hash32(prompt.slice(at, at + BLOCK_CHARS), key);
      unbroken &&= this.blocks.delete(key);
      if (unbroken) known += BLOCK_TOKENS;
      this.blocks.delete(key);
      this.blocks.set(key, true);
    }
    while (this.blocks.size > this.capacityBlocks) this.blocks.delete(this.blocks.keys().next().value!);
    // The last token is always computed: its output is the first answer token.
    return Math.max(0, Math.min(known, Math.floor((promptTokens - 1) / BLOCK_TOKENS) * BLOCK_TOKENS));
  }
}
