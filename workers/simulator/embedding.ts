/**
 * An embedding that knows no meaning but behaves like one: words and pairs of words fall into buckets, so texts that share
 * most of their words are near (one word of twenty changed: cosine about 0.95) and others are not. Unit length.
 */
import { hash32 } from "./simulated-text";

export function embed(text: string, dimensions: number): number[] {
  const vector = Array.from<number>({ length: dimensions }).fill(0);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const add = (feature: string, weight: number) => {
    const hash = hash32(feature, 0x811c9dc5);
    vector[hash % dimensions]! += hash & 0x8000_0000 ? weight : -weight;
  };
  for (const [index, word] of words.entries()) {
    add(word, 1);
    if (index > 0) add(`${words[index - 1]} ${word}`, 0.5);
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => Number((value / length).toFixed(6)));
}
