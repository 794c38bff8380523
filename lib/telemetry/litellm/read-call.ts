/**
 * One item of LiteLLM — StandardLoggingPayload, legacy v1 payload (every value is text) or a row of the spend logs —
 * read into one shape. What people wrote and models answered is not read here, so it cannot go further. Pure.
 */
import { storableText } from "../otlp/mapping";
import type { AttributeValue } from "../otlp/scalars";
import type { Refusal } from "../validate";
import { readPythonTexts, readPythonUsage } from "./python-text";

type Json = Record<string, unknown>;

export interface LitellmCall {
  /** LiteLLM's own id, `request_id` in the spend logs. */
  id: string;
  traceId: string | null;
  callType: string | null;
  provider: string;
  model: string;
  modelGroup: string | null;
  /** Epoch milliseconds. */
  startedAt: number;
  endedAt: number | null;
  firstTokenAt: number | null;
  stream: boolean;
  failed: boolean;
  /** HTTP status, exception name or provider's code. */
  errorType: string | null;
  cacheHit: boolean;
  /** A cache was asked, whatever it answered. */
  cacheAsked: boolean;
  shadow: boolean;
  costUsd: number | null;
  usage: Json | null;
  serviceTier: string | null;
  region: string | null;
  /** What mapping rules can name. */
  attributes: Map<string, AttributeValue>;
}

const IDENTITY = [
  "user_api_key_alias",
  "user_api_key_hash",
  "user_api_key_team_id",
  "user_api_key_team_alias",
  "user_api_key_org_id",
  "user_api_key_user_id",
  "user_api_key_user_email",
  "user_api_key_end_user_id",
  "user_api_key_project_id",
  "user_api_key_project_alias",
] as const;

export function readCall(item: unknown): LitellmCall | Refusal {
  if (!isObject(item)) return refuse("invalid_type", null, "An item must be an object.");
  const id = text(item["id"]) ?? text(item["request_id"]);
  if (id === null) return refuse("missing_field", "id", '"id" (in spend logs "request_id") is required.');
  const model = text(item["model"]);
  if (model === null && text(item["model_group"]) === null) return refuse("missing_field", "model", '"model" is required.');
  const startedAt = instant(item["startTime"]);
  if (startedAt === null) return refuse("invalid_time", "startTime", '"startTime" must be epoch seconds or a date with time.');

  const metadata = objectOrJson(item["metadata"]);
  const metadataText = metadata === null && typeof item["metadata"] === "string" ? item["metadata"] : "";
  const identity: Json = metadata ?? readPythonTexts(metadataText, IDENTITY);
  const hidden = objectOrJson(item["hidden_params"]) ?? {};
  const stated = usageOf(item, metadata ?? {}, hidden);
  if ("refusal" in stated) return stated.refusal;

  const named = text(item["custom_llm_provider"]);
  const { provider, bare } = splitModel(model ?? text(item["model_group"])!, named);
  const failed = /^fail/i.test(text(item["status"]) ?? text(metadata?.["status"]) ?? "");
  const error = objectOrJson(item["error_information"]) ?? objectOrJson(metadata?.["error_information"]) ?? {};
  const cacheKey = text(item["cache_key"]);
  const cacheHit = flag(item["cache_hit"]);
  return {
    id,
    traceId: text(item["trace_id"]) ?? text(item["session_id"]),
    callType: text(item["call_type"]),
    provider,
    model: bare,
    modelGroup: text(item["model_group"]),
    startedAt,
    endedAt: instant(item["endTime"]),
    firstTokenAt: instant(item["completionStartTime"]),
    stream: flag(item["stream"]) || flag(objectOrJson(item["model_parameters"])?.["stream"]),
    failed,
    errorType: failed ? (text(error["error_code"]) ?? text(error["error_class"]) ?? "error") : null,
    cacheHit,
    cacheAsked: cacheHit || (cacheKey !== null && cacheKey !== "Cache OFF"),
    shadow: flag(metadata?.["is_silent_experiment"]) || /'is_silent_experiment':\s*True/.test(metadataText),
    costUsd: number(item["response_cost"]) ?? number(item["spend"]) ?? number(item["cost"]) ?? number(hidden["response_cost"]),
    usage: stated.usage,
    serviceTier: text(objectOrJson(item["model_parameters"])?.["service_tier"]),
    region: text(hidden["region_name"]),
    attributes: attributesOf(item, identity),
  };
}

/** The usage object where LiteLLM put it; else the bare token counts of the payload. */
function usageOf(item: Json, metadata: Json, hidden: Json): { usage: Json | null } | { refusal: Refusal } {
  const stated =
    objectOrJson(metadata["usage_object"]) ??
    objectOrJson(hidden["usage_object"]) ??
    objectOrJson(item["usage_object"]) ??
    objectOrJson(item["usage"]);
  if (stated && Object.values(stated).some((value) => typeof value === "number" && value > 0)) return { usage: stated };
  if (typeof item["usage"] === "string") {
    const usage = readPythonUsage(item["usage"]);
    if (usage) return { usage };
  }
  const counts: Json = {};
  for (const name of ["prompt_tokens", "completion_tokens", "total_tokens"]) {
    const value = item[name];
    if (value === undefined || value === null || value === "" || value === "None") continue;
    const count = number(value);
    if (count === null) return { refusal: refuse("invalid_type", name, `"${name}" must be a number.`) };
    counts[name] = count;
  }
  return { usage: Object.keys(counts).length > 0 ? counts : stated };
}

// Families whose provider is plain from the name; legacy payloads and passed-through calls do not say it.
const FAMILIES: [RegExp, string][] = [
  [/^(gpt-|o\d|chatgpt|text-embedding-)/, "openai"],
  [/^claude/, "anthropic"],
  [/^gemini/, "gemini"],
  [/^(mistral|codestral)/, "mistral"],
  [/^deepseek/, "deepseek"],
];

// One provider is one dimension value, whichever door it came through.
const PROVIDERS: Record<string, string> = {
  bedrock: "aws",
  bedrock_converse: "aws",
  vertex_ai: "google",
  vertex_ai_beta: "google",
  gemini: "google",
  azure_ai: "azure",
  azure_text: "azure",
  "text-completion-openai": "openai",
  together_ai: "together",
  fireworks_ai: "fireworks",
  cohere_chat: "cohere",
  xai: "x-ai",
  moonshot: "moonshotai",
  hosted_vllm: "self-hosted",
  vllm: "self-hosted",
};

/** "anthropic/claude-…" names its provider; "bedrock/converse/…" and the like keep the rest as the model. */
function splitModel(model: string, named: string | null): { provider: string; bare: string } {
  const slash = model.indexOf("/");
  const prefix = slash > 0 ? model.slice(0, slash) : null;
  const stated = named ?? prefix ?? FAMILIES.find(([pattern]) => pattern.test(model))?.[1] ?? "unknown";
  const bare = prefix !== null && (named === null || prefix === named) ? model.slice(slash + 1) : model;
  const lower = stated.toLowerCase();
  return { provider: PROVIDERS[lower] ?? lower, bare: bare === "" ? model : bare };
}

function attributesOf(item: Json, identity: Json): Map<string, AttributeValue> {
  const found = new Map<string, AttributeValue>();
  const put = (name: string, value: unknown) => {
    const known = typeof value === "number" || typeof value === "boolean" ? value : text(value);
    if (known !== null) found.set(name, known);
  };
  for (const name of ["end_user", "call_type", "model_group", "model_id", "user"]) put(name, item[name]);
  for (const name of IDENTITY) put(name, identity[name]);
  // Rows of the spend logs carry the same under other names.
  if (!found.has("user_api_key_team_id")) put("user_api_key_team_id", item["team_id"]);
  if (!found.has("user_api_key_org_id")) put("user_api_key_org_id", item["organization_id"]);
  if (!found.has("end_user")) put("end_user", identity["user_api_key_end_user_id"]);
  for (const name of ["requester_metadata", "spend_logs_metadata"]) {
    for (const [key, value] of Object.entries(objectOrJson(identity[name]) ?? {}).slice(0, 50)) put(`${name}.${key}`, value);
  }
  const tags: unknown = typeof item["request_tags"] === "string" ? parsed(item["request_tags"]) : item["request_tags"];
  if (Array.isArray(tags)) {
    for (const tag of tags.slice(0, 50)) {
      // "team:search" is a tag with a value.
      const [, key, value] = /^([^:]{1,64}):(.+)$/.exec(text(tag) ?? "") ?? [];
      if (key !== undefined) put(`request_tags.${key}`, value);
    }
  }
  return found;
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return null;
  }
}

/** An object, or the JSON text of one: rows of the spend logs hold both, by version. */
function objectOrJson(value: unknown): Json | null {
  const found = typeof value === "string" && value.startsWith("{") ? parsed(value) : value;
  return isObject(found) ? found : null;
}

/** Text that says something: Python's None and the empty text do not. */
function text(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (typeof value !== "string" || value === "" || value === "None" || value === "null") return null;
  return storableText(value);
}

function number(value: unknown): number | null {
  const found = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(found) ? found : null;
}

const flag = (value: unknown) => value === true || (typeof value === "string" && value.toLowerCase() === "true");

/** Epoch seconds as a number or text, or a date with time; one without a zone is UTC, as LiteLLM's container runs. */
function instant(value: unknown): number | null {
  const seconds = number(value);
  // Half a microsecond on top, so that .847 as a double is not 846.9999.
  if (seconds !== null) return seconds > 0 && seconds < 8.64e12 ? Math.floor(seconds * 1_000 + 0.0005) : null;
  if (typeof value !== "string") return null;
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(value.trim());
  if (!match) return null;
  const [, date, time, fraction = "", zone = "Z"] = match;
  const at = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(at) ? null : at;
}

function refuse(code: Refusal["code"], field: string | null, message: string): Refusal {
  return { code, field, message };
}
