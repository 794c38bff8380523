/**
 * The five kinds of policy. One definition each: the *effective* document, with its defaults. What a layer may say is
 * derived from it (`patchOf`): every key optional, `null` unsets. Every collection is a map keyed by id, so that a
 * document is a tree of keys and layers merge key by key.
 */
import { z } from "zod";
import { patchOf, type Patch } from "./patch-schema";

const ID = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$/;
/** Name of a route, target, upstream or rule. Never starts with `_`, so never `__proto__`. */
const id = z
  .string()
  .min(1)
  .max(120)
  .regex(ID, "A name starts with a letter or digit and has only letters, digits and . _ : / @ + - (at most 120)");
const modelName = z.string().min(1).max(200);
const percent = z.number().min(0).max(100);
const ttlSec = z.number().int().min(1).max(2_592_000).describe("Seconds; at most 30 days");
const milliseconds = (min: number, max: number) => z.number().int().min(min).max(max);

// ── routing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const targetSchema = z.strictObject({
  upstream: id.describe("Name of an upstream in the gateway's own file; its address and key stay there"),
  model: modelName.describe("The model name that this upstream understands"),
  weight: z
    .number()
    .min(0)
    .max(1_000_000)
    .describe("Share of the route relative to the other targets; 0 = only as fallback, canary or shadow"),
  pool: id.optional().describe("GPU pool behind it, for telemetry"),
});

const FALLBACK_CAUSES = ["timeout", "5xx", "429", "network"] as const;
const STICKY = ["none", "request", "user", "tenant", "action"] as const;

/** When the answer of the small model is not good enough. Any one that is set and true escalates. */
const escalationSchema = z.strictObject({
  truncated: z.boolean().default(false).describe("It stopped at the output limit"),
  invalidJson: z.boolean().default(false).describe("JSON was asked for and it is not JSON"),
  shorterThanChars: z.number().int().min(1).max(100_000).nullable().default(null),
  phrases: z
    .array(z.string().min(1).max(200))
    .max(50)
    .default([])
    .describe('It says one of these, e.g. "I don\'t know"; case does not matter'),
});

const routeSchema = z.strictObject({
  targets: z.record(id, targetSchema),
  sticky: z.enum(STICKY).default("request").describe("What keeps its target and variant from one request to the next"),
  canary: z.strictObject({ target: id, sharePercent: percent }).nullable().default(null),
  cascade: z
    .strictObject({ first: id, escalateTo: id, when: escalationSchema.prefault({}) })
    .nullable()
    .default(null)
    .describe("Small model first; the large one answers when the small answer is not good enough. Not for streams"),
  fallback: z
    .strictObject({
      order: z.array(id).max(20).default([]),
      on: z.array(z.enum(FALLBACK_CAUSES)).default([...FALLBACK_CAUSES]),
    })
    .prefault({}),
  retry: z
    .strictObject({
      attempts: z.number().int().min(1).max(5).default(1).describe("Calls to one target before the next one; 1 = no retry"),
      budgetPercent: percent
        .default(10)
        .describe("Retries and fallbacks of this route in percent of its requests; above it nothing is tried again"),
      backoffMs: milliseconds(0, 10_000).default(200).describe("Before the first retry; doubled each time"),
    })
    .prefault({}),
  timeoutMs: milliseconds(100, 3_600_000).default(120_000).describe("Of one attempt"),
  firstTokenTimeoutMs: milliseconds(100, 3_600_000)
    .nullable()
    .default(null)
    .describe("Of one streamed attempt, until its first token"),
  coalesce: z.boolean().default(false).describe("Identical requests in flight share one upstream call"),
  shadow: z.strictObject({ target: id, sharePercent: percent }).nullable().default(null).describe("Mirrored, never served"),
  lane: z.enum(["interactive", "batch"]).default("interactive"),
});
export type Route = z.infer<typeof routeSchema>;
export type RouteTarget = z.infer<typeof targetSchema>;
export type Escalation = z.infer<typeof escalationSchema>;

/** A name, or the beginning of one followed by `*`. */
const pattern = z.string().min(1).max(200).optional();
const tokens = z.number().int().min(0).max(100_000_000).optional();

const ruleSchema = z.strictObject({
  priority: z.number().int().min(0).max(1_000_000).describe("The lowest is asked first; ties by id"),
  when: z
    .strictObject({
      endpoint: pattern,
      tenant: pattern,
      route: pattern.describe("The route that the client's model name is, if it is one"),
      model: pattern.describe("The model name as the client sent it"),
      minInputTokens: tokens.describe("Inclusive"),
      maxInputTokens: tokens.describe("Inclusive"),
      hasTools: z.boolean().optional(),
      stream: z.boolean().optional(),
      taskType: pattern,
    })
    .prefault({}),
  route: id,
});
export type RoutingRule = z.infer<typeof ruleSchema>;

const routingSchema = z.strictObject({
  routes: z.record(id, routeSchema).prefault({}),
  rules: z.record(id, ruleSchema).prefault({}),
});
export type RoutingPolicy = z.infer<typeof routingSchema>;

// ── caching ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const cacheScope = z.enum(["public", "tenant", "user"]).default("tenant").describe("Who shares answers with whom");
export type CacheScope = z.infer<typeof cacheScope>;
const namespace = z.string().min(1).max(120).default("1").describe("A new one is a flush that can be taken back");
const pointer = z
  .string()
  .max(200)
  .regex(/^(\/[^/]+)+$/, "A field is named by its path in the request, e.g. /metadata/session_id or /messages/*/name");

const cachingSchema = z.strictObject({
  exact: z
    .strictObject({
      enabled: z.boolean().default(false),
      ttlSec: ttlSec.default(3_600),
      scope: cacheScope,
      volatileFields: z
        .array(pointer)
        .max(50)
        .default(["/user", "/metadata"])
        .describe("Left out of the key: they do not change the answer"),
      whitespace: z
        .enum(["exact", "collapse"])
        .default("exact")
        .describe("collapse: runs of white space in message text count as one space"),
      namespace,
    })
    .prefault({}),
  semantic: z
    .strictObject({
      enabled: z.boolean().default(false),
      threshold: z.number().min(0.5).max(1).default(0.97).describe("Cosine similarity from which an answer is reused"),
      borderline: z
        .number()
        .min(0.5)
        .max(1)
        .nullable()
        .default(null)
        .describe(
          "From here to the threshold: counted as near, generated anew. With a threshold of 1 that is a way to watch first",
        ),
      scope: cacheScope,
      ttlSec: ttlSec.default(3_600),
      embedding: z.strictObject({ upstream: id, model: modelName }).nullable().default(null),
      falseHitSamplePercent: percent.default(1).describe("Share of hits that are also generated, to measure false hits"),
      namespace,
    })
    .prefault({}),
  retrieval: z
    .strictObject({
      enabled: z.boolean().default(false),
      ttlSec: ttlSec.default(86_400),
      scope: cacheScope,
      namespace: namespace.describe("Version of the index: embeddings of another version are never reused"),
    })
    .prefault({}),
  traits: z
    .strictObject({
      highStakes: z.boolean().default(false),
      personalised: z.boolean().default(false),
      timeSensitive: z.boolean().default(false),
    })
    .prefault({}),
});
export type CachingPolicy = z.infer<typeof cachingSchema>;

// ── tokens, batching, engine ─────────────────────────────────────────────────────────────────────────────────────────

const tokenCount = z.number().int().min(1).max(10_000_000);

const tokensSchema = z.strictObject({
  maxOutputTokens: tokenCount.nullable().default(null),
  maxInputTokens: tokenCount.nullable().default(null),
  onInputOver: z.enum(["reject", "trim_history"]).default("reject"),
  stop: z.array(z.string().min(1).max(100)).max(4).default([]).describe("Used when the request has none"),
  responseFormat: z
    .union([
      z.strictObject({ type: z.enum(["text", "json_object"]) }),
      z.strictObject({ type: z.literal("json_schema"), json_schema: z.record(z.string(), z.unknown()) }),
    ])
    .nullable()
    .default(null)
    .describe("Used when the request has none. One value: layers replace it whole"),
});
export type TokensPolicy = z.infer<typeof tokensSchema>;

const batchingSchema = z.strictObject({
  embeddings: z
    .strictObject({
      enabled: z.boolean().default(false),
      maxTokens: z.number().int().min(1).max(1_000_000).default(8_192),
      maxItems: z.number().int().min(1).max(2_048).default(64),
      maxWaitMs: milliseconds(0, 1_000).default(10),
      lengthBuckets: z
        .array(tokenCount)
        .min(1)
        .max(10)
        .default([128, 512, 2_048])
        .describe("Upper bounds in tokens, rising; short inputs never wait for long ones"),
    })
    .prefault({}),
  background: z
    .strictObject({
      enabled: z.boolean().default(false),
      maxWaitSec: z.number().int().min(1).max(86_400).default(3_600),
      concurrency: z.number().int().min(1).max(1_000).default(4),
    })
    .prefault({}),
});
export type BatchingPolicy = z.infer<typeof batchingSchema>;

const engineSchema = z.strictObject({
  model: modelName.optional(),
  servedModelName: modelName.optional(),
  quantization: z.enum(["none", "int8", "fp8", "awq", "gptq", "nvfp4", "gguf"]).default("none"),
  kvCacheDtype: z.enum(["auto", "fp8", "fp8_e4m3", "fp8_e5m2"]).default("auto"),
  maxNumSeqs: z.number().int().min(1).max(65_536).optional(),
  maxNumBatchedTokens: z.number().int().min(64).max(4_194_304).optional(),
  gpuMemoryUtilization: z.number().gt(0).max(1).optional(),
  enablePrefixCaching: z.boolean().optional(),
  speculative: z
    .strictObject({ method: z.string().min(1).max(60), model: modelName.optional(), numTokens: z.number().int().min(1).max(32) })
    .nullable()
    .default(null),
});
export type EnginePolicy = z.infer<typeof engineSchema>;

// ── together ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a gateway runs from, for one request: everything decided, defaults filled in. */
export const gatewayPolicySchema = z.strictObject({
  routing: routingSchema.prefault({}),
  caching: cachingSchema.prefault({}),
  tokens: tokensSchema.prefault({}),
  batching: batchingSchema.prefault({}),
});
export type GatewayPolicy = z.infer<typeof gatewayPolicySchema>;

export const POLICY_SCHEMAS = {
  routing: routingSchema,
  caching: cachingSchema,
  tokens: tokensSchema,
  batching: batchingSchema,
  engine: engineSchema,
} as const;

/** Broad to narrow: a later level wins over an earlier one. */
export const SCOPE_LEVELS = ["global", "environment", "tenant", "endpoint"] as const;

export const scopeSchema = z.union(
  [
    z.strictObject({ level: z.literal("global"), value: z.null().default(null) }),
    z.strictObject({ level: z.enum(["environment", "tenant", "endpoint"]), value: z.string().min(1).max(200) }),
  ],
  { error: 'A scope is {"level":"global"} or {"level":"environment|tenant|endpoint","value":"its name"}' },
);
export type Scope = z.infer<typeof scopeSchema>;

const layerSchema = z.strictObject({ scope: scopeSchema, policies: patchOf(gatewayPolicySchema) });
/** What one scope says: a part of the policy; null unsets what a broader scope says. */
export interface PolicyLayer {
  scope: Scope;
  policies: Patch<GatewayPolicy>;
}

export const gatewayPolicyFileSchema = z.strictObject({
  schema: z.literal(1, { error: 'This gateway understands policy files with "schema": 1' }),
  layers: z.array(layerSchema).max(10_000),
});
export interface GatewayPolicyFile {
  schema: 1;
  layers: PolicyLayer[];
}

/** What an engine runs from. */
export const wholeEngineSchema = z.strictObject({ engine: engineSchema.prefault({}) });

/** Broad to narrow, as SCOPE_LEVELS, for engines. */
export const ENGINE_SCOPE_LEVELS = ["pool", "node"] as const;
export const engineScopeSchema = z.strictObject({ level: z.enum(ENGINE_SCOPE_LEVELS), value: z.string().min(1).max(200) });
export type EngineScope = z.infer<typeof engineScopeSchema>;
export interface EngineLayer {
  scope: EngineScope;
  policies: Patch<z.infer<typeof wholeEngineSchema>>;
}

export type AnyScope = Scope | EngineScope;
export type AnyLayer = PolicyLayer | EngineLayer;
