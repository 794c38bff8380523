/**
 * Events inside a queue job: one JSON array per event, without field names — a third of the bytes and of the parse
 * time of objects. The order is the contract; `v` of the job guards it.
 */
import type { UsageEvent } from "./event";

type Cell = string | number | boolean | null | Record<string, string> | number[] | unknown;

export function encodeEvents(events: readonly UsageEvent[]): string {
  return JSON.stringify(events.map(toCells));
}

export function decodeEvents(text: string): UsageEvent[] {
  return (JSON.parse(text) as Cell[][]).map(fromCells);
}

function toCells(e: UsageEvent): Cell[] {
  const m = e.meters;
  return [
    e.id,
    e.occurredAt,
    e.tenant,
    e.endpoint,
    e.feature,
    e.route,
    e.provider,
    e.modelRequested,
    e.modelServed,
    e.gateway,
    e.pool,
    e.node,
    e.region,
    e.engine,
    e.precision,
    e.lane,
    e.requestId,
    e.attempt,
    e.final,
    e.actionId,
    e.actionStep,
    e.status,
    e.errorClass,
    e.cacheLayer,
    e.cacheHit,
    e.cacheSimilarity,
    e.stream,
    m.input,
    m.cacheRead,
    m.cacheWrite5m,
    m.cacheWrite1h,
    m.output,
    m.audioIn,
    m.audioOut,
    m.image,
    m.reasoning,
    e.queueMs,
    e.ttftMs,
    e.latencyMs,
    e.prefillMs,
    e.decodeMs,
    e.variant,
    e.generation,
    e.requestHash,
    e.prefixHash,
    e.serviceTier,
    e.batch,
    e.shadow,
    e.tags,
    e.dialect,
    e.usageRaw,
    e.tokenMismatch,
    e.providerCostNanoUsd === null ? null : e.providerCostNanoUsd.toString(),
    e.apiKeyId,
    e.contentHash.toString(),
  ];
}

function fromCells(c: Cell[]): UsageEvent {
  if (c.length !== 55) throw new Error(`An event in a queue job has ${c.length} cells, not 55.`);
  return {
    id: c[0] as string,
    occurredAt: c[1] as number,
    tenant: c[2] as string,
    endpoint: c[3] as string,
    feature: c[4] as string | null,
    route: c[5] as string | null,
    provider: c[6] as string,
    modelRequested: c[7] as string,
    modelServed: c[8] as string,
    gateway: c[9] as string | null,
    pool: c[10] as string | null,
    node: c[11] as string | null,
    region: c[12] as string | null,
    engine: c[13] as string | null,
    precision: c[14] as string | null,
    lane: c[15] as UsageEvent["lane"],
    requestId: c[16] as string,
    attempt: c[17] as number,
    final: c[18] as boolean,
    actionId: c[19] as string | null,
    actionStep: c[20] as string | null,
    status: c[21] as UsageEvent["status"],
    errorClass: c[22] as string | null,
    cacheLayer: c[23] as UsageEvent["cacheLayer"],
    cacheHit: c[24] as boolean,
    cacheSimilarity: c[25] as number | null,
    stream: c[26] as boolean,
    meters: {
      input: c[27] as number,
      cacheRead: c[28] as number,
      cacheWrite5m: c[29] as number,
      cacheWrite1h: c[30] as number,
      output: c[31] as number,
      audioIn: c[32] as number,
      audioOut: c[33] as number,
      image: c[34] as number,
      reasoning: c[35] as number,
    },
    queueMs: c[36] as number | null,
    ttftMs: c[37] as number | null,
    latencyMs: c[38] as number | null,
    prefillMs: c[39] as number | null,
    decodeMs: c[40] as number | null,
    variant: c[41] as UsageEvent["variant"],
    generation: c[42] as number | null,
    requestHash: c[43] as string | null,
    prefixHash: c[44] as string | null,
    serviceTier: c[45] as string | null,
    batch: c[46] as boolean,
    shadow: c[47] as boolean,
    tags: c[48] as Record<string, string>,
    dialect: c[49] as UsageEvent["dialect"],
    usageRaw: c[50],
    tokenMismatch: c[51] as number | null,
    providerCostNanoUsd: c[52] === null ? null : BigInt(c[52] as string),
    apiKeyId: c[53] as string | null,
    contentHash: BigInt(c[54] as string),
  };
}
