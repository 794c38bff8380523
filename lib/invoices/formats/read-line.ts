/** What the formats of bills share: names of models and meters, and decimals that are never floats. Pure. */
import { Decimal } from "@/lib/money";
import type { LineCategory } from "../schemas";

/** "gpt-4.1-2025-04-14" and "claude-sonnet-4-5-20250929" are their models. */
export const modelOf = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/-(\d{4}-\d{2}-\d{2}|\d{8})$/, "");

const METERS: [RegExp, string][] = [
  [/cache.?(creation|write).*1h|ephemeral_1h/, "cacheWrite1h"],
  [/cache.?(creation|write)|ephemeral_5m/, "cacheWrite5m"],
  [/(?<!un)cached|cache.?read|cache_hit/, "cacheRead"],
  [/audio.*in|input.*audio/, "audioIn"],
  [/audio.*out|output.*audio/, "audioOut"],
  [/output|completion|generated/, "output"],
  [/input|prompt/, "input"],
  [/image/, "image"],
];

/** "Cached Input Tokens", "cache_read_input_tokens" and "cacheRead" are one meter; null: the text names none. */
export function meterOf(text: string): string | null {
  const lower = text.replace(/([a-z])([A-Z0-9])/g, "$1_$2").toLowerCase();
  return METERS.find(([pattern]) => pattern.test(lower))?.[1] ?? null;
}

const CATEGORIES: Record<string, LineCategory> = {
  usage: "usage",
  purchase: "other",
  credit: "credit",
  tax: "tax",
  vat: "tax",
  adjustment: "other",
  discount: "credit",
  refund: "credit",
};
export const categoryOf = (text: string): LineCategory | null =>
  text.trim() === "" ? "usage" : (CATEGORIES[text.trim().toLowerCase()] ?? null);

const DECIMAL = /^-?\d{1,20}(\.\d{1,18})?$/;

/** Decimal text, or null for what is no plain decimal: NaN, 1e300, "1,234.5". */
export function decimalOf(text: string): string | null {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? new Decimal(trimmed).toFixed() : null;
}

/** A JSON number as decimal text: what the sender wrote, where it wrote no more digits than a double holds. */
export function numberText(value: unknown): string | null {
  if (typeof value === "string") return decimalOf(value);
  return typeof value === "number" && Number.isFinite(value) ? new Decimal(value).toDecimalPlaces(18).toFixed() : null;
}
