/**
 * What the simulated models read and write. One token is four characters of a prompt and one word of an answer. How long
 * an answer is to be, the demo says in its prompts: `[sim out=380 reasoning=20]`; other prompts get a length that
 * their own text decides. Every answer says that it is simulated, in its first words; those to golden prompts
 * (golden/golden-prompts.ts) in their headers only.
 */
export const CHARS_PER_TOKEN = 4;
export const TOKENS_PER_MESSAGE = 4;

export interface Wish {
  /** Tokens of the whole answer, reasoning included. */
  output: number;
  reasoning: number;
}

/** All text of a request's messages or input, in order. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join("\n");
  if (typeof value !== "object" || value === null) return "";
  const { content, text } = value as { content?: unknown; text?: unknown };
  return textOf(content ?? text ?? "");
}

export function countTokens(messages: unknown): number {
  const list = Array.isArray(messages) ? messages : [messages];
  return list.reduce<number>((sum, message) => sum + TOKENS_PER_MESSAGE + Math.ceil(textOf(message).length / CHARS_PER_TOKEN), 0);
}

/** How long the answer to `prompt` is to be. */
export function wishOf(prompt: string): Wish {
  const found = /\[sim out=(\d{1,5})(?: reasoning=(\d{1,5}))?\]/.exec(prompt.slice(-400)) ?? [];
  const output = found[1] === undefined ? 60 + Math.floor(shareOf(`length ${prompt}`) * 240) : Number(found[1]);
  return { output: Math.max(1, output), reasoning: Math.min(output, Number(found[2] ?? 0)) };
}

const WORDS = "the answer is made of plain words that stand for tokens and mean nothing at all beyond their number here".split(
  " ",
);

/** The `index`th token of an answer; the first ones are the label. */
export function wordAt(label: readonly string[], index: number): string {
  const word = label[index] ?? WORDS[(index - label.length) % WORDS.length]!;
  return index === 0 ? word : ` ${word}`;
}

/** FNV-1a: text → [0, 1), always the same. */
export function shareOf(text: string): number {
  return hash32(text, 0x811c9dc5) / 4_294_967_296;
}

export function hash32(text: string, from: number): number {
  let hash = from;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  // FNV alone leaves neighbours near each other.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 13), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
