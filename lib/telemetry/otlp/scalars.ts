/**
 * Reads OTLP scalars from either encoding: protobuf (bytes, Long) or JSON (hex text, numbers or digits in text).
 * One reader for both is what makes the two encodings end in identical events.
 */

/** What an attribute may hold here. Nested lists and maps are never read. */
export type AttributeValue = string | number | boolean | readonly (string | number | boolean)[];
export type Attributes = ReadonlyMap<string, AttributeValue>;

export type Tree = Record<string, unknown>;

/** The body as a whole is not an export request. */
export class NotOtlp extends Error {}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field the sender really wrote: protobuf messages carry defaults on their prototype. */
export function own(tree: Tree, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}

/** A repeated field. Absent is empty; anything that is not a list throws, because then the body is not OTLP. */
export function listOf(tree: Tree, key: string): readonly unknown[] {
  const value = own(tree, key);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new NotOtlp(`"${key}" must be a list`);
  return value;
}

/**
 * An id as lower-case hex of `bytes` bytes; undefined when it is missing, all zero or malformed. OTLP/JSON says hex;
 * base64 (what plain protobuf JSON mapping makes of bytes) cannot be mistaken for it, its length differs.
 */
export function readId(value: unknown, bytes: 8 | 16): string | undefined {
  let hex: string | undefined;
  if (value instanceof Uint8Array) hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
  else if (typeof value === "string") {
    if (/^[0-9a-fA-F]+$/.test(value) && value.length === bytes * 2) hex = value.toLowerCase();
    else if (/^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length === Math.ceil(bytes / 3) * 4) {
      hex = Buffer.from(value, "base64").toString("hex");
    }
  }
  return hex !== undefined && hex.length === bytes * 2 && !/^0+$/.test(hex) ? hex : undefined;
}

/** A 64-bit integer; undefined when missing or not one. */
export function readInt64(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value === "string") return /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
  if (isLong(value)) return value.toBigInt();
  return undefined;
}

/** A double; JSON may write NaN and the infinities as text. */
export function readDouble(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string" && value.trim() !== "") return Number(value);
  return undefined;
}

function isLong(value: unknown): value is { toBigInt(): bigint } {
  return typeof value === "object" && value !== null && typeof (value as { toBigInt?: unknown }).toBigInt === "function";
}

function readScalar(value: Tree): string | number | boolean | undefined {
  const text = own(value, "stringValue");
  if (typeof text === "string") return text;
  const flag = own(value, "boolValue");
  if (typeof flag === "boolean") return flag;
  const int = own(value, "intValue");
  // What claims to be an integer and is not one stays visible as NaN, so that the span is refused with a reason.
  if (int !== undefined && int !== null) return Number(readInt64(int) ?? Number.NaN);
  const double = own(value, "doubleValue");
  if (double !== undefined && double !== null) return readDouble(double) ?? Number.NaN;
  return undefined;
}

/** Key-value pairs as a map, without content attributes and nested values. The first of two equal keys wins. */
export function readAttributes(list: readonly unknown[]): Map<string, AttributeValue> {
  const found = new Map<string, AttributeValue>();
  for (const pair of list) {
    if (!isTree(pair)) continue;
    const key = own(pair, "key");
    const value = own(pair, "value");
    if (typeof key !== "string" || !isTree(value) || found.has(key) || isContentAttribute(key)) continue;
    const scalar = readScalar(value);
    if (scalar !== undefined) {
      found.set(key, scalar);
      continue;
    }
    const array = own(value, "arrayValue");
    if (!isTree(array)) continue;
    const values = own(array, "values");
    if (!Array.isArray(values)) continue;
    found.set(
      key,
      values.flatMap((entry) => (isTree(entry) ? (readScalar(entry) ?? []) : [])),
    );
  }
  return found;
}

const CONTENT_KEYS = new Set([
  "gen_ai.input.messages",
  "gen_ai.output.messages",
  "gen_ai.system_instructions",
  "gen_ai.tool.definitions",
  "gen_ai.tool.call.arguments",
  "gen_ai.tool.call.result",
  "gen_ai.tool.description",
  "gen_ai.retrieval.documents",
  "gen_ai.retrieval.query.text",
  "gen_ai.evaluation.explanation",
  "gen_ai.agent.description",
  "input.value",
  "output.value",
  "llm.prompts",
  "llm.function_call",
  "llm.tools",
  "llm.invocation_parameters",
  "db.statement",
  "db.query.text",
  "exception.message",
  "exception.stacktrace",
  "traceloop.entity.input",
  "traceloop.entity.output",
]);
const CONTENT_PREFIXES = [
  "gen_ai.prompt.",
  "gen_ai.completion",
  "gen_ai.content.",
  "gen_ai.input.messages.",
  "gen_ai.output.messages.",
  "llm.input_messages",
  "llm.output_messages",
  "llm.prompt_template",
  "llm.completions",
  "embedding.embeddings",
  "embedding.text",
  "retrieval.documents",
  "reranker.",
  "message.",
];
// Named prompts are an identity, not a text.
const NOT_CONTENT = new Set(["gen_ai.prompt.name", "gen_ai.prompt.version"]);

/** Attributes that carry what people wrote or models answered. They are dropped here, before anything can map them. */
function isContentAttribute(key: string): boolean {
  if (NOT_CONTENT.has(key)) return false;
  return key === "gen_ai.prompt" || CONTENT_KEYS.has(key) || CONTENT_PREFIXES.some((prefix) => key.startsWith(prefix));
}
