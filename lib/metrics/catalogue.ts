/**
 * Every number that Headroom shows, defined once. Pure: pages, API, alerts, budgets, guardrails and exports import it.
 * A ratio is a pair of sums, so it can be added up over any grouping before it is divided; a zero denominator is
 * "no data", never 0. A percentile comes from merged histograms (relative error ≤ 1 %), never from averaged percentiles.
 */
import { STATUSES } from "@/lib/telemetry/event";
import { REUSE_CHECK } from "@/lib/telemetry/reuse-check";
import { COST_METERS, costColumn, LOOKUP_LAYERS } from "./measures";

/** Percentiles need this many observations; fewer is "not enough data". */
export const MIN_OBSERVATIONS = 20;

export type MetricUnit =
  | "usd"
  | "count"
  | "ratio"
  | "ms"
  | "tokens"
  | "tokens_per_second"
  | "tokens_per_joule"
  | "hours"
  | "kwh"
  | "kg";

/** A signed sum of measures. */
export type Sum = readonly { measure: string; sign: 1 | -1 }[];

export type Evaluation =
  | { type: "sum"; sum: Sum; divideBy: number }
  | { type: "ratio"; numerator: Sum; denominator: Sum; numeratorDivideBy: number; denominatorDivideBy: number; factor: number }
  /** `times` × the average (numerator ÷ denominator), less `minus`. */
  | { type: "avoided"; times: Sum; numerator: Sum; denominator: Sum; minus: Sum; divideBy: number }
  | { type: "percentile"; distribution: string; quantile: number; divideBy: number };

export interface MetricDefinition {
  id: string;
  label: string;
  unit: MetricUnit;
  /** Which way is better; `neutral` where neither is. */
  direction: "lower" | "higher" | "neutral";
  kind: "additive" | "ratio" | "percentile" | "average";
  /** The definition, for people. */
  formula: string;
  /** Measures or the distribution it is made of. */
  measures: readonly string[];
  description: string;
  /** Where it comes from: S0 telemetry events, S1 outcomes, S2 GPU node samples, S3 allocated GPU hours. */
  source: "S0" | "S1" | "S2" | "S3";
  domain: "usage" | "outcome" | "node" | "allocation" | "action";
  /** The other side of a ratio between two domains. */
  also?: "usage";
  /** When the answer is null. */
  notEnough: string;
  evaluation: Evaluation;
}

const NANO = 1_000_000_000;
const plus = (...measures: string[]): Sum => measures.map((measure) => ({ measure, sign: 1 }));
const minus = (...measures: string[]): Sum => measures.map((measure) => ({ measure, sign: -1 }));
const family = (prefix: string, statuses: readonly string[] = STATUSES): Sum =>
  plus(...statuses.map((status) => `${prefix}_${status}`));
const layers = (prefix: string, names: readonly string[]): Sum => plus(...names.map((layer) => `${prefix}_${layer}`));

const FAILED = ["error", "timeout", "oom", "rate_limited"];
/** A prefix hit still calls the model, so it is not an answer from a cache. */
const RESPONSE_LAYERS = LOOKUP_LAYERS.filter((layer) => layer !== "prefix");

const REQUESTS = family("req");
const SUCCESSES = plus("req_success");
const ERRORS = family("req", FAILED);
const ATTEMPTS = family("att");
const COST = family("cost");
const TOKENS_IN = plus("tok_input", "tok_cache_read", "tok_cache_write_5m", "tok_cache_write_1h");
const TOKENS = [...TOKENS_IN, ...plus("tok_output", "tok_audio_in", "tok_audio_out")];
const GPU_MS = plus("busy_gpu_ms", "idle_gpu_ms");
const GPU_NANO = plus("busy_nano", "idle_nano");
const ALLOCATED = plus("alloc_busy_nano", "alloc_idle_nano", "alloc_other_nano");
const UNALLOCATED = plus("rest_busy_nano", "rest_idle_nano", "rest_other_nano");
const GPU_TOKENS = plus("alloc_uncached", "alloc_cached", "alloc_decode");

type Text = Pick<MetricDefinition, "id" | "label" | "direction" | "formula" | "description">;

const SOURCE = { usage: "S0", action: "S0", outcome: "S1", node: "S2", allocation: "S3" } as const;

function additive(
  text: Text,
  sum: Sum,
  unit: MetricUnit = "count",
  divideBy = 1,
  domain: MetricDefinition["domain"] = "usage",
): MetricDefinition {
  return {
    ...text,
    unit,
    kind: "additive",
    measures: sum.map((term) => term.measure),
    source: SOURCE[domain],
    domain,
    notEnough: domain === "allocation" ? "Null where no closed hour was allocated." : "Null where nothing was received.",
    evaluation: { type: "sum", sum, divideBy },
  };
}

interface RatioParts {
  numerator: Sum;
  denominator: Sum;
  unit?: MetricUnit;
  numeratorDivideBy?: number;
  denominatorDivideBy?: number;
  factor?: number;
  kind?: "ratio" | "average";
  domain?: MetricDefinition["domain"];
  also?: "usage";
}

function ratio(text: Text, parts: RatioParts): MetricDefinition {
  const domain = parts.domain ?? "usage";
  return {
    ...text,
    unit: parts.unit ?? "ratio",
    kind: parts.kind ?? "ratio",
    measures: [...new Set([...parts.numerator, ...parts.denominator].map((term) => term.measure))],
    source: SOURCE[domain],
    domain,
    ...(parts.also ? { also: parts.also } : {}),
    notEnough: "Null where the denominator is zero.",
    evaluation: {
      type: "ratio",
      numerator: parts.numerator,
      denominator: parts.denominator,
      numeratorDivideBy: parts.numeratorDivideBy ?? 1,
      denominatorDivideBy: parts.denominatorDivideBy ?? 1,
      factor: parts.factor ?? 1,
    },
  };
}

const costRatio = (text: Text, numerator: Sum, denominator: Sum, factor = 1, domain: MetricDefinition["domain"] = "usage") =>
  ratio(text, { numerator, denominator, unit: "usd", numeratorDivideBy: NANO, factor, domain });

interface DistributionText {
  prefix: string;
  label: string;
  unit: MetricUnit;
  direction: MetricDefinition["direction"];
  distribution: string;
  what: string;
  divideBy?: number;
  domain?: "usage" | "action";
}

function percentiles(text: DistributionText, quantiles: readonly number[]): MetricDefinition[] {
  return quantiles.map((percent) => ({
    id: `${text.prefix}_p${percent}`,
    label: `${text.label} p${percent}`,
    unit: text.unit,
    direction: text.direction,
    kind: "percentile",
    formula: `p${percent}(${text.distribution})`,
    measures: [text.distribution],
    description: `${percent} % of ${text.what} are at or below this. Relative error at most 1 %.`,
    source: "S0",
    domain: text.domain ?? "usage",
    notEnough: `Null under ${MIN_OBSERVATIONS} observations.`,
    evaluation: { type: "percentile", distribution: text.distribution, quantile: percent / 100, divideBy: text.divideBy ?? 1 },
  }));
}

const text = (
  id: string,
  label: string,
  direction: MetricDefinition["direction"],
  formula: string,
  description: string,
): Text => ({
  id,
  label,
  direction,
  formula,
  description,
});

const METER_WORDS: Record<(typeof COST_METERS)[number], string> = {
  input: "uncached input",
  cacheRead: "cached input",
  cacheWrite5m: "cache writes for 5 minutes",
  cacheWrite1h: "cache writes for an hour",
  output: "output",
  audioIn: "audio input",
  audioOut: "audio output",
  image: "images",
  request: "fees per request",
};

const cacheRate = (layer: "semantic" | "retrieval" | "embedding", label: string): MetricDefinition =>
  ratio(
    text(
      `cache_hit_rate_${layer}`,
      `${label} cache hit rate`,
      "higher",
      `hits(${layer}) ÷ lookups(${layer})`,
      `Share of ${layer} cache lookups that were answered.`,
    ),
    { numerator: plus(`hits_${layer}`), denominator: plus(`lookups_${layer}`) },
  );

const definitions: MetricDefinition[] = [
  // Volume
  additive(
    text(
      "requests",
      "Requests",
      "neutral",
      "final events, cache hits included, shadow excluded",
      "Client calls to a gateway or SDK.",
    ),
    REQUESTS,
  ),
  additive(
    text(
      "attempts",
      "Attempts",
      "neutral",
      "events that called a provider, shadow excluded",
      "Upstream calls, retries and fallbacks included.",
    ),
    ATTEMPTS,
  ),
  additive(text("successes", "Successes", "higher", "requests with status success", "Requests that ended well."), SUCCESSES),
  additive(
    text(
      "errors",
      "Errors",
      "lower",
      "requests with status error, timeout, oom or rate_limited",
      "Requests that failed. Cancelled ones are the caller's choice and are counted apart.",
    ),
    ERRORS,
  ),
  additive(
    text(
      "errors_invalid",
      "Invalid requests",
      "lower",
      "requests with status error whose class says that they asked for something impossible",
      "Requests that were refused for what they asked: bad arguments, too long a context.",
    ),
    plus("req_invalid"),
  ),
  additive(
    text(
      "errors_provider",
      "Provider errors",
      "lower",
      "requests with status error that were not invalid",
      "Requests that a provider or an engine failed on.",
    ),
    [...plus("req_error"), ...minus("req_invalid")],
  ),
  additive(
    text("timeouts", "Timeouts", "lower", "requests with status timeout", "Requests that ran out of time."),
    plus("req_timeout"),
  ),
  additive(
    text("ooms", "Out of memory", "lower", "requests with status oom", "Requests that an engine dropped for lack of memory."),
    plus("req_oom"),
  ),
  additive(
    text(
      "rate_limited",
      "Rate limited",
      "lower",
      "requests with status rate_limited",
      "Requests that a provider refused for their rate.",
    ),
    plus("req_rate_limited"),
  ),
  additive(
    text("cancelled", "Cancelled", "neutral", "requests with status cancelled", "Requests that the caller gave up."),
    plus("req_cancelled"),
  ),
  additive(
    text("retries", "Retries", "lower", "attempts after the first", "Upstream calls beyond the first of their request."),
    plus("retries"),
  ),
  additive(
    text(
      "duplicates",
      "Duplicate requests",
      "lower",
      "requests seen before (same tenant and content) within 5 minutes",
      "Identical requests that a cache or coalescing could have answered.",
    ),
    plus("duplicates"),
  ),
  additive(
    text(
      "fallbacks",
      "Fallbacks",
      "lower",
      "requests answered after the first attempt by another model than the one asked for",
      "Requests that another model had to serve.",
    ),
    plus("fallbacks"),
  ),
  additive(text("actions", "Actions", "neutral", "distinct action ids", "User actions or agent executions."), plus("actions")),

  // Tokens
  additive(
    text("tokens_input", "Input tokens", "neutral", "uncached input tokens", "Prompt tokens billed at the full price."),
    plus("tok_input"),
    "tokens",
  ),
  additive(
    text(
      "tokens_cache_read",
      "Cached input tokens",
      "neutral",
      "tokens read from a prompt cache",
      "Prompt tokens billed at the cached price.",
    ),
    plus("tok_cache_read"),
    "tokens",
  ),
  additive(
    text(
      "tokens_cache_write",
      "Cache write tokens",
      "neutral",
      "tokens written to a prompt cache (5 min + 1 h)",
      "Prompt tokens stored for later.",
    ),
    plus("tok_cache_write_5m", "tok_cache_write_1h"),
    "tokens",
  ),
  additive(
    text("tokens_output", "Output tokens", "neutral", "generated tokens, reasoning included", "Completion tokens."),
    plus("tok_output"),
    "tokens",
  ),
  additive(
    text(
      "tokens_reasoning",
      "Reasoning tokens",
      "neutral",
      "part of output",
      "Thinking tokens; already inside the output tokens.",
    ),
    plus("tok_reasoning"),
    "tokens",
  ),
  additive(
    text(
      "tokens_total",
      "Tokens",
      "neutral",
      "input + cache read + cache write + output + audio",
      "All tokens that providers processed.",
    ),
    TOKENS,
    "tokens",
  ),

  additive(
    text("tokens_cache_write_5m", "Cache write tokens, 5 min", "neutral", "tokens written for 5 minutes", "Billed above input."),
    plus("tok_cache_write_5m"),
    "tokens",
  ),
  additive(
    text("tokens_cache_write_1h", "Cache write tokens, 1 h", "neutral", "tokens written for an hour", "Billed well above input."),
    plus("tok_cache_write_1h"),
    "tokens",
  ),
  additive(
    text("tokens_audio_in", "Audio input tokens", "neutral", "audio tokens heard", "Audio that went in."),
    plus("tok_audio_in"),
    "tokens",
  ),
  additive(
    text("tokens_audio_out", "Audio output tokens", "neutral", "audio tokens spoken", "Audio that came out."),
    plus("tok_audio_out"),
    "tokens",
  ),
  additive(text("images", "Images", "neutral", "images made", "Images that were generated."), plus("images")),
  additive(
    text("streamed_requests", "Streamed requests", "neutral", "requests that stream", "Answers sent as they are written."),
    plus("streamed"),
  ),
  additive(
    text("requests_in_actions", "Requests of actions", "neutral", "requests with an action id", "Calls that belong to a chain."),
    plus("req_in_action"),
  ),

  // Money
  ...COST_METERS.map((meter) =>
    additive(
      text(
        `${costColumn(meter)}_usd`,
        `Cost of ${METER_WORDS[meter]}`,
        "lower",
        `sum of the ${meter} lines of all attempts`,
        `Spend on ${METER_WORDS[meter]}. The meters add up to the cost.`,
      ),
      plus(costColumn(meter)),
      "usd",
      NANO,
    ),
  ),
  additive(
    text("cost_in_actions_usd", "Cost of actions", "lower", "cost of events with an action id", "Spend that belongs to a chain."),
    plus("cost_in_action"),
    "usd",
    NANO,
  ),
  additive(
    text("cost_shadow_usd", "Cost of mirrored traffic", "lower", "cost of shadow events", "Spend on experiments nobody saw."),
    plus("cost_shadow"),
    "usd",
    NANO,
  ),
  additive(
    text(
      "cost_reported_usd",
      "Provider-reported cost",
      "lower",
      "cost that senders report",
      "What providers or gateways say it cost.",
    ),
    plus("cost_reported"),
    "usd",
    NANO,
  ),
  additive(
    text(
      "cost_matched_usd",
      "Calculated cost of the same",
      "lower",
      "calculated cost of events with a reported one",
      "What our prices say about the calls whose cost was reported too.",
    ),
    plus("cost_matched"),
    "usd",
    NANO,
  ),
  additive(
    text(
      "cost_usd",
      "Cost",
      "lower",
      "cost of all attempts: failed, retried, cancelled and shadow ones too",
      "Inference spend. Idle GPU dollars are their own line, never in here.",
    ),
    COST,
    "usd",
    NANO,
  ),
  additive(
    text(
      "cost_failed_usd",
      "Cost of failed attempts",
      "lower",
      "cost of attempts whose status is not success",
      "Spend on attempts that gave nothing.",
    ),
    family("cost", [...FAILED, "cancelled"]),
    "usd",
    NANO,
  ),
  additive(
    text("cost_retried_usd", "Cost of retries", "lower", "cost of attempts after the first", "Spend that retrying added."),
    plus("cost_retried"),
    "usd",
    NANO,
  ),
  additive(
    text(
      "cost_duplicate_usd",
      "Cost of duplicates",
      "lower",
      "cost of duplicate requests",
      "Spend on answers that had just been given.",
    ),
    plus("cost_duplicate"),
    "usd",
    NANO,
  ),
  additive(
    text(
      "waste_usd",
      "Waste",
      "lower",
      "cost of attempts that failed, were superseded by a retry, or were duplicates; each counted once",
      "Spend that bought nothing new. GPU idle time is apart.",
    ),
    plus("cost_waste"),
    "usd",
    NANO,
  ),
  additive(
    text(
      "saved_usd",
      "Saved by caches",
      "higher",
      "avoided cost of cache hits, all layers",
      "What cache hits would have cost at the price of the model that would have served them.",
    ),
    layers("saved", LOOKUP_LAYERS),
    "usd",
    NANO,
  ),
  ...LOOKUP_LAYERS.map((layer) =>
    additive(
      text(
        `saved_${layer}_usd`,
        `Saved by ${layer} cache`,
        "higher",
        `avoided cost of ${layer} hits`,
        `Spend that the ${layer} cache avoided.`,
      ),
      plus(`saved_${layer}`),
      "usd",
      NANO,
    ),
  ),
  costRatio(
    text(
      "cost_per_successful_request",
      "Cost per successful request",
      "lower",
      "cost_usd ÷ successes",
      "Gross: all spend, failures and retries included, over the requests that ended well.",
    ),
    COST,
    SUCCESSES,
  ),
  costRatio(
    text(
      "cost_per_successful_request_net",
      "Net cost per successful request",
      "lower",
      "cost of the successful final attempts ÷ successes",
      "Spend of the successful calls only; the gap to gross is waste.",
    ),
    plus("cost_served"),
    SUCCESSES,
  ),
  costRatio(
    text("cost_per_request", "Cost per request", "lower", "cost_usd ÷ requests", "All spend over all requests."),
    COST,
    REQUESTS,
  ),
  costRatio(
    text(
      "cost_per_1k_requests",
      "Cost per 1,000 requests",
      "lower",
      "1,000 × cost_usd ÷ requests",
      "All spend per 1,000 requests.",
    ),
    COST,
    REQUESTS,
    1_000,
  ),
  costRatio(
    text(
      "cost_per_1m_tokens",
      "Cost per 1M tokens",
      "lower",
      "1,000,000 × cost_usd ÷ tokens_total",
      "Blended price that was really paid.",
    ),
    COST,
    TOKENS,
    1_000_000,
  ),
  costRatio(
    text(
      "cost_per_action",
      "Cost per action",
      "lower",
      "cost of events with an action ÷ actions",
      "What one user action or agent run costs, whole chain.",
    ),
    plus("cost_in_action"),
    plus("actions"),
  ),
  ratio(text("calls_per_action", "Calls per action", "lower", "requests with an action ÷ actions", "The agent multiplier."), {
    numerator: plus("req_in_action"),
    denominator: plus("actions"),
    unit: "count",
  }),

  // Reliability
  ratio(text("success_rate", "Success rate", "higher", "successes ÷ requests", "Share of requests that ended well."), {
    numerator: SUCCESSES,
    denominator: REQUESTS,
  }),
  ratio(text("error_rate", "Error rate", "lower", "errors ÷ requests", "Share of requests that failed."), {
    numerator: ERRORS,
    denominator: REQUESTS,
  }),
  ratio(text("timeout_rate", "Timeout rate", "lower", "timeouts ÷ requests", "Share of requests that ran out of time."), {
    numerator: plus("req_timeout"),
    denominator: REQUESTS,
  }),
  ratio(text("oom_rate", "OOM rate", "lower", "ooms ÷ requests", "Share of requests lost to memory."), {
    numerator: plus("req_oom"),
    denominator: REQUESTS,
  }),
  ratio(text("retry_rate", "Retry rate", "lower", "retries ÷ attempts", "Share of upstream calls that are retries."), {
    numerator: plus("retries"),
    denominator: ATTEMPTS,
  }),
  ratio(
    text("duplicate_rate", "Duplicate rate", "lower", "duplicates ÷ requests", "Share of requests that repeat a recent one."),
    {
      numerator: plus("duplicates"),
      denominator: REQUESTS,
    },
  ),
  ratio(
    text("fallback_rate", "Fallback rate", "lower", "fallbacks ÷ requests", "Share of requests that another model had to serve."),
    {
      numerator: plus("fallbacks"),
      denominator: REQUESTS,
    },
  ),

  // Caches
  additive(
    text(
      "cache_lookups",
      "Cache lookups",
      "neutral",
      "requests that looked into a response cache",
      "Requests whose exact, semantic, retrieval or embedding cache was asked.",
    ),
    layers("lookups", RESPONSE_LAYERS),
  ),
  additive(
    text("cache_hits", "Cache hits", "higher", "requests answered by a response cache", "Requests that needed no provider."),
    layers("hits", RESPONSE_LAYERS),
  ),
  ...LOOKUP_LAYERS.flatMap((layer) => [
    additive(
      text(
        `cache_lookups_${layer}`,
        `Lookups, ${layer}`,
        "neutral",
        `lookups(${layer})`,
        `Requests that asked the ${layer} cache last.`,
      ),
      plus(`lookups_${layer}`),
    ),
    additive(
      text(`cache_hits_${layer}`, `Hits, ${layer}`, "higher", `hits(${layer})`, `Requests that the ${layer} cache answered.`),
      plus(`hits_${layer}`),
    ),
  ]),
  ratio(
    text(
      "cache_hit_rate",
      "Cache hit rate",
      "higher",
      "cache_hits ÷ cache_lookups",
      "Share of response cache lookups that were answered. No lookups is no data.",
    ),
    { numerator: layers("hits", RESPONSE_LAYERS), denominator: layers("lookups", RESPONSE_LAYERS) },
  ),
  ratio(
    text(
      "cache_hit_rate_exact",
      "Exact cache hit rate",
      "higher",
      "hits(exact) ÷ (lookups(exact) + lookups(semantic))",
      "Share answered by an identical earlier request. A semantic lookup was an exact miss first.",
    ),
    { numerator: plus("hits_exact"), denominator: plus("lookups_exact", "lookups_semantic") },
  ),
  cacheRate("semantic", "Semantic"),
  ratio(
    text(
      "semantic_false_hit_rate",
      "Semantic false-hit rate",
      "lower",
      `false hits ÷ checked hits (false: the fresh answer is less than ${REUSE_CHECK.agreesFrom} alike)`,
      "A gateway also generates a sample of the answers that its semantic cache reused, and compares the two.",
    ),
    { numerator: plus("reuse_false"), denominator: plus("reuse_checks"), domain: "outcome" },
  ),
  cacheRate("retrieval", "Retrieval"),
  cacheRate("embedding", "Embedding"),
  ratio(
    text(
      "cache_hit_rate_tokens",
      "Prompt cache hit rate (tokens)",
      "higher",
      "cache read ÷ (uncached + cache read + cache write) input tokens",
      "Share of prompt tokens served from a provider's or engine's prefix cache.",
    ),
    { numerator: plus("tok_cache_read"), denominator: TOKENS_IN },
  ),

  {
    ...text(
      "cache_time_saved",
      "Time saved by caches",
      "higher",
      "hits × average latency of a call − what the hits took",
      "Waiting that response caches spared their callers, at the average of the calls beside them.",
    ),
    unit: "hours",
    kind: "additive",
    measures: ["hit_timed", "call_ms", "call_timed", "hit_ms"],
    source: "S0",
    domain: "usage",
    notEnough: "Null where no successful call was timed.",
    evaluation: {
      type: "avoided",
      times: plus("hit_timed"),
      numerator: plus("call_ms"),
      denominator: plus("call_timed"),
      minus: plus("hit_ms"),
      divideBy: 3_600_000,
    },
  },

  // Distributions
  ...percentiles(
    {
      prefix: "latency",
      label: "Latency",
      unit: "ms",
      direction: "lower",
      distribution: "latency",
      what: "requests' times to the last byte (cache hits included)",
    },
    [50, 95, 99],
  ),
  ...percentiles(
    {
      prefix: "ttft",
      label: "Time to first token",
      unit: "ms",
      direction: "lower",
      distribution: "ttft",
      what: "requests' times to the first token",
    },
    [50, 95, 99],
  ),
  ...percentiles(
    {
      prefix: "queue",
      label: "Queue time",
      unit: "ms",
      direction: "lower",
      distribution: "queue",
      what: "upstream requests' waiting times",
    },
    [50, 95, 99],
  ),
  ...percentiles(
    {
      prefix: "prefill",
      label: "Prefill time",
      unit: "ms",
      direction: "lower",
      distribution: "prefill",
      what: "upstream requests' times to read the prompt, where the sender says",
    },
    [50, 95],
  ),
  ...percentiles(
    {
      prefix: "decode",
      label: "Decode time",
      unit: "ms",
      direction: "lower",
      distribution: "decode",
      what: "upstream requests' times to write the answer, where the sender says",
    },
    [50, 95],
  ),
  ...percentiles(
    {
      prefix: "inter_token",
      label: "Inter-token latency",
      unit: "ms",
      direction: "lower",
      distribution: "inter_token",
      what: "upstream requests' times from one token to the next",
    },
    [50, 95],
  ),
  ...percentiles(
    {
      prefix: "tokens_in",
      label: "Input tokens per request",
      unit: "tokens",
      direction: "neutral",
      distribution: "tokens_in",
      what: "upstream requests' input sizes (cached part included)",
    },
    [50, 95],
  ),
  ...percentiles(
    {
      prefix: "tokens_out",
      label: "Output tokens per request",
      unit: "tokens",
      direction: "neutral",
      distribution: "tokens_out",
      what: "upstream requests' output sizes",
    },
    [50, 95],
  ),
  ...percentiles(
    {
      prefix: "tokens_per_second",
      label: "Output speed",
      unit: "tokens_per_second",
      direction: "higher",
      distribution: "tokens_per_second",
      what: "upstream requests' decode speeds",
    },
    [50],
  ),
  ...percentiles(
    {
      prefix: "cost_per_request",
      label: "Cost per request",
      unit: "usd",
      direction: "lower",
      distribution: "cost",
      what: "costs of final attempts",
      divideBy: NANO,
    },
    [50, 95],
  ),

  // Trust
  ratio(text("waste_share", "Waste share", "lower", "waste_usd ÷ cost_usd", "Share of spend that bought nothing new."), {
    numerator: plus("cost_waste"),
    denominator: COST,
    numeratorDivideBy: NANO,
    denominatorDivideBy: NANO,
  }),
  ratio(
    text(
      "priced_share",
      "Priced share",
      "higher",
      "requests priced or free by rule ÷ requests",
      "How much of the traffic the money numbers cover.",
    ),
    { numerator: plus("req_priced", "req_free"), denominator: plus("req_priced", "req_free", "req_unpriced") },
  ),
  additive(
    text(
      "unpriced_requests",
      "Unpriced requests",
      "lower",
      "requests without a price rule",
      "Requests whose cost is unknown. Add a price under Pricing.",
    ),
    plus("req_unpriced"),
  ),
  additive(
    text(
      "token_mismatches",
      "Token mismatches",
      "lower",
      "events whose meters do not sum to the total that their source states",
      "Events whose sender contradicts itself about tokens. The parts are charged as stated, the difference is kept.",
    ),
    plus("token_mismatches"),
  ),
  ratio(
    text(
      "cost_drift",
      "Cost drift",
      "neutral",
      "(reported − calculated) ÷ reported, where the provider reports a cost",
      "How far the calculated cost is from what providers say.",
    ),
    {
      numerator: [...plus("cost_reported"), ...minus("cost_matched")],
      denominator: plus("cost_reported"),
      numeratorDivideBy: NANO,
      denominatorDivideBy: NANO,
    },
  ),
  ratio(text("streamed_share", "Streamed share", "neutral", "streamed requests ÷ requests", "Share of requests that stream."), {
    numerator: plus("streamed"),
    denominator: REQUESTS,
  }),
  ratio(
    text(
      "quality_rate",
      "Quality rate",
      "higher",
      "good outcomes ÷ outcomes (resolved, accepted, correct, helpful: good from 0.5; rating of 1 to 5: good from 4)",
      "Share of reported outcomes that were good.",
    ),
    { numerator: plus("outcomes_good"), denominator: plus("outcomes"), domain: "outcome" },
  ),

  additive(
    text("outcomes", "Outcomes", "neutral", "reported outcomes that judge quality", "What became of requests and actions."),
    plus("outcomes"),
    "count",
    1,
    "outcome",
  ),
  additive(
    text(
      "good_outcomes",
      "Good outcomes",
      "higher",
      "outcomes that were good",
      "Resolved, accepted, correct, helpful, or rated 4 of 5.",
    ),
    plus("outcomes_good"),
    "count",
    1,
    "outcome",
  ),
  additive(
    text(
      "escalations",
      "Escalations",
      "lower",
      "outcomes `escalated`",
      "Requests or actions that went to a person or a larger model.",
    ),
    plus("escalations"),
    "count",
    1,
    "outcome",
  ),
  ratio(text("escalation_rate", "Escalation rate", "lower", "escalations ÷ actions", "Share of actions that were escalated."), {
    numerator: plus("escalations"),
    denominator: plus("actions"),
    domain: "outcome",
    also: "usage",
  }),
  ratio(
    text(
      "cost_per_outcome",
      "Cost per good outcome",
      "lower",
      "cost_usd ÷ good_outcomes",
      "All spend over what went well. Outcomes that nobody reports are not in it: filter to what reports them.",
    ),
    {
      numerator: COST,
      denominator: plus("outcomes_good"),
      unit: "usd",
      numeratorDivideBy: NANO,
      domain: "outcome",
      also: "usage",
    },
  ),
  ratio(
    text(
      "tokens_per_outcome",
      "Tokens per good outcome",
      "lower",
      "tokens_total ÷ good_outcomes",
      "Work behind one thing that went well.",
    ),
    { numerator: TOKENS, denominator: plus("outcomes_good"), unit: "tokens", domain: "outcome", also: "usage" },
  ),
  ...percentiles(
    {
      prefix: "cost_per_action",
      label: "Cost per action",
      unit: "usd",
      direction: "lower",
      distribution: "action_cost",
      what: "actions' costs, whole chain",
      divideBy: NANO,
      domain: "action",
    },
    [50, 95],
  ),
  ...percentiles(
    {
      prefix: "calls_per_action",
      label: "Calls per action",
      unit: "count",
      direction: "lower",
      distribution: "action_calls",
      what: "actions' numbers of requests",
      domain: "action",
    },
    [50, 95],
  ),

  // GPU nodes
  additive(
    text("gpu_hours", "GPU hours", "neutral", "busy + idle GPU time", "Time that GPUs were rented or owned."),
    GPU_MS,
    "hours",
    3_600_000,
    "node",
  ),
  additive(
    text("gpu_busy_hours", "Busy GPU hours", "neutral", "GPU time weighted by activity", "GPU time that worked."),
    plus("busy_gpu_ms"),
    "hours",
    3_600_000,
    "node",
  ),
  additive(
    text("gpu_idle_hours", "Idle GPU hours", "lower", "GPU time not busy", "GPU time that was paid for and did nothing."),
    plus("idle_gpu_ms"),
    "hours",
    3_600_000,
    "node",
  ),
  ratio(text("gpu_utilization", "GPU utilization", "higher", "busy ÷ (busy + idle) GPU time", "Share of GPU time that worked."), {
    numerator: plus("busy_gpu_ms"),
    denominator: GPU_MS,
    numeratorDivideBy: 3_600_000,
    denominatorDivideBy: 3_600_000,
    domain: "node",
  }),
  ratio(
    text("gpu_idle_share", "GPU idle share", "lower", "idle ÷ (busy + idle) GPU time", "Share of GPU time that did nothing."),
    {
      numerator: plus("idle_gpu_ms"),
      denominator: GPU_MS,
      numeratorDivideBy: 3_600_000,
      denominatorDivideBy: 3_600_000,
      domain: "node",
    },
  ),
  additive(
    text("gpu_cost_usd", "GPU cost", "lower", "GPU time × GPU rate", "The GPU bill, busy and idle. Apart from cost_usd."),
    GPU_NANO,
    "usd",
    NANO,
    "node",
  ),
  additive(
    text("gpu_busy_cost_usd", "Busy GPU cost", "neutral", "busy GPU time × GPU rate", "The part of the GPU bill that worked."),
    plus("busy_nano"),
    "usd",
    NANO,
    "node",
  ),
  additive(
    text("gpu_idle_cost_usd", "Idle GPU cost", "lower", "idle GPU time × GPU rate", "The part of the GPU bill that did nothing."),
    plus("idle_nano"),
    "usd",
    NANO,
    "node",
  ),
  ratio(
    text("gpu_memory_use", "GPU memory use", "neutral", "used ÷ total GPU memory, time-weighted", "How full GPU memory is."),
    { numerator: plus("memory_used"), denominator: plus("memory_total"), domain: "node" },
  ),
  ratio(
    text("kv_cache_usage", "KV cache use", "neutral", "time-weighted average of nodes", "How full the engines' KV caches are."),
    { numerator: plus("kv_cache"), denominator: plus("kv_cache_weight"), kind: "average", domain: "node" },
  ),
  ratio(
    text(
      "queue_depth",
      "Queue depth",
      "lower",
      "waiting requests, time-weighted average per node",
      "Requests waiting at an engine.",
    ),
    { numerator: plus("waiting"), denominator: plus("waiting_weight"), unit: "count", kind: "average", domain: "node" },
  ),
  ratio(
    text(
      "running_batch",
      "Running batch",
      "neutral",
      "running requests, time-weighted average per node",
      "Requests that an engine works on at once.",
    ),
    { numerator: plus("running"), denominator: plus("running_weight"), unit: "count", kind: "average", domain: "node" },
  ),
  ratio(
    text(
      "gpu_tokens_per_second",
      "Tokens per second per node",
      "higher",
      "generated tokens ÷ observed node-seconds",
      "Average generation speed of a node.",
    ),
    {
      numerator: plus("generated_tokens"),
      denominator: plus("generated_ms"),
      denominatorDivideBy: 1_000,
      unit: "tokens_per_second",
      kind: "average",
      domain: "node",
    },
  ),
  ratio(
    text(
      "gpu_tokens_per_watt",
      "Tokens per second per watt",
      "higher",
      "generated tokens ÷ energy in joules",
      "Energy efficiency; the same as tokens per joule.",
    ),
    {
      numerator: plus("metered_tokens"),
      denominator: plus("energy_mj"),
      denominatorDivideBy: 1_000,
      unit: "tokens_per_joule",
      domain: "node",
    },
  ),
  additive(
    text("energy_kwh", "Energy", "lower", "energy ÷ 3.6e9 mJ", "Electricity that GPUs drew."),
    plus("energy_mj"),
    "kwh",
    3_600_000_000,
    "node",
  ),
  ratio(
    text(
      "engine_prefix_hit_rate",
      "Prefix hit rate of own engines",
      "higher",
      "cached ÷ prompt tokens of the engines' own counters",
      "Share of prompt tokens that engines had in their KV cache.",
    ),
    { numerator: plus("cached_tokens"), denominator: plus("prompt_tokens"), domain: "node" },
  ),
  additive(
    text("preemptions", "Preemptions", "lower", "requests that engines preempted", "Work thrown back for lack of KV cache."),
    plus("preemptions"),
    "count",
    1,
    "node",
  ),
  additive(
    text(
      "facility_kwh",
      "Energy of the building",
      "lower",
      "energy × PUE of the region",
      "What the GPUs drew, with what cooling and power supply add. PUE is set under Pricing.",
    ),
    plus("facility_mj"),
    "kwh",
    3_600_000_000,
    "node",
  ),
  additive(
    text(
      "energy_cost_usd",
      "Cost of energy",
      "lower",
      "energy × PUE × tariff of the region",
      "Electricity bill of the GPUs. Inside the rate of rented ones; a part of the cost of owned ones.",
    ),
    plus("energy_nano"),
    "usd",
    NANO,
    "node",
  ),
  additive(
    text("carbon_kg", "Carbon", "lower", "energy × PUE × grid factor of the region", "CO₂ of the electricity that GPUs drew."),
    plus("carbon_mg"),
    "kg",
    1_000_000,
    "node",
  ),

  // GPU hours, allocated
  additive(
    text(
      "gpu_bill_usd",
      "GPU bill",
      "lower",
      "busy + idle + named lines of the closed hours, at what the GPUs were bought for",
      "Reserved and owned GPUs at their terms, the others at the rate of their readings.",
    ),
    [...ALLOCATED, ...UNALLOCATED],
    "usd",
    NANO,
    "allocation",
  ),
  additive(
    text(
      "gpu_allocated_usd",
      "Allocated GPU cost",
      "lower",
      "busy by work + idle by the pool's idle mode + named lines",
      "Allocation basis: what tenants are charged for GPUs.",
    ),
    ALLOCATED,
    "usd",
    NANO,
    "allocation",
  ),
  additive(
    text(
      "gpu_allocated_busy_usd",
      "Used GPU cost",
      "neutral",
      "busy GPU cost × share of the pool's work",
      "Usage basis: what the GPU time that tenants used costs.",
    ),
    plus("alloc_busy_nano"),
    "usd",
    NANO,
    "allocation",
  ),
  additive(
    text(
      "gpu_allocated_idle_usd",
      "Charged idle GPU cost",
      "lower",
      "idle GPU cost by the pool's idle mode",
      "Idle GPU time that tenants are charged for.",
    ),
    plus("alloc_idle_nano"),
    "usd",
    NANO,
    "allocation",
  ),
  additive(
    text(
      "gpu_allocated_other_usd",
      "Host, network, storage, overhead",
      "lower",
      "named lines × share of the pool's work",
      "What comes on top of GPUs.",
    ),
    plus("alloc_other_nano"),
    "usd",
    NANO,
    "allocation",
  ),
  additive(
    text(
      "gpu_unallocated_idle_usd",
      "Idle GPU cost of nobody",
      "lower",
      "idle GPU cost that the idle mode charges nobody for",
      "Stays its own line.",
    ),
    plus("rest_idle_nano"),
    "usd",
    NANO,
    "allocation",
  ),
  additive(
    text(
      "gpu_residual_usd",
      "Residual GPU cost",
      "lower",
      "busy GPU cost and named lines of hours without recorded requests",
      "GPUs worked, but no request says for whom.",
    ),
    plus("rest_busy_nano", "rest_other_nano"),
    "usd",
    NANO,
    "allocation",
  ),
  additive(
    text("gpu_allocated_hours", "Used GPU hours", "neutral", "busy GPU time × share of the work", "GPU time that tenants used."),
    plus("alloc_gpu_ms"),
    "hours",
    3_600_000,
    "allocation",
  ),
  additive(
    text("gpu_requests", "Requests on own GPUs", "neutral", "calls that reached a pool", "Requests that own GPUs served."),
    plus("alloc_requests"),
    "count",
    1,
    "allocation",
  ),
  additive(
    text("gpu_tokens_uncached", "Uncached tokens on own GPUs", "neutral", "prompt tokens computed", "Prefill work of own GPUs."),
    plus("alloc_uncached"),
    "tokens",
    1,
    "allocation",
  ),
  additive(
    text(
      "gpu_tokens_cached",
      "Cached tokens on own GPUs",
      "neutral",
      "prompt tokens from the KV cache",
      "Prefill that was saved.",
    ),
    plus("alloc_cached"),
    "tokens",
    1,
    "allocation",
  ),
  additive(
    text("gpu_tokens_output", "Output tokens on own GPUs", "neutral", "generated tokens", "Decode work of own GPUs."),
    plus("alloc_decode"),
    "tokens",
    1,
    "allocation",
  ),
  costRatio(
    text(
      "gpu_cost_per_1m_tokens",
      "Effective cost per 1M tokens on own GPUs",
      "lower",
      "1,000,000 × gpu_bill_usd ÷ tokens on own GPUs",
      "The whole bill, idle included, over what the GPUs served. By tenant: what the tenant is charged over its tokens.",
    ),
    [...ALLOCATED, ...UNALLOCATED],
    GPU_TOKENS,
    1_000_000,
    "allocation",
  ),
  additive(
    text(
      "gpu_allocated_kwh",
      "Energy by work",
      "lower",
      "energy × share of the pool's work",
      "Electricity behind tenants' work.",
    ),
    plus("alloc_energy_mj"),
    "kwh",
    3_600_000_000,
    "allocation",
  ),
  additive(
    text(
      "gpu_allocated_carbon_kg",
      "Carbon by work",
      "lower",
      "carbon × share of the pool's work",
      "CO₂ of the electricity behind tenants' work.",
    ),
    plus("alloc_carbon_mg"),
    "kg",
    1_000_000,
    "allocation",
  ),
];

/** Every metric by id, in the order in which they are listed. */
export const METRICS: ReadonlyMap<string, MetricDefinition> = new Map(definitions.map((metric) => [metric.id, metric]));

/** The known id nearest to what was typed, for "did you mean". */
export const nearestMetricId = (typed: string): string => nearestOf(typed, METRICS.keys()) ?? "requests";

/** The name nearest to what was typed, by single-letter edits; the first of equals. Undefined: there are none. */
export function nearestOf(typed: string, names: Iterable<string>): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase());
    if (!best || distance < best.distance) best = { name, distance };
  }
  return best?.name;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      current[j] = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
