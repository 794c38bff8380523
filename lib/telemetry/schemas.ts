/**
 * The native wire event of `POST /api/v1/usage`. This is the single source: the compiled validator (validate.ts),
 * the OpenAPI document and the TypeScript type all come from it. Defaults and cross-field rules are in normalise.ts.
 */
import { z } from "zod";
import { CACHE_LAYERS, LANES, STATUSES, VARIANTS } from "./event";

/** No NUL and no lone surrogate: PostgreSQL can store neither. */
// oxlint-disable-next-line no-control-regex -- NUL is exactly what must not be there
export const STORABLE = /^[^\u0000\p{Cs}]*$/u;

const text = (max: number) => z.string().min(1).max(max).regex(STORABLE);
const name = (max = 200) => text(max).nullish();

/** A quantity of one meter. A billion tokens in one call is a bug of the sender. */
const quantity = z.int().min(0).max(1_000_000_000).nullish();
/** A duration in milliseconds, up to a week. */
const milliseconds = z.number().min(0).max(604_800_000).nullish();

const USAGE_FORMATS = ["openai", "openai-responses", "anthropic", "gemini"] as const;
export type UsageFormat = (typeof USAGE_FORMATS)[number];

const metersSchema = z.strictObject({
  input: quantity.describe("Uncached input tokens"),
  cacheRead: quantity,
  cacheWrite5m: quantity,
  cacheWrite1h: quantity,
  output: quantity.describe("Output tokens, reasoning included"),
  audioIn: quantity,
  audioOut: quantity,
  image: quantity,
  reasoning: quantity.describe("Information about output, never added to it"),
});

export const nativeEventSchema = z.strictObject({
  id: text(200).describe("Unique id of this event. Ids that begin with time (ULID, UUIDv7) store fastest."),
  occurredAt: z.iso.datetime({ offset: true }).max(40).describe("When the attempt started, RFC 3339"),
  tenant: text(200),
  endpoint: text(200),
  feature: name(),
  route: name(),
  provider: text(200),
  modelRequested: text(200),
  modelServed: name().describe("Absent: modelRequested"),
  gateway: name(),
  pool: name(),
  node: name(),
  region: name(),
  engine: name(),
  precision: name(64),
  lane: z.enum(LANES).nullish(),
  requestId: name().describe("Absent: id"),
  attempt: z.int().min(1).max(1_000).nullish(),
  final: z.boolean().nullish().describe("The last attempt of its request. Absent: true"),
  actionId: name(),
  actionStep: name(),
  status: z.enum(STATUSES),
  errorClass: name(),
  cache: z
    .strictObject({
      layer: z.enum(CACHE_LAYERS).nullish(),
      hit: z.boolean().nullish(),
      similarity: z.number().min(0).max(1).nullish(),
    })
    .nullish(),
  stream: z.boolean().nullish(),
  meters: metersSchema.nullish().describe("Disjoint quantities. Send this or `usage`."),
  usage: z.record(z.string(), z.unknown()).nullish().describe("The provider's usage object as it came, with `usageFormat`"),
  usageFormat: z.enum(USAGE_FORMATS).nullish(),
  timing: z
    .strictObject({
      queueMs: milliseconds,
      ttftMs: milliseconds,
      latencyMs: milliseconds,
      prefillMs: milliseconds,
      decodeMs: milliseconds,
    })
    .nullish(),
  variant: z.enum(VARIANTS).nullish(),
  generation: z.int().min(0).max(2_147_483_647).nullish(),
  requestHash: name(),
  prefixHash: name(),
  serviceTier: name(64),
  batch: z.boolean().nullish(),
  shadow: z.boolean().nullish().describe("Mirrored traffic: in cost, out of user-facing rates"),
  providerCostUsd: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,12})?$/)
    .nullish()
    .describe("What the provider or gateway says it cost, decimal text"),
  tags: z.record(z.string().min(1).max(64).regex(STORABLE), z.string().max(200).regex(STORABLE)).nullish().describe("At most 20"),
});
export type NativeEvent = z.infer<typeof nativeEventSchema>;

export const USAGE_LIMITS = { events: 1_000, bytes: 4 * 1024 * 1024, tags: 20, usageDepth: 8, usageBytes: 16_384 } as const;

export const usageBatchSchema = z.strictObject({ events: z.array(nativeEventSchema).max(USAGE_LIMITS.events) });

const ITEM_STATUSES = ["accepted", "duplicate", "conflict", "rejected"] as const;

/** Why one item was not accepted. Codes are stable. */
const REJECT_CODES = [
  "not_json",
  "invalid_utf8",
  "missing_field",
  "unknown_field",
  "invalid_type",
  "invalid_value",
  "unknown_value",
  "out_of_range",
  "too_long",
  "too_deep",
  "invalid_time",
  "future_time",
  "too_old",
  "usage_missing",
  "usage_ambiguous",
  "tenant_not_allowed",
] as const;
export type RejectCode = (typeof REJECT_CODES)[number];

const itemResultSchema = z.object({
  index: z.int(),
  id: z.string().nullable(),
  status: z.enum(ITEM_STATUSES),
  code: z.string().nullable(),
  field: z.string().nullable(),
  message: z.string().nullable(),
});
export type ItemResult = z.infer<typeof itemResultSchema>;

/** The answer of `POST /api/v1/usage`: 200 when everything was accepted, else 207. */
export const usageAnswerSchema = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  conflicts: z.int(),
  rejected: z.int(),
  items: z.array(itemResultSchema),
});
export type UsageAnswer = z.infer<typeof usageAnswerSchema>;
