/**
 * GPU node readings → rows, busy and idle money, node rollups; once, all in one transaction. The key is (node, at):
 * only rows that were new are added to the rollups. Nodes and pools that nobody registered are made on first sight.
 */
import type { ClientBase } from "pg";
import { withTransaction } from "@/lib/db";
import { applyNodeRollups, type NodeReading } from "@/lib/metrics";
import { gpuSampleCost, loadGpuRates, type GpuRates } from "@/lib/pricing";
import { addDeadLetters, hash64, readSample, sampleId, type DeadLetter, type Sample } from "@/lib/telemetry";
import { loadWorkspace } from "@/lib/workspace";
import type { IngestDeps } from "./ingest-events";
import type { KindBatch } from "./kinds";

/** As stored: the columns of telemetry.node_sample. */
interface StoredSample extends NodeReading {
  sample: Sample;
}

interface NodeFacts {
  gpuType: string;
  commitment: string;
  region: string | null;
}

export interface SamplesResult {
  stored: number;
  duplicates: number;
  refused: number;
}

/** Safe to repeat, in any order, from any number of processes. */
export async function ingestSamples(deps: IngestDeps, batch: Omit<KindBatch, "apiKeyId">): Promise<SamplesResult> {
  const letters: DeadLetter[] = [];
  const first = new Map<string, Sample>();
  for (const item of batch.items) {
    const read = readSample(item, { now: batch.receivedAt, rawRetentionDays: Number.POSITIVE_INFINITY });
    if ("refusal" in read) letters.push(letterOf(batch.receivedAt, item, read.refusal.field, read.refusal.message));
    else if (!first.has(read.id)) first.set(read.id, read.item);
  }
  const samples = [...first.values()].sort((a, b) => (sampleId(a) < sampleId(b) ? -1 : 1));
  const [rates, { timeZone }] = await Promise.all([loadGpuRates(deps.db), loadWorkspace(deps.db)]);

  const stored = await withTransaction(deps.db.pool, async (client) => {
    const nodes = await registerNodes(client, samples);
    const priced = samples.map((sample) => priceSample(sample, nodes.get(sample.node)!, rates));
    const claimed = await storeSamples(client, priced);
    const fresh = priced.filter((reading) => claimed.has(sampleId(reading.sample)));
    await addDeadLetters(client, letters);
    await applyNodeRollups(client, fresh, { timeZone });
    return fresh.length;
  });
  return { stored, duplicates: batch.items.length - letters.length - stored, refused: letters.length };
}

/** Make unknown pools and nodes, and say what is registered about each node: an admin's word wins over the sample's. */
async function registerNodes(client: ClientBase, samples: readonly Sample[]): Promise<Map<string, NodeFacts>> {
  if (samples.length === 0) return new Map();
  const newest = new Map(samples.map((sample) => [sample.node, sample]));
  const byPool = [...new Map(samples.map((sample) => [sample.pool, sample])).values()].sort((a, b) => (a.pool < b.pool ? -1 : 1));
  const byNode = [...newest.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
  await client.query(
    `insert into pool (id, name, model, engine) select p, p, m, e from unnest($1::text[], $2::text[], $3::text[]) as x(p, m, e)
     on conflict do nothing`,
    [byPool.map((s) => s.pool), byPool.map((s) => s.model ?? "unknown"), byPool.map((s) => s.engine ?? "unknown")],
  );
  await client.query(
    `insert into node (id, pool_id, gpu_type, gpu_count, region, commitment)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[])
     on conflict (id) do update set gpu_type = excluded.gpu_type where node.gpu_type = 'unknown' and excluded.gpu_type <> 'unknown'`,
    [
      byNode.map((s) => s.node),
      byNode.map((s) => s.pool),
      byNode.map((s) => s.gpuType ?? "unknown"),
      byNode.map((s) => s.gpuCount),
      byNode.map((s) => s.region ?? null),
      byNode.map((s) => s.commitment ?? "on-demand"),
    ],
  );
  const { rows } = await client.query<{ id: string; gpu_type: string; commitment: string; region: string | null }>(
    "select id, gpu_type, commitment, region from node where id = any($1::text[])",
    [byNode.map((s) => s.node)],
  );
  return new Map(rows.map((row) => [row.id, { gpuType: row.gpu_type, commitment: row.commitment, region: row.region }]));
}

function priceSample(sample: Sample, node: NodeFacts, rates: GpuRates): StoredSample {
  const at = Date.parse(sample.at);
  const { gpuCount, intervalSec } = sample;
  const engineActive = sample.engineActive ?? null;
  const gpuUtil = sample.gpuUtil ?? null;
  const cost = gpuSampleCost(rates, {
    gpuType: node.gpuType,
    commitment: node.commitment,
    at,
    gpuCount,
    intervalSec,
    engineActive,
    gpuUtil,
  });
  return {
    sample,
    node: sample.node,
    at,
    pool: sample.pool,
    engine: sample.engine ?? null,
    region: sample.region ?? node.region,
    intervalSec,
    memoryUsedMib: sample.memoryUsedMib ?? null,
    memoryTotalMib: sample.memoryTotalMib ?? null,
    kvCacheUsage: sample.kvCacheUsage ?? null,
    running: sample.running ?? null,
    waiting: sample.waiting ?? null,
    promptTokens: sample.promptTokens ?? null,
    cachedTokens: sample.cachedTokens ?? null,
    generatedTokens: sample.generatedTokens ?? null,
    preemptions: sample.preemptions ?? null,
    powerWatts: sample.powerWatts ?? null,
    energyMj: sample.energyMj ?? null,
    busyGpuMs: cost.busyGpuMs,
    idleGpuMs: cost.idleGpuMs,
    busyNano: cost.busyNano,
    idleNano: cost.idleNano,
  };
}

/** Column, type and value of telemetry.node_sample, in one place. */
const COLUMNS: readonly [name: string, type: string, value: (reading: StoredSample) => unknown][] = [
  ["node", "text", (r) => r.node],
  ["at", "timestamptz", (r) => r.sample.at],
  ["pool", "text", (r) => r.pool],
  ["engine", "text", (r) => r.engine],
  ["model", "text", (r) => r.sample.model ?? null],
  ["gpu_count", "int", (r) => r.sample.gpuCount],
  ["interval_sec", "float8", (r) => r.intervalSec],
  ["engine_active", "float8", (r) => r.sample.engineActive ?? null],
  ["gpu_util", "float8", (r) => r.sample.gpuUtil ?? null],
  ["memory_used_mib", "float8", (r) => r.memoryUsedMib],
  ["memory_total_mib", "float8", (r) => r.memoryTotalMib],
  ["kv_cache_usage", "float8", (r) => r.kvCacheUsage],
  ["running", "float8", (r) => r.running],
  ["waiting", "float8", (r) => r.waiting],
  ["prompt_tokens", "float8", (r) => r.promptTokens],
  ["cached_tokens", "float8", (r) => r.cachedTokens],
  ["generated_tokens", "float8", (r) => r.generatedTokens],
  ["preemptions", "float8", (r) => r.preemptions],
  ["power_watts", "float8", (r) => r.powerWatts],
  ["energy_mj", "float8", (r) => r.energyMj],
  ["busy_gpu_ms", "bigint", (r) => r.busyGpuMs.toString()],
  ["idle_gpu_ms", "bigint", (r) => r.idleGpuMs.toString()],
  ["busy_nano", "bigint", (r) => r.busyNano.toString()],
  ["idle_nano", "bigint", (r) => r.idleNano.toString()],
  ["extra", "jsonb", (r) => (r.sample.extra ? JSON.stringify(r.sample.extra) : null)],
];
const INSERT_SAMPLES = `insert into telemetry.node_sample (${COLUMNS.map(([name]) => name).join(", ")})
  select * from unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ")})
  on conflict do nothing returning node, at`;

/** Returns the ids of those that were new. */
async function storeSamples(client: ClientBase, readings: readonly StoredSample[]): Promise<Set<string>> {
  if (readings.length === 0) return new Set();
  const { rows } = await client.query<{ node: string; at: Date }>(
    INSERT_SAMPLES,
    COLUMNS.map(([, , value]) => readings.map(value)),
  );
  return new Set(rows.map((row) => sampleId({ node: row.node, at: row.at.toISOString() })));
}

function letterOf(receivedAt: number, payload: unknown, field: string | null, reason: string): DeadLetter {
  return {
    receivedAt,
    source: "samples",
    code: "invalid_sample",
    field,
    reason,
    eventId: null,
    tenant: null,
    payload,
    fingerprint: hash64(`samples\n${JSON.stringify(payload)}`),
  };
}
