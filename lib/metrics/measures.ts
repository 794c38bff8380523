/**
 * The additive measures: what one event adds to a rollup row. One list decides the columns of the rollup tables, what
 * `addEvent` (build-deltas.ts) counts and, through `sql`, what the same number is over raw rows. A test holds the
 * three against each other.
 *
 * Words used below: a *request* is its final event, cache hits included, mirrored (shadow) traffic excluded; an
 * *upstream* event called a provider (a hit of a response cache did not; a prefix hit did).
 */
import { CACHE_LAYERS, METERS, STATUSES, type CacheLayer, type CostLine, type Status } from "@/lib/telemetry/event";

/** Layers that can be looked up; `none` means that nothing was. */
export const LOOKUP_LAYERS = CACHE_LAYERS.filter((layer): layer is Exclude<CacheLayer, "none"> => layer !== "none");
export type LookupLayer = (typeof LOOKUP_LAYERS)[number];

export interface Measure {
  /** Column of telemetry.rollup_*, and the name used in formulas. */
  name: string;
  /** `money` is nano-USD and never leaves integers. */
  kind: "count" | "money";
  /** The same over telemetry.event: a boolean (counted) or a bigint (summed, null adds nothing). */
  sql: string;
  /** Set where the column holds only events of one status: such measures can be split by status without raw rows. */
  status?: Status;
}

const UPSTREAM = "(not cache_hit or cache_layer = 'prefix')";
const REQUEST = "(final and not shadow)";

const perStatus = (prefix: string, kind: Measure["kind"], sql: (status: Status) => string): Measure[] =>
  STATUSES.map((status) => ({ name: `${prefix}_${status}`, kind, sql: sql(status), status }));

const perLayer = (prefix: string, kind: Measure["kind"], sql: (layer: LookupLayer) => string): Measure[] =>
  LOOKUP_LAYERS.map((layer) => ({ name: `${prefix}_${layer}`, kind, sql: sql(layer) }));

/** Meters of cost lines, and the name of each one's column. */
export const COST_METERS = [...METERS, "request"] as const satisfies readonly CostLine["meter"][];
export const costColumn = (meter: CostLine["meter"]): string =>
  `cost_of_${meter.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`)}`;

/** A request that failed for what it asked, by the words that providers and gateways have for it. The twin: `isInvalid`. */
const INVALID = "(invalid|bad_request|unprocessable|context_length|http_4(00|04|13|22))";
const invalidWords = new RegExp(INVALID, "i");
export const isInvalid = (errorClass: string | null): boolean => errorClass !== null && invalidWords.test(errorClass);

const count = (name: string, sql: string): Measure => ({ name, kind: "count", sql });
const money = (name: string, sql: string): Measure => ({ name, kind: "money", sql });

/** Most asked first: Postgres reads a row from the left. */
export const MEASURES: readonly Measure[] = [
  ...perStatus("req", "count", (status) => `${REQUEST} and status = '${status}'`),
  ...perStatus("cost", "money", (status) => `case when status = '${status}' then cost_nano end`),
  ...perStatus("att", "count", (status) => `not shadow and ${UPSTREAM} and status = '${status}'`),
  count("retries", `not shadow and ${UPSTREAM} and attempt > 1`),
  count("duplicates", `${REQUEST} and duplicate`),
  count("fallbacks", `${REQUEST} and ${UPSTREAM} and attempt > 1 and model_served <> model_requested`),
  count("streamed", `${REQUEST} and stream`),
  count("actions", "not shadow and first_of_action"),
  count("req_in_action", `${REQUEST} and action_id is not null`),
  money("cost_in_action", "case when not shadow and action_id is not null then cost_nano end"),
  count("req_priced", `${REQUEST} and pricing_state = 'priced'`),
  count("req_free", `${REQUEST} and pricing_state = 'free'`),
  count("req_unpriced", `${REQUEST} and pricing_state = 'unpriced'`),
  money("cost_served", `case when ${REQUEST} and status = 'success' then cost_nano end`),
  money("cost_retried", "case when not shadow and attempt > 1 then cost_nano end"),
  money("cost_duplicate", "case when not shadow and duplicate then cost_nano end"),
  money("cost_waste", "case when status <> 'success' or (not shadow and (not final or duplicate)) then cost_nano end"),
  money("cost_shadow", "case when shadow then cost_nano end"),
  count("tok_input", `case when ${UPSTREAM} then input end`),
  count("tok_cache_read", `case when ${UPSTREAM} then cache_read end`),
  count("tok_cache_write_5m", `case when ${UPSTREAM} then cache_write_5m end`),
  count("tok_cache_write_1h", `case when ${UPSTREAM} then cache_write_1h end`),
  count("tok_output", `case when ${UPSTREAM} then output end`),
  count("tok_reasoning", `case when ${UPSTREAM} then reasoning end`),
  count("tok_audio_in", `case when ${UPSTREAM} then audio_in end`),
  count("tok_audio_out", `case when ${UPSTREAM} then audio_out end`),
  count("images", `case when ${UPSTREAM} then image end`),
  ...perLayer("lookups", "count", (layer) => `${REQUEST} and cache_layer = '${layer}'`),
  ...perLayer("hits", "count", (layer) => `${REQUEST} and cache_layer = '${layer}' and cache_hit`),
  ...perLayer("saved", "money", (layer) =>
    // A lookup that missed called upstream: what such a call saved, its provider's prefix cache saved.
    layer === "prefix"
      ? `case when not shadow and (${UPSTREAM} or cache_layer = 'none') then saved_nano end`
      : `case when not shadow and cache_hit and cache_layer = '${layer}' then saved_nano end`,
  ),
  money("cost_reported", "provider_cost_nano"),
  money("cost_matched", "case when provider_cost_nano is not null then cost_nano end"),
  count("token_mismatches", "token_mismatch is not null and token_mismatch <> 0"),
  count("events", "true"),
  count("req_invalid", `${REQUEST} and status = 'error' and error_class ~* '${INVALID}'`),
  // What a response cache's answer took, and what a call took: the difference is time saved.
  count("hit_timed", `${REQUEST} and not ${UPSTREAM} and latency_ms is not null`),
  count("hit_ms", `case when ${REQUEST} and not ${UPSTREAM} then floor(latency_ms)::bigint end`),
  count("call_timed", `${REQUEST} and ${UPSTREAM} and status = 'success' and latency_ms is not null`),
  count("call_ms", `case when ${REQUEST} and ${UPSTREAM} and status = 'success' then floor(latency_ms)::bigint end`),
  ...COST_METERS.map((meter) =>
    money(
      costColumn(meter),
      `case when cost_lines is not null then (select sum((line ->> 'n')::bigint) from jsonb_array_elements(cost_lines) line where line ->> 'm' = '${meter}')::bigint end`,
    ),
  ),
];

export const MEASURE_INDEX: ReadonlyMap<string, number> = new Map(MEASURES.map((measure, index) => [measure.name, index]));

/** Distributions, kept as log-bucketed histograms. `sql` is the observation over raw rows; null is not observed. */
export interface Distribution {
  name: string;
  unit: "ms" | "tokens" | "tokens_per_second" | "nano_usd";
  sql: string;
}

const SERVED = `${REQUEST} and ${UPSTREAM}`;

export const DISTRIBUTIONS: readonly Distribution[] = [
  { name: "latency", unit: "ms", sql: `case when ${REQUEST} then latency_ms end` },
  { name: "ttft", unit: "ms", sql: `case when ${REQUEST} then ttft_ms end` },
  { name: "queue", unit: "ms", sql: `case when ${SERVED} then queue_ms end` },
  {
    name: "tokens_in",
    unit: "tokens",
    sql: `case when ${SERVED} then (input + cache_read + cache_write_5m + cache_write_1h + audio_in)::double precision end`,
  },
  { name: "tokens_out", unit: "tokens", sql: `case when ${SERVED} then (output + audio_out)::double precision end` },
  {
    // Decode time where the sender measured it, else everything after the first token.
    name: "tokens_per_second",
    unit: "tokens_per_second",
    sql: `case when ${SERVED} and output > 0 and coalesce(decode_ms, latency_ms - ttft_ms) > 0
      then output * 1000.0::double precision / coalesce(decode_ms, latency_ms - ttft_ms) end`,
  },
  { name: "cost", unit: "nano_usd", sql: `case when ${REQUEST} then cost_nano::double precision end` },
  { name: "prefill", unit: "ms", sql: `case when ${SERVED} then prefill_ms end` },
  { name: "decode", unit: "ms", sql: `case when ${SERVED} then decode_ms end` },
  {
    // Between one token and the next, of one answer.
    name: "inter_token",
    unit: "ms",
    sql: `case when ${SERVED} and output > 1 and coalesce(decode_ms, latency_ms - ttft_ms) > 0
      then coalesce(decode_ms, latency_ms - ttft_ms) / (output - 1) end`,
  },
];
