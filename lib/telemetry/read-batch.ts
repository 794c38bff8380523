/**
 * Bytes of a batch → items. JSON `{"events":[…]}`, a JSON list, one JSON item, or NDJSON; told apart by Content-Type
 * first, else by looking. Bytes that are not UTF-8 spoil the items that hold them, not the batch.
 */
import { AppError } from "@/lib/http";
import { USAGE_LIMITS } from "./schemas";
import type { Refusal } from "./validate";

/** An item as it came, or why it could not be read at all. */
export type BatchItem = { value: unknown } | { refusal: Refusal };

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const lenient = new TextDecoder("utf-8", { ignoreBOM: false });
const REPLACEMENT = "\uFFFD";

/** What the batch holds: the name of its list in JSON, and how many it may hold. */
export interface BatchList {
  name: "events" | "outcomes" | "samples";
  max: number;
}

const EVENTS: BatchList = { name: "events", max: USAGE_LIMITS.events };

export function readBatch(body: Uint8Array, contentType: string | null, list: BatchList = EVENTS): BatchItem[] {
  let text: string;
  let damaged = false;
  try {
    text = strict.decode(body);
  } catch {
    text = lenient.decode(body);
    damaged = true;
  }
  if (text.trim() === "") throw notJson("The body is empty.");
  const items = isNdjson(contentType) ? readLines(text) : readJson(text, list.name);
  if (items.length > list.max) {
    throw new AppError(
      "too_large",
      `A batch may hold ${list.max} ${list.name}; this one holds ${items.length}. Send several batches.`,
    );
  }
  return damaged ? items.map(refuseDamaged) : items;
}

const isNdjson = (contentType: string | null) => /ndjson|jsonl|json-seq/i.test(contentType ?? "");

function readJson(text: string, name: BatchList["name"]): BatchItem[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // Senders label NDJSON as application/json: more than one line, and the first is JSON by itself.
    if (looksLikeLines(text)) return readLines(text);
    throw notJson((error as Error).message);
  }
  if (Array.isArray(parsed)) return parsed.map((value: unknown) => ({ value }));
  if (parsed !== null && typeof parsed === "object") {
    if (!Object.hasOwn(parsed, name)) return [{ value: parsed }];
    const extra = Object.keys(parsed).find((key) => key !== name);
    if (extra !== undefined) throw new AppError("invalid", `There is no field "${extra}" beside "${name}".`, { field: extra });
    const listed = (parsed as Record<string, unknown>)[name];
    if (!Array.isArray(listed)) throw new AppError("invalid", `"${name}" must be a list.`, { field: name });
    return listed.map((value: unknown) => ({ value }));
  }
  throw new AppError("invalid", `The body must be {"${name}":[…]} or one JSON object per line.`);
}

function looksLikeLines(text: string): boolean {
  const first = text.trimStart().split("\n", 1)[0] ?? "";
  if (first.length === text.trim().length) return false;
  try {
    const parsed: unknown = JSON.parse(first);
    return parsed !== null && typeof parsed === "object";
  } catch {
    return false;
  }
}

function readLines(text: string): BatchItem[] {
  const items: BatchItem[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    try {
      items.push({ value: JSON.parse(line) as unknown });
    } catch (error) {
      items.push({ refusal: { code: "not_json", field: null, message: `This line is not JSON: ${(error as Error).message}` } });
    }
  }
  return items;
}

function refuseDamaged(item: BatchItem): BatchItem {
  if ("refusal" in item) return item;
  const field = damagedField(item.value, []);
  if (field === undefined) return item;
  return { refusal: { code: "invalid_utf8", field: field || null, message: "This event holds bytes that are not UTF-8." } };
}

/** Path of the first text that holds a replacement character; searched 20 levels deep, deeper counts as damaged. */
function damagedField(value: unknown, path: string[]): string | undefined {
  if (typeof value === "string") return value.includes(REPLACEMENT) ? path.join(".") : undefined;
  if (value === null || typeof value !== "object") return undefined;
  if (path.length > 20) return path.join(".");
  for (const [key, inner] of Object.entries(value)) {
    if (key.includes(REPLACEMENT)) return path.join(".");
    const found = damagedField(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function notJson(detail: string): AppError {
  return new AppError("invalid", `The body is not JSON: ${detail.slice(0, 200)}`);
}
