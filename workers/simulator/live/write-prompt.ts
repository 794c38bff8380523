/**
 * A recipe's request as a body in OpenAI's form, of the size that the recipe says. Text is made of words that a seed
 * decides: the same seed gives the same text, and a longer text begins with the shorter one, so that repeated questions
 * are repeated to the byte and conversations grow as real ones do. Pure.
 */
import type { Call, Scene } from "../attempts";
import { CHARS_PER_TOKEN, hash32, TOKENS_PER_MESSAGE } from "../simulated-text";

type Json = Record<string, unknown>;

export interface Prompt {
  path: "chat/completions" | "embeddings";
  body: Json;
}

/** Of a company's instructions, the same in each of its requests to that endpoint. */
const SYSTEM_TOKENS: Record<string, number> = { "support.chat": 1_200, "kb.answer": 1_536 };

/**
 * `seed` is the question: the same one twice is a repeated request. `reworded`: the same question with another word in it.
 */
export function writePrompt(scene: Pick<Scene, "tenant" | "endpoint">, call: Call, seed: string, reworded = false): Prompt {
  const { tokens, model } = call;
  if (call.model.tokensPerSec === 0) {
    return { path: "embeddings", body: { model: call.route, input: words(seed, tokens.input - TOKENS_PER_MESSAGE) } };
  }
  const { cacheRead = 0, cacheWrite5m = 0, input, output, reasoning = 0 } = tokens;
  const wish = reasoning > 0 ? `[sim out=${output} reasoning=${reasoning}]` : `[sim out=${output}]`;
  const marked = cacheWrite5m > 0 || model.provider === "anthropic" ? cacheRead + cacheWrite5m : 0;
  const shared = SYSTEM_TOKENS[scene.endpoint] ?? 0;
  const messages: Json[] = [];
  if (shared > 0) messages.push({ role: "system", content: words(`system ${scene.tenant.id} ${scene.endpoint}`, shared) });
  if (marked > 0) {
    const text = words(`context ${call.actionId ?? seed}`, marked - TOKENS_PER_MESSAGE);
    messages.push({ role: "system", content: [{ type: "text", text, cache_control: { type: "ephemeral" } }] });
  }
  const left = input + cacheRead + cacheWrite5m - marked - (shared > 0 ? shared + TOKENS_PER_MESSAGE : 0) - TOKENS_PER_MESSAGE;
  const question = words(seed, Math.max(4, left) - Math.ceil((wish.length + 1) / CHARS_PER_TOKEN), reworded);
  messages.push({ role: "user", content: `${question} ${wish}` });
  return {
    path: "chat/completions",
    body: { model: call.route, messages, ...(call.stream ? { stream: true } : {}) },
  };
}

/** `tokens` tokens of text. */
function words(seed: string, tokens: number, reworded = false): string {
  const length = Math.max(1, tokens) * CHARS_PER_TOKEN;
  const parts: string[] = [];
  let key = hash32(seed, 0x811c9dc5);
  for (let at = 0, index = 0; at <= length; index += 1) {
    key = hash32(String(index), key);
    const word = wordOf(reworded && index === 2 ? key ^ 1 : key);
    parts.push(word);
    at += word.length + 1;
  }
  return parts.join(" ").slice(0, length);
}

const CONSONANTS = "bdfgklmnprst";
const VOWELS = "aeiou";

/** Two to four syllables: so many words that two texts have hardly one in common. */
function wordOf(key: number): string {
  let rest = key >>> 0;
  let word = "";
  for (let syllables = 2 + (rest % 3); syllables > 0; syllables -= 1) {
    word += CONSONANTS[rest % 12]! + VOWELS[Math.floor(rest / 12) % 5]!;
    rest = Math.floor(rest / 60);
  }
  return word;
}
