/** An item as a dead letter may keep it: enough to read it again, nothing that people wrote or models answered. Pure. */

type Json = Record<string, unknown>;

const KEPT = [
  "id",
  "request_id",
  "trace_id",
  "session_id",
  "call_type",
  "status",
  "stream",
  "custom_llm_provider",
  "model",
  "model_group",
  "model_id",
  "startTime",
  "endTime",
  "completionStartTime",
  "response_time",
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "usage",
  "response_cost",
  "spend",
  "cost",
  "cache_hit",
  "cache_key",
  "request_tags",
  "end_user",
  "user",
  "team_id",
  "organization_id",
];
const KEPT_METADATA = /^(user_api_key_\w+|usage_object|requester_metadata|spend_logs_metadata|is_silent_experiment|status)$/;
const LONGEST = 2_000;

export function withoutContent(item: unknown): unknown {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return null;
  const source = item as Json;
  const kept: Json = {};
  for (const name of KEPT) if (source[name] !== undefined) kept[name] = short(source[name]);
  const metadata = objectOf(source["metadata"]);
  if (metadata) {
    kept["metadata"] = Object.fromEntries(
      Object.entries(metadata).flatMap(([key, value]) => (KEPT_METADATA.test(key) ? [[key, short(value)]] : [])),
    );
  }
  const error = objectOf(source["error_information"]);
  // The message of an error may quote the prompt.
  if (error) kept["error_information"] = { error_code: short(error["error_code"]), error_class: short(error["error_class"]) };
  const parameters = objectOf(source["model_parameters"]);
  if (parameters) {
    kept["model_parameters"] = { stream: parameters["stream"], service_tier: short(parameters["service_tier"]) };
  }
  return kept;
}

function objectOf(value: unknown): Json | null {
  if (typeof value === "string" && value.startsWith("{")) {
    try {
      return objectOf(JSON.parse(value));
    } catch {
      return null;
    }
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

const short = (value: unknown): unknown =>
  typeof value === "string" ? value.slice(0, LONGEST) : JSON.stringify(value ?? null).length > LONGEST ? null : value;
