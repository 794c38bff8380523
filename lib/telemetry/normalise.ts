/**
 * Native wire event → UsageEvent: defaults, dialects, and the rules that cross fields. Pure; `now` is a value.
 */
import { toNanoUsd } from "@/lib/money";
import { contentHashOf } from "./content-hash";
import { readUsage } from "./dialects";
import { METERS, noMeters, type Dialect, type Meters, type UsageEvent } from "./event";
import { USAGE_LIMITS, type NativeEvent } from "./schemas";
import { explainRefusal, isNativeEvent, type Refusal } from "./validate";

export interface Door {
  /** Epoch milliseconds of receipt. */
  now: number;
  rawRetentionDays: number;
  /** Tenants that the sender may write. */
  tenants: "all" | readonly string[];
  apiKeyId: string | null;
}

const DAY_MS = 86_400_000;
const FUTURE_MS = DAY_MS;

/** One item as it came, to an event or to the reason why not. */
export function readNativeEvent(item: unknown, door: Door): { event: UsageEvent } | { refusal: Refusal } {
  if (!isNativeEvent(item)) return { refusal: explainRefusal(item) };
  if (door.tenants !== "all" && !door.tenants.includes(item.tenant)) {
    return refuse("tenant_not_allowed", "tenant", `This API key may not send for the tenant "${item.tenant}".`);
  }
  const occurredAt = Date.parse(item.occurredAt);
  if (Number.isNaN(occurredAt)) return refuse("invalid_time", "occurredAt", '"occurredAt" is not a time that exists.');
  if (occurredAt > door.now + FUTURE_MS) {
    return refuse(
      "future_time",
      "occurredAt",
      `"occurredAt" ${item.occurredAt} is more than 24 hours ahead of this server's clock.`,
    );
  }
  if (occurredAt < door.now - door.rawRetentionDays * DAY_MS) {
    return refuse(
      "too_old",
      "occurredAt",
      `"occurredAt" ${item.occurredAt} is older than the ${door.rawRetentionDays} days of raw events that this workspace keeps.`,
    );
  }
  const tags = item.tags ?? {};
  if (Object.keys(tags).length > USAGE_LIMITS.tags) {
    return refuse("out_of_range", "tags", `An event may have at most ${USAGE_LIMITS.tags} tags.`);
  }
  const cacheHit = item.cache?.hit ?? false;
  const cacheLayer = item.cache?.layer ?? "none";
  if (cacheHit && cacheLayer === "none")
    return refuse("invalid_value", "cache.layer", 'A cache hit must say which "cache.layer" answered.');

  let meters: Meters;
  let dialect: Dialect = "native";
  let usageRaw: unknown = null;
  let tokenMismatch: number | null = null;
  let serviceTier = item.serviceTier ?? null;
  if (item.usage) {
    if (item.meters) return refuse("usage_ambiguous", "usage", 'Send "meters" or "usage", not both.');
    if (!item.usageFormat) return refuse("missing_field", "usageFormat", '"usageFormat" is required with "usage".');
    const unfit = unfitUsage(item.usage);
    if (unfit) return { refusal: unfit };
    const read = readUsage(item.usageFormat, item.usage);
    if ("code" in read) return { refusal: read };
    ({ meters, tokenMismatch } = read);
    dialect = item.usageFormat;
    usageRaw = item.usage;
    serviceTier ??= read.serviceTier;
  } else if (item.meters) {
    meters = noMeters();
    for (const meter of METERS) meters[meter] = item.meters[meter] ?? 0;
    meters.reasoning = item.meters.reasoning ?? 0;
  } else if (cacheHit && cacheLayer !== "prefix") {
    meters = noMeters();
  } else {
    return refuse("usage_missing", "meters", 'Send "meters" or "usage"; "meters": {} when nothing was used.');
  }

  const event: UsageEvent = {
    id: item.id,
    occurredAt,
    tenant: item.tenant,
    endpoint: item.endpoint,
    feature: item.feature ?? null,
    route: item.route ?? null,
    provider: item.provider,
    modelRequested: item.modelRequested,
    modelServed: item.modelServed ?? item.modelRequested,
    gateway: item.gateway ?? null,
    pool: item.pool ?? null,
    node: item.node ?? null,
    region: item.region ?? null,
    engine: item.engine ?? null,
    precision: item.precision ?? null,
    lane: item.lane ?? "interactive",
    requestId: item.requestId ?? item.id,
    attempt: item.attempt ?? 1,
    final: item.final ?? true,
    actionId: item.actionId ?? null,
    actionStep: item.actionStep ?? null,
    status: item.status,
    errorClass: item.errorClass ?? null,
    cacheLayer,
    cacheHit,
    cacheSimilarity: item.cache?.similarity ?? null,
    stream: item.stream ?? false,
    meters,
    queueMs: item.timing?.queueMs ?? null,
    ttftMs: item.timing?.ttftMs ?? null,
    latencyMs: item.timing?.latencyMs ?? null,
    prefillMs: item.timing?.prefillMs ?? null,
    decodeMs: item.timing?.decodeMs ?? null,
    variant: item.variant ?? "control",
    generation: item.generation ?? null,
    requestHash: item.requestHash ?? null,
    prefixHash: item.prefixHash ?? null,
    serviceTier,
    batch: item.batch ?? false,
    shadow: item.shadow ?? false,
    tags,
    dialect,
    usageRaw,
    tokenMismatch,
    providerCostNanoUsd: item.providerCostUsd ? toNanoUsd(item.providerCostUsd) : null,
    apiKeyId: door.apiKeyId,
    contentHash: 0n,
  };
  event.contentHash = contentHashOf(event);
  return { event };
}

/** The native wire form of an event: what a dead letter keeps, so that a person can read, edit and replay it. */
export function toNativeEvent(event: UsageEvent): NativeEvent {
  const usage =
    event.dialect === "native" || event.dialect === "otel" || event.dialect === "litellm" || event.usageRaw === null
      ? { meters: event.meters }
      : { usage: event.usageRaw as Record<string, unknown>, usageFormat: event.dialect };
  const cost = event.providerCostNanoUsd;
  return {
    id: event.id,
    occurredAt: new Date(event.occurredAt).toISOString(),
    tenant: event.tenant,
    endpoint: event.endpoint,
    feature: event.feature,
    route: event.route,
    provider: event.provider,
    modelRequested: event.modelRequested,
    modelServed: event.modelServed,
    gateway: event.gateway,
    pool: event.pool,
    node: event.node,
    region: event.region,
    engine: event.engine,
    precision: event.precision,
    lane: event.lane,
    requestId: event.requestId,
    attempt: event.attempt,
    final: event.final,
    actionId: event.actionId,
    actionStep: event.actionStep,
    status: event.status,
    errorClass: event.errorClass,
    cache: { layer: event.cacheLayer, hit: event.cacheHit, similarity: event.cacheSimilarity },
    stream: event.stream,
    ...usage,
    timing: {
      queueMs: event.queueMs,
      ttftMs: event.ttftMs,
      latencyMs: event.latencyMs,
      prefillMs: event.prefillMs,
      decodeMs: event.decodeMs,
    },
    variant: event.variant,
    generation: event.generation,
    requestHash: event.requestHash,
    prefixHash: event.prefixHash,
    serviceTier: event.serviceTier,
    batch: event.batch,
    shadow: event.shadow,
    tags: event.tags,
    ...(cost === null
      ? {}
      : { providerCostUsd: `${cost / 1_000_000_000n}.${(cost % 1_000_000_000n).toString().padStart(9, "0")}` }),
  };
}

/** The raw usage object is stored as it came: it must be small, shallow and storable. */
function unfitUsage(usage: Record<string, unknown>): Refusal | undefined {
  if (depthExceeds(usage, USAGE_LIMITS.usageDepth)) {
    return { code: "too_deep", field: "usage", message: `"usage" is nested deeper than ${USAGE_LIMITS.usageDepth} levels.` };
  }
  const text = JSON.stringify(usage);
  if (text.length > USAGE_LIMITS.usageBytes) {
    return { code: "too_long", field: "usage", message: `"usage" is larger than ${USAGE_LIMITS.usageBytes} characters.` };
  }
  // JSON.stringify escapes exactly what PostgreSQL's jsonb refuses: NUL, and halves of surrogate pairs.
  if (/\\u0000|\\ud[89a-f]/.test(text)) {
    return { code: "invalid_value", field: "usage", message: '"usage" holds a NUL character or half of a surrogate pair.' };
  }
  return undefined;
}

/** Recursion stops at the limit, so a million brackets cost nothing. */
function depthExceeds(value: unknown, left: number): boolean {
  if (value === null || typeof value !== "object") return false;
  if (left === 0) return true;
  for (const inner of Object.values(value)) if (depthExceeds(inner, left - 1)) return true;
  return false;
}

function refuse(code: Refusal["code"], field: string | null, message: string): { refusal: Refusal } {
  return { refusal: { code, field, message } };
}
