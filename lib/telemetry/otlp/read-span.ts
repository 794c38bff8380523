/** One OTLP span → a usage event, nothing (not a model call), or the reason why a model call cannot be read. Pure. */
import { contentHashOf } from "../content-hash";
import type { UsageEvent } from "../event";
import { readNativeEvent, type Door } from "../normalise";
import type { NativeEvent } from "../schemas";
import type { Refusal } from "../validate";
import { billedOperation, findMeaning, providerName } from "./aliases";
import { classifyError } from "./classify-error";
import { applyRules, storableText, type OtlpMapping } from "./mapping";
import { BadTokens, readOtelUsage } from "./read-usage";
import { isTree, listOf, own, readAttributes, readDouble, readId, readInt64, type Attributes } from "./scalars";

export type SpanReading =
  | { kind: "event"; event: UsageEvent }
  | { kind: "ignored" }
  | { kind: "refused"; id: string | null; refusal: Refusal };

export interface SpanDoor extends Door {
  mapping: OtlpMapping;
}

const CLIENT_KIND = new Set<unknown>([3, "SPAN_KIND_CLIENT"]);

export function readSpan(span: unknown, resource: Attributes, door: SpanDoor): SpanReading {
  if (!isTree(span)) return refused(null, "invalid_type", null, "A span must be an object.");
  let attributes: Map<string, ReturnType<Attributes["get"]> & {}>;
  try {
    attributes = readAttributes(listOf(span, "attributes"));
  } catch {
    return refused(null, "invalid_type", "attributes", '"attributes" must be a list.');
  }
  const operation = billedOperation(attributes, CLIENT_KIND.has(own(span, "kind")));
  if (operation === null) return { kind: "ignored" };

  const traceId = readId(own(span, "traceId"), 16);
  const spanId = readId(own(span, "spanId"), 8);
  if (!traceId)
    return refused(null, "invalid_value", "traceId", '"traceId" must be 16 bytes that are not all zero, as hex in JSON.');
  if (!spanId) return refused(null, "invalid_value", "spanId", '"spanId" must be 8 bytes that are not all zero, as hex in JSON.');
  const id = `${traceId}-${spanId}`;

  const startNano = readInt64(own(span, "startTimeUnixNano")) ?? 0n;
  const endNano = readInt64(own(span, "endTimeUnixNano")) ?? 0n;
  if (startNano <= 0n) return refused(id, "invalid_time", "startTimeUnixNano", '"startTimeUnixNano" is missing.');
  if (endNano < startNano) return refused(id, "invalid_time", "endTimeUnixNano", '"endTimeUnixNano" is before the start.');
  const startMs = Number(startNano / 1_000_000n);
  if (startMs > 8.64e15)
    return refused(id, "invalid_time", "startTimeUnixNano", '"startTimeUnixNano" is not a time that exists.');

  const text = (meaning: Parameters<typeof findMeaning>[1], max?: number) => {
    const found = findMeaning(attributes, meaning);
    return found === undefined || Array.isArray(found.value) ? null : storableText(String(found.value), max);
  };
  const modelRequested = text("modelRequested") ?? text("modelServed");
  if (!modelRequested) {
    return refused(id, "missing_field", "gen_ai.request.model", '"gen_ai.request.model" or "gen_ai.response.model" is required.');
  }

  let usage: ReturnType<typeof readOtelUsage>;
  try {
    usage = readOtelUsage(attributes);
  } catch (error) {
    if (error instanceof BadTokens) return refused(id, "out_of_range", error.field, error.message);
    throw error;
  }

  const { mapping } = door;
  const layers = [attributes, resource, new Map([["gen_ai.operation.name", operation]])];
  const map = (rules: readonly string[]) => applyRules(rules, layers);
  const tags: Record<string, string> = {};
  for (const [key, rules] of Object.entries(mapping.tags)) {
    const value = map(rules);
    if (value !== null) tags[key] = value;
  }
  const reasons = finishReasons(attributes);
  if (reasons.length > 0) tags["finish_reason"] = reasons.join(",").slice(0, 200);

  const ttftSec = numberOf(findMeaning(attributes, "timeToFirst")?.value);
  const stream = findMeaning(attributes, "stream")?.value;
  const cost = numberOf(findMeaning(attributes, "cost")?.value);
  // A key that may write one tenant only attributes to it what no rule could place.
  const unmappedTenant = door.tenants !== "all" && door.tenants.length === 1 ? door.tenants[0]! : mapping.unmappedTenant;
  const native: NativeEvent = {
    id,
    occurredAt: new Date(startMs).toISOString(),
    tenant: map(mapping.tenant) ?? unmappedTenant,
    endpoint: map(mapping.endpoint) ?? mapping.unmappedEndpoint,
    feature: map(mapping.feature),
    route: map(mapping.route),
    provider: providerName(text("provider") ?? undefined),
    modelRequested,
    modelServed: text("modelServed") ?? modelRequested,
    gateway: map(mapping.gateway),
    region: map(mapping.region),
    requestId: text("responseId") ?? id,
    actionId: map(mapping.action) ?? traceId,
    actionStep: map(mapping.actionStep),
    ...classifyError(findMeaning(attributes, "errorType")?.value, statusCode(span), reasons),
    stream: stream === true || stream === "true" || ttftSec !== null,
    meters: usage.meters,
    timing: {
      latencyMs: Number(endNano - startNano) / 1e6,
      ttftMs: ttftSec === null ? null : ttftSec * 1000,
    },
    serviceTier: text("serviceTier", 64),
    ...(cost !== null && cost >= 0 && cost < 1e9 ? { providerCostUsd: cost.toFixed(12) } : {}),
    tags,
  };
  const read = readNativeEvent(native, door);
  if ("refusal" in read) return { kind: "refused", id, refusal: read.refusal };
  const event: UsageEvent = { ...read.event, dialect: "otel", usageRaw: usage.usageRaw, tokenMismatch: usage.tokenMismatch };
  event.contentHash = contentHashOf(event);
  return { kind: "event", event };
}

function finishReasons(attributes: Attributes): string[] {
  const value = findMeaning(attributes, "finishReasons")?.value;
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((entry) => storableText(String(entry), 64) ?? []);
}

/** A finite number, or null: a sender's slip in a timing must not cost the event. */
function numberOf(value: unknown): number | null {
  const number = readDouble(value);
  return number !== undefined && Number.isFinite(number) ? number : null;
}

function statusCode(span: Record<string, unknown>): unknown {
  const status = own(span, "status");
  return isTree(status) ? own(status, "code") : undefined;
}

function refused(id: string | null, code: Refusal["code"], field: string | null, message: string): SpanReading {
  return { kind: "refused", id, refusal: { code, field, message } };
}
