/**
 * The three verbs of the OTLP door. Accepted means durable: spans are in the ingest queue, metric points in PostgreSQL,
 * before the answer is made. Logs are counted and let go.
 */
import { type Ctx } from "@/lib/auth/actor";
import type { QueueHandle } from "@/lib/queue";
import { loadWorkspace } from "@/lib/workspace";
import { hash64 } from "../content-hash";
import { enqueueBatch, requireRoomInQueue, type IngestJob } from "../job";
import { readBody } from "../read-body";
import { USAGE_LIMITS } from "../schemas";
import { addDeadLetters, countRejected } from "../store";
import { parseOtlpMapping } from "./mapping";
import { readMetrics } from "./read-metrics";
import { eachScope, readTraces, type RefusedItem } from "./read-traces";
import { listOf, NotOtlp } from "./scalars";
import { countOtlp, storeMetricPoints, type OtlpCounts } from "./store";
import { decodeRequest, exportAnswer, notOtlp, type Encoding, type Signal } from "./wire";

/** Exporters batch up to 512 spans by default and may carry prompts, which are dropped: room for that. */
const OTLP_MAX_BYTES = 16 * 1024 * 1024;

export interface Export {
  encoding: Encoding;
  request: Request;
  queue: QueueHandle<IngestJob>;
}

export async function receiveTraces(ctx: Ctx, { encoding, request, queue }: Export): Promise<Response> {
  await requireRoomInQueue(queue);
  const body = decodeRequest("traces", encoding, await readBody(request, OTLP_MAX_BYTES));
  const { otlpMapping, rawRetentionDays } = await loadWorkspace(ctx.db);
  const receivedAt = ctx.now.getTime();
  const apiKeyId = keyOf(ctx);
  const door = {
    now: receivedAt,
    rawRetentionDays,
    tenants: ctx.actor.tenants,
    apiKeyId,
    mapping: parseOtlpMapping(otlpMapping),
  };
  const reading = asOtlp("traces", encoding, () => readTraces(body, door));
  for (let at = 0; at < reading.events.length; at += USAGE_LIMITS.events) {
    const items = reading.events.slice(at, at + USAGE_LIMITS.events);
    await enqueueBatch(queue, { kind: "usage", items, receivedAt, apiKeyId });
  }
  const refused = reading.refused.length;
  await count(ctx, "traces", { received: reading.spans, stored: reading.events.length, ignored: reading.ignored, refused });
  if (refused > 0) {
    await noteRefused(ctx, reading.refused).catch((error: unknown) =>
      ctx.log.warn({ err: error }, "rejected spans could not be noted"),
    );
  }
  return exportAnswer("traces", encoding, refused, explain("span", reading.refused));
}

export async function receiveMetrics(ctx: Ctx, { encoding, request }: Omit<Export, "queue">): Promise<Response> {
  const body = decodeRequest("metrics", encoding, await readBody(request, OTLP_MAX_BYTES));
  const { otlpMapping } = await loadWorkspace(ctx.db);
  const door = { now: ctx.now.getTime(), tenants: ctx.actor.tenants, mapping: parseOtlpMapping(otlpMapping) };
  const reading = asOtlp("metrics", encoding, () => readMetrics(body, door));
  const stored = await storeMetricPoints(ctx.db.pool, reading.stored, ctx.now, keyOf(ctx));
  const refused = reading.refused.length;
  await count(ctx, "metrics", { received: reading.points, stored, ignored: reading.points - stored - refused, refused });
  return exportAnswer("metrics", encoding, refused, explain("data point", reading.refused));
}

export async function receiveLogs(ctx: Ctx, { encoding, request }: Omit<Export, "queue">): Promise<Response> {
  const body = decodeRequest("logs", encoding, await readBody(request, OTLP_MAX_BYTES));
  let records = 0;
  asOtlp("logs", encoding, () =>
    eachScope(body, { resources: "resourceLogs", scopes: "scopeLogs" }, (scope) => {
      records += listOf(scope, "logRecords").length;
    }),
  );
  await count(ctx, "logs", { received: records, stored: 0, ignored: records, refused: 0 });
  return exportAnswer("logs", encoding, 0, "");
}

const keyOf = (ctx: Ctx) => (ctx.actor.kind === "api_key" ? ctx.actor.id : null);

/** A tree that is not OTLP is a bad body, not a fault of ours. */
function asOtlp<T>(signal: Signal, encoding: Encoding, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof NotOtlp) throw notOtlp(signal, encoding, cause);
    throw cause;
  }
}

/** Counters are for people to look at; failing to count must not make a sender repeat what is safe already. */
async function count(ctx: Ctx, signal: Signal, counts: OtlpCounts): Promise<void> {
  if (counts.received === 0) return;
  await countOtlp(ctx.db.pool, signal, ctx.now, counts).catch((error: unknown) =>
    ctx.log.warn({ err: error, signal }, "an OTLP request could not be counted"),
  );
}

const HOUR_MS = 3_600_000;

/**
 * Exporters rarely show a partial success to anybody. So each kind of refusal is kept as one dead letter an hour and
 * sender, without content, beside the count of all of them.
 */
async function noteRefused(ctx: Ctx, refused: readonly RefusedItem[]): Promise<void> {
  const receivedAt = ctx.now.getTime();
  await countRejected(ctx.db.pool, receivedAt, new Map([["", refused.length]]));
  const kinds = new Map(refused.map((item) => [`${item.code}\n${item.field}`, item]));
  await addDeadLetters(
    ctx.db.pool,
    [...kinds].map(([kind, { code, field, message, id }]) => ({
      receivedAt,
      source: "otlp",
      code,
      field,
      reason: message,
      eventId: id,
      tenant: ctx.actor.tenants !== "all" && ctx.actor.tenants.length === 1 ? ctx.actor.tenants[0]! : null,
      payload: { id, code, field, message },
      fingerprint: hash64(`otlp\n${keyOf(ctx)}\n${Math.floor(receivedAt / HOUR_MS)}\n${kind}`),
    })),
  );
}

const EXPLAINED = 5;

function explain(noun: string, refused: readonly RefusedItem[]): string {
  const first = refused
    .slice(0, EXPLAINED)
    .map((item) => `${noun} ${item.index}${item.id === null ? "" : ` (${item.id})`}: ${item.message}`);
  const more = refused.length > EXPLAINED ? ` … and ${refused.length - EXPLAINED} more` : "";
  return first.join(" ") + more;
}
