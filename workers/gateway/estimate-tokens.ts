/**
 * About how many tokens a part of a request has: four characters each. Good enough to route by and to limit by, and the
 * only thing there is when an upstream sends no usage; never used where the upstream says the number.
 */
const CHARS_PER_TOKEN = 4;
const PER_MESSAGE = 4;
/** An image costs its tiles, not the length of its base64. */
const PER_IMAGE = 800;

export function estimateTokens(part: unknown): number {
  if (Array.isArray(part) && part.length === 0) return 0;
  const images = { count: 0 };
  const chars = countChars(part, images);
  return PER_MESSAGE + Math.ceil(chars / CHARS_PER_TOKEN) + images.count * PER_IMAGE;
}

function countChars(value: unknown, images: { count: number }): number {
  if (typeof value === "string") {
    if (!value.startsWith("data:")) return value.length;
    images.count += 1;
    return 0;
  }
  // A number is a token id in an embeddings request.
  if (typeof value === "number") return CHARS_PER_TOKEN;
  if (typeof value !== "object" || value === null) return 0;
  let chars = 0;
  for (const item of Object.values(value)) chars += countChars(item, images);
  return chars;
}
