import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ctx, TenantScope } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { listPools, nodeState } from "./list-pools";
import { readConnection } from "./read-connection";
import type { PoolUsageReader } from "./reader";

const NOW = new Date("2026-11-20T12:00:00Z");
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

function ctxOf(tenants: TenantScope, id = randomUUID()): Ctx {
  return {
    actor: { kind: "user", id, name: "Ana", role: "analyst", tenants },
    db: database,
    now: NOW,
    log: createLogger("test"),
  };
}

/** Pool `llama` served three tenants; `spare` did nothing. */
const reader: PoolUsageReader = {
  work: async () => [
    { pool: "llama", tenant: "acme", uncachedTokens: 6_000_000n, cachedTokens: 0n, decodeTokens: 300_000n },
    { pool: "llama", tenant: "bolt", uncachedTokens: 1_000_000n, cachedTokens: 0n, decodeTokens: 900_000n },
    { pool: "llama", tenant: "cove", uncachedTokens: 500_000n, cachedTokens: 4_500_000n, decodeTokens: 100_000n },
    { pool: "", tenant: "acme", uncachedTokens: 9n, cachedTokens: 0n, decodeTokens: 0n },
  ],
};

describe("listPools", () => {
  beforeAll(async () => {
    await database.prisma.pool.create({
      data: {
        id: "llama",
        name: "Llama pool",
        model: "llama-3.3-70b",
        engine: "vllm",
        simulated: true,
        nodes: { create: { id: "gpu-1", gpuType: "H100", gpuCount: 8, simulated: true } },
      },
    });
    await database.prisma.pool.create({ data: { id: "spare", name: "Spare", model: "qwen", engine: "vllm" } });
    const sample = (node: string, pool: string, at: string, running: number) =>
      database.pool.query(
        `insert into telemetry.node_sample (node, at, pool, engine, model, gpu_count, interval_sec, gpu_util, kv_cache_usage,
           running, prompt_tokens, generated_tokens, busy_gpu_ms, idle_gpu_ms, busy_nano, idle_nano)
         values ($1, $2, $3, 'vllm', 'mistral', 4, 10, 0.5, 0.25, $4, 900, 100, 20000, 20000, 1, 1)`,
        [node, at, pool, running],
      );
    await sample("gpu-1", "llama", "2026-11-20T11:00:00Z", 1);
    await sample("gpu-1", "llama", "2026-11-20T11:59:00Z", 7);
    await sample("gpu-9", "found", "2026-11-20T09:00:00Z", 2);
  });

  it("joins what is registered with what was heard, newest sample only, and says how old it is", async () => {
    const pools = await listPools(ctxOf("all"), reader);
    expect(pools.map((p) => [p.id, p.name, p.model, p.simulated, p.nodes.length])).toEqual([
      ["found", "found", "mistral", false, 1],
      ["llama", "Llama pool", "llama-3.3-70b", true, 1],
      ["spare", "Spare", "qwen", false, 0],
    ]);
    expect(pools[1]!.nodes[0]).toMatchObject({
      id: "gpu-1",
      gpuType: "H100",
      gpuCount: 8,
      state: "live",
      // (900 + 100) tokens in 10 seconds
      reading: { at: "2026-11-20T11:59:00.000Z", running: 7, tokensPerSecond: 100, gpuUtilization: 0.5 },
    });
    expect(pools[0]!.nodes[0]).toMatchObject({ id: "gpu-9", gpuType: null, gpuCount: 4, state: "stale" });
  });

  it("shows a limited person only pools that served the own tenants, and no reading of what others do there", async () => {
    const pools = await listPools(ctxOf(["bolt"]), reader);
    expect(pools.map((p) => [p.id, p.nodes.map((n) => [n.state, n.reading])])).toEqual([["llama", [["live", null]]]]);
    expect(await listPools(ctxOf(["stranger"]), reader)).toEqual([]);
    expect(await listPools(ctxOf([]), reader)).toEqual([]);
  });

  it("calls a node live for exactly five minutes", () => {
    expect(nodeState(new Date("2026-11-20T11:55:00.000Z"), NOW)).toBe("live");
    expect(nodeState(new Date("2026-11-20T11:54:59.999Z"), NOW)).toBe("stale");
    expect(nodeState(null, NOW)).toBe("silent");
  });
});

describe("readConnection", () => {
  const keyId = randomUUID();
  const since = "2026-11-20T11:30:00Z";

  beforeAll(async () => {
    await database.prisma.tenant.create({ data: { id: "acme", name: "Acme" } });
    await database.prisma.apiKey.create({
      data: { id: keyId, name: "my laptop", prefix: "hr_abc123", hash: "h1", scopes: ["ingest"] },
    });
    await database.prisma.apiKey.create({
      data: { name: "acme only", prefix: "hr_acme00", hash: "h2", scopes: ["ingest"], tenantId: "acme" },
    });
    await database.pool.query("select telemetry.ensure_event_partition('2026-11-20')");
    const event = (id: string, tenant: string, received: string, key: string | null) =>
      database.pool.query(
        `insert into telemetry.event (id, occurred_at, received_at, tenant, endpoint, provider, model_requested, model_served, lane,
           request_id, attempt, final, status, cache_layer, cache_hit, stream, input, cache_read, cache_write_5m, cache_write_1h,
           output, audio_in, audio_out, image, reasoning, variant, batch, shadow, duplicate, first_of_action, tags, dialect,
           pricing_state, cost_nano, saved_nano, api_key_id)
         values ($1, $2, $2, $3, 'hello.world', 'openai', 'gpt-4o-mini', 'gpt-4o-mini', 'interactive', 'req-' || $1, 1, true,
           'success', 'none', false, false, 800, 100, 10, 0, 90, 0, 0, 0, 0, 'control', false, false, false, false, '{}',
           'native', 'priced', 174000, 0, $4)`,
        [id, received, tenant, key],
      );
    await event("old", "acme", "2026-11-20T11:29:59Z", keyId);
    await event("first", "acme", "2026-11-20T11:31:00Z", keyId);
    await event("second", "bolt", "2026-11-20T11:32:00Z", keyId);
    await event("foreign", "acme", "2026-11-20T11:33:00Z", null);
    const refused = (tenant: string | null, reason: string) =>
      database.pool.query(
        `insert into telemetry.dead_letter (received_at, source, code, field, reason, tenant, payload)
         values ('2026-11-20T11:34:00Z', 'api', 'invalid', 'meters', $2, $1, '{}')`,
        [tenant, reason],
      );
    await refused("bolt", "negative tokens");
    await refused(null, "no tenant");
  });

  it("shows the events of this key since then, newest first, with tokens and money, and every refusal", async () => {
    const connection = await readConnection(ctxOf("all"), { key: keyId, since });
    expect(connection.key).toEqual({ id: keyId, name: "my laptop", prefix: "hr_abc123", lastUsedAt: null });
    expect(connection.received.map((e) => e.id)).toEqual(["second", "first"]);
    // 800 + 100 + 10 + 90 tokens; 174,000 nano-USD
    expect(connection.received[1]).toMatchObject({ requestId: "req-first", totalTokens: "1000", costUsd: "0.000174" });
    expect(connection.refused.map((r) => r.reason).sort()).toEqual(["negative tokens", "no tenant"]);
  });

  it("finds the key by its prefix, and cuts a limited person's view to the own tenants", async () => {
    const connection = await readConnection(ctxOf(["acme"]), { key: "hr_abc123", since });
    expect(connection.received.map((e) => e.id)).toEqual(["first"]);
    expect(connection.refused).toEqual([]);
    expect((await readConnection(ctxOf([]), { key: "hr_abc123", since })).received).toEqual([]);
  });

  it("does not know a key that is bound to somebody else's tenant, nor one that does not exist", async () => {
    await expect(readConnection(ctxOf(["bolt"]), { key: "hr_acme00", since })).rejects.toThrow(/no API key/);
    await expect(readConnection(ctxOf("all"), { key: "hr_nobody", since })).rejects.toThrow(/no API key/);
  });
});
