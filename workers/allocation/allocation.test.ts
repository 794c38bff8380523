/** Readings and requests through the real ingest, allocated by the real worker's steps. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allocatePending, createTerm, findHours, listAllocations, withdrawTerm } from "@/lib/allocation";
import type { Allocations } from "@/lib/allocation/schemas";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { runQuery } from "@/lib/metrics";
import { Decimal } from "@/lib/money";
import type { NativeEvent, Sample } from "@/lib/telemetry";
import type { TestDatabase } from "@/lib/testing/database";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/time";
import { ingestSamples } from "../ingest/samples";
import { ctxOf, pricedDatabase, store } from "../repricing/testing";

const log = createLogger("test");
/** Yesterday, so that a whole day before it can be what weights are fitted on. */
const DAY = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
const NOW = new Date(DAY + 3 * HOUR_MS);
const period = { from: new Date(DAY).toISOString(), to: NOW.toISOString() };

let db: TestDatabase;
let ctx: Ctx;

/** Five minutes of one L4 ($0.75 an hour): W = 20 s per 1M uncached and 80 s per 1M output tokens, exactly. */
const reading = (at: number, uncached: number, output: number): Sample => ({
  node: "n1",
  pool: "llama",
  at: new Date(at).toISOString(),
  intervalSec: 300,
  gpuCount: 1,
  gpuType: "NVIDIA L4",
  model: "llama-3.1-8b-instruct",
  engine: "vllm",
  region: "eu-west-1",
  engineActive: (uncached * 20 + output * 80) / 1e6 / 300,
  promptTokens: uncached,
  cachedTokens: 0,
  generatedTokens: output,
  energyMj: 3_000_000,
});
const call = (id: string, at: number, tenant: string, input: number, output: number): Partial<NativeEvent> => ({
  id,
  requestId: id,
  occurredAt: new Date(at).toISOString(),
  tenant,
  endpoint: "chat",
  provider: "self-hosted",
  modelRequested: "llama-3.1-8b-instruct",
  modelServed: "llama-3.1-8b-instruct",
  pool: "llama",
  node: "n1",
  status: "success",
  attempt: 1,
  final: true,
  meters: { input, output },
});

const samples = (items: readonly Sample[]) => ingestSamples({ db, log }, { items: [...items], receivedAt: Date.now() });
const work = async () => {
  await findHours(db, { now: NOW, backMs: 3 * DAY_MS });
  let done = 0;
  for (let piece = 1; piece > 0;) done += piece = await allocatePending(db, { now: NOW });
  return done;
};
const llama = (answer: Allocations) => answer.pools.find(({ pool }) => pool === "llama")!;
const plain = (usd: string) => new Decimal(usd).toFixed(6);

beforeAll(async () => {
  db = await pricedDatabase();
  ctx = { ...ctxOf(db), now: NOW };
  await db.pool.query("update workspace set raw_retention_days = 35");
  // The day before: 288 readings of changing mix.
  const history = Array.from({ length: 288 }, (_, n) =>
    reading(DAY - DAY_MS + n * 5 * MINUTE_MS + 1_000, 1e5 * (1 + (n % 7)), 2e5 * (1 + (n % 5))),
  );
  // One hour today: 12 readings, each 100 s of 300 busy.
  const today = Array.from({ length: 12 }, (_, n) => reading(DAY + n * 5 * MINUTE_MS + 1_000, 1e6, 1e6));
  await samples([...history, ...today]);
  await store(db, DAY + HOUR_MS, [
    call("a", DAY + 60_000, "acme", 3_000_000, 1_000_000),
    call("b", DAY + 120_000, "globex", 1_000_000, 1_500_000),
  ]);
}, 60_000);
afterAll(() => db.close());

describe("closed hours of a pool", () => {
  it("are allocated by fitted work: 20 and 80 GPU-seconds per 1M tokens, so 140 of acme and 140 of globex", async () => {
    expect(await work()).toBe(25);
    const pool = llama(await listAllocations(ctx, period));
    expect(pool.methods).toEqual([{ method: "work-nnls", hours: 1 }]);
    expect(pool.fit).toMatchObject({ uncached: 20, cached: 0, decode: 80, observations: 288, trusted: true });
    expect(pool.fit!.r2!.toFixed(6)).toBe("1.000000");
    // $0.75 an hour, a third of it busy: $0.25, half of it each. Idle is charged to nobody unless a term says so.
    expect(pool.tenants.map(({ tenant, busyUsd, allocatedUsd }) => [tenant, plain(busyUsd), plain(allocatedUsd)])).toEqual([
      ["acme", "0.125000", "0.125000"],
      ["globex", "0.125000", "0.125000"],
    ]);
    expect(pool.bill).toMatchObject({ totalUsd: "0.75", residualUsd: "0" });
    expect(plain(pool.bill!.idleUnallocatedUsd)).toBe("0.500000");
  });

  it("are left alone when nothing changed, whoever looks again", async () => {
    expect(await work()).toBe(0);
    const rows = () => db.pool.query("select * from telemetry.gpu_allocation order by hour, pool, tenant");
    const before = (await rows()).rows;
    await db.pool.query("update telemetry.gpu_hour set done = null");
    const both = await Promise.all([allocatePending(db, { now: NOW, hours: 20 }), allocatePending(db, { now: NOW, hours: 20 })]);
    expect(both[0]! + both[1]!).toBe(25);
    expect((await rows()).rows).toEqual(before);
  });

  it("add up to the bill in the catalogue, by tenant, pool and hour", async () => {
    const { rows } = await runQuery(ctx, {
      metrics: ["gpu_bill_usd", "gpu_allocated_usd", "gpu_unallocated_idle_usd", "gpu_residual_usd", "gpu_cost_usd"],
      groupBy: ["pool"],
      ...period,
    });
    const value = (metric: string) => new Decimal((rows[0]![metric] as { value: string }).value);
    expect(value("gpu_bill_usd").toFixed()).toBe("0.75");
    expect(value("gpu_cost_usd").toFixed()).toBe("0.75");
    expect(value("gpu_allocated_usd").add(value("gpu_unallocated_idle_usd")).add(value("gpu_residual_usd")).toFixed()).toBe(
      "0.75",
    );
  });

  it("show somebody who is limited to a tenant only that tenant's part, and no bill", async () => {
    const limited: Ctx = { ...ctx, actor: { ...SYSTEM_ACTOR, tenants: ["acme"] } };
    const answer = await listAllocations(limited, period);
    expect(answer).toMatchObject({ limited: true, lines: null });
    expect(llama(answer)).toMatchObject({ bill: null, breakEven: null });
    expect(llama(answer).tenants.map(({ tenant, share }) => [tenant, share])).toEqual([["acme", null]]);
    expect(JSON.stringify(answer)).not.toContain("globex");
    const { rows } = await runQuery(limited, { metrics: ["gpu_bill_usd"], groupBy: ["tenant"], ...period });
    expect(rows.map((row) => row["tenant"])).toEqual(["acme"]);
    const stranger = await listAllocations({ ...ctx, actor: { ...SYSTEM_ACTOR, tenants: ["umbrella"] } }, period);
    expect(stranger.pools).toEqual([]);
  });

  it("are restated when a request comes late: 280 of 420 were theirs, so the busy quarter dollar moves by a third", async () => {
    await store(db, NOW.getTime(), [call("late", DAY + 180_000, "initech", 7_000_000, 0)]);
    expect(await work()).toBe(1);
    const answer = await listAllocations(ctx, period);
    expect(answer.restatedHours).toBe(1);
    expect(llama(answer).tenants.map(({ busyUsd }) => plain(busyUsd))).toEqual(["0.083333", "0.083333", "0.083333"]);
    const { rows } = await db.pool.query<{ revision: number; moved_nano: bigint }>(
      "select revision, moved_nano from telemetry.gpu_hour where hour = $1",
      [new Date(DAY)],
    );
    // Two lost 41.67 milli-dollars each, one won 83.33.
    expect(rows[0]!.revision).toBe(3);
    expect(Number(rows[0]!.moved_nano) / 1e9).toBeCloseTo(0.1666, 3);
  });

  it("follow the terms: idle by weight from a term on, and back when it is withdrawn; both are audited", async () => {
    const term = await createTerm(ctx, {
      terms: { kind: "idle", pool: "llama", mode: "weighted" },
      effectiveFrom: new Date(DAY).toISOString(),
      note: "Platform team, November",
    });
    expect(await work()).toBe(1);
    const charged = llama(await listAllocations(ctx, period));
    expect(charged.idleMode).toBe("weighted");
    expect(charged.tenants.map(({ busyUsd, allocatedUsd }) => [plain(busyUsd), plain(allocatedUsd)])).toEqual(
      Array.from({ length: 3 }, () => ["0.083333", "0.250000"]),
    );
    expect(charged.bill).toMatchObject({ idleUnallocatedUsd: "0", totalUsd: "0.75" });
    await expect(
      createTerm(ctx, {
        terms: { kind: "idle", pool: "llama", mode: "even" },
        effectiveFrom: new Date(DAY).toISOString(),
        note: "Another word on it",
      }),
    ).rejects.toThrow(/already speaks/);
    await withdrawTerm(ctx, term.id);
    expect(await work()).toBe(1);
    expect(llama(await listAllocations(ctx, period)).idleMode).toBe("none");
    const { rows } = await db.pool.query<{ action: string }>(
      "select action from audit_event where action like 'gpu_term.%' order by seq",
    );
    expect(rows.map(({ action }) => action)).toEqual(["gpu_term.create", "gpu_term.withdraw"]);
  });

  it("have energy and carbon at the building's meter: 12 × 3e6 mJ are 0.01 kWh, PUE 1.3 and 0.35 kg make 0.00455 kg", async () => {
    const { rows } = await runQuery(ctx, {
      metrics: ["energy_kwh", "facility_kwh", "energy_cost_usd", "carbon_kg"],
      groupBy: ["modelServed"],
      ...period,
    });
    const shown = (metric: string) => Number((rows[0]![metric] as { value: string }).value).toFixed(6);
    expect(rows[0]!["modelServed"]).toBe("llama-3.1-8b-instruct");
    expect([shown("energy_kwh"), shown("facility_kwh"), shown("energy_cost_usd"), shown("carbon_kg")]).toEqual([
      "0.010000",
      "0.013000",
      "0.001300",
      "0.004550",
    ]);
    const byTenant = await runQuery(ctx, { metrics: ["gpu_allocated_carbon_kg"], groupBy: ["tenant"], ...period });
    const sum = byTenant.rows.reduce(
      (total, row) => total + Number((row["gpu_allocated_carbon_kg"] as { value: string }).value),
      0,
    );
    expect(sum.toFixed(6)).toBe("0.004550");
  });
});
