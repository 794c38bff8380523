import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx, type Role, type TenantScope } from "@/lib/auth/actor";
import { setFxRates } from "@/lib/currency";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { applyNodeRollups, applyRollups, buildRollupDeltas } from "@/lib/metrics";
import { randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import { toNanoUsd } from "@/lib/money";
import type { RatedEvent } from "@/lib/telemetry/event";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { getMonth, getStatement, moveStatement, readStatementLines, statementCsv } from "./index";

const MONTH = "2026-10";
const IN_OCTOBER = Date.parse("2026-10-10T10:00:00Z");
const NOVEMBER = new Date("2026-11-03T00:00:00Z");
let db: TestDatabase;
let made = 0;

const ctx = (over: { role?: Role; tenants?: TenantScope; now?: Date; name?: string } = {}): Ctx => ({
  actor: { ...SYSTEM_ACTOR, kind: "user", name: over.name ?? "Ada", role: over.role ?? "admin", tenants: over.tenants ?? "all" },
  db,
  now: over.now ?? NOVEMBER,
  log: createLogger("test"),
});

interface Spent {
  tenant: string;
  usd: string;
  model?: string;
  provider?: string;
  pool?: string | null;
  output?: number;
  at?: number;
}

async function spend(...costs: Spent[]): Promise<void> {
  const base = randomRatedEvent(seededRandom(1), "x", IN_OCTOBER);
  const events = costs.map(
    ({ tenant, usd, model = "gpt-4.1", provider = "openai", pool = null, output = 0, at = IN_OCTOBER }) => {
      const meters = {
        ...base.meters,
        input: 0,
        cacheRead: 0,
        cacheWrite5m: 0,
        cacheWrite1h: 0,
        output,
        audioIn: 0,
        audioOut: 0,
      };
      const event: RatedEvent = {
        ...base,
        id: `e${(made += 1)}`,
        occurredAt: at,
        tenant,
        provider,
        pool,
        modelServed: model,
        cacheLayer: "none",
        cacheHit: false,
        shadow: false,
        meters,
        rating: { ...base.rating, costNanoUsd: toNanoUsd(usd), pricingState: "priced" },
      };
      return event;
    },
  );
  await withTransaction(db.pool, (client) =>
    applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), { now: NOVEMBER }),
  );
}

/** A node of a pool ran for an hour, busy for `busyUsd` and idle for `idleUsd`; the hour is allocated as `shares` says. */
async function bill(pool: string, busyUsd: string, idleUsd: string, shares: Record<string, string>): Promise<void> {
  const day = "2026-10-10";
  const none = {
    memoryUsedMib: null,
    memoryTotalMib: null,
    kvCacheUsage: null,
    running: null,
    waiting: null,
    promptTokens: null,
  };
  const reading = {
    ...none,
    node: `${pool}-n1`,
    at: Date.parse(`${day}T11:00:00Z`),
    pool,
    engine: "vllm",
    intervalSec: 3_600,
    cachedTokens: null,
    generatedTokens: null,
    preemptions: null,
    powerWatts: null,
    energyMj: null,
    busyGpuMs: 1_800_000n,
    idleGpuMs: 1_800_000n,
    busyNano: toNanoUsd(busyUsd),
    idleNano: toNanoUsd(idleUsd),
  };
  await withTransaction(db.pool, (client) => applyNodeRollups(client, [reading], { timeZone: "UTC", now: NOVEMBER }));
  await db.pool.query(
    `insert into telemetry.gpu_pool_hour (hour, pool, method, idle_mode, busy_nano, idle_nano, lines, other_nano, unallocated_busy_nano,
       unallocated_idle_nano, unallocated_other_nano, busy_gpu_ms, idle_gpu_ms, energy_mj, unallocated_energy_mj, carbon_mg, unallocated_carbon_mg)
     values ($1, $2, 'work-ratio', 'none', $3, $4, '[]', 0, 0, $4, 0, 1800000, 1800000, 0, 0, 0, 0)`,
    [`${day}T10:00:00Z`, pool, reading.busyNano.toString(), reading.idleNano.toString()],
  );
  for (const [tenant, usd] of Object.entries(shares)) {
    await db.pool.query(
      `insert into telemetry.gpu_allocation (hour, pool, tenant, endpoint, requests, uncached_tokens, cached_tokens, decode_tokens, busy_nano,
         idle_nano, other_nano, busy_gpu_ms, energy_mj, carbon_mg) values ($1, $2, $3, 'x', 1, 0, 0, 1, $4, 0, 0, 900000, 0, 0)`,
      [`${day}T10:00:00Z`, pool, tenant, toNanoUsd(usd).toString()],
    );
  }
}

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await db.prisma.tenant.createMany({ data: ["acme", "bolt"].map((id) => ({ id, name: id.toUpperCase() })) });
  await spend(
    { tenant: "acme", usd: "60.006" },
    { tenant: "bolt", usd: "30.003" },
    // The internal rate of a pool with a bill is not charged as well.
    { tenant: "acme", usd: "5", provider: "self-hosted", model: "llama", pool: "llama-pool", output: 3_000_000 },
    { tenant: "bolt", usd: "5", provider: "self-hosted", model: "llama", pool: "llama-pool", output: 1_000_000 },
    // A pool whose nodes report nothing is charged at its internal rate.
    { tenant: "bolt", usd: "2", provider: "self-hosted", model: "qwen", pool: "dark-pool", output: 1_000 },
    { tenant: "acme", usd: "99", at: Date.parse("2026-11-01T00:00:00Z") },
  );
  await bill("llama-pool", "8", "20.001", { acme: "6", bolt: "2" });
});
afterAll(() => db.close());

const charges = (lines: readonly { kind: string; amount: string; correction: boolean }[]) =>
  lines.map(({ kind, amount, correction }) => `${kind} ${amount}${correction ? " correction" : ""}`);

describe("a month of two tenants and two pools", () => {
  it("charges providers directly, GPUs by work, and shows idle as nobody's: 66.01 + 34.00 + 20.00 = the bill", async () => {
    const month = await getMonth(ctx(), MONTH);
    // acme 60.006 + 6 = 66.006, bolt 30.003 + 2 + 2 = 34.003, idle 20.001: 120.01 in all. The cents left over go by remainder.
    expect(month.tenants.map(({ tenant, total, direct, shared }) => [tenant, total, direct, shared])).toEqual([
      ["acme", "66.01", "60.01", "6.00"],
      ["bolt", "34.00", "32.00", "2.00"],
    ]);
    expect(charges(month.unallocated!)).toEqual(["idle 20.00"]);
    expect([month.total, month.currency, month.state]).toEqual(["120.01", "USD", "provisional"]);
  });

  it("is estimated while it goes on, and 23 or 25 hours longer where the clocks change", async () => {
    expect((await getMonth(ctx({ now: new Date("2026-10-20T00:00:00Z") }), MONTH)).state).toBe("estimated");
    await db.prisma.workspace.update({ where: { id: 1 }, data: { timeZone: "Europe/Paris" } });
    const paris = { ...ctx(), db: { ...db } };
    expect(await getMonth(paris, MONTH)).toMatchObject({ from: "2026-09-30T22:00:00.000Z", to: "2026-10-31T23:00:00.000Z" });
    await db.prisma.workspace.update({ where: { id: 1 }, data: { timeZone: "UTC" } });
  });

  it("is shown to those who may see the tenant, and the rest of the bill to those who see all", async () => {
    const limited = ctx({ role: "viewer", tenants: ["bolt"] });
    const month = await getMonth(limited, MONTH);
    expect([month.tenants.map(({ tenant }) => tenant), month.unallocated, month.total]).toEqual([["bolt"], null, null]);
    await expect(getStatement(limited, { tenant: "acme", month: MONTH })).rejects.toMatchObject({ code: "not_found" });
    expect((await getStatement(limited, { tenant: "bolt", month: MONTH })).live.total).toBe("34.00");
  });
});

describe("a statement", () => {
  const of = { tenant: "acme", month: MONTH };

  it("is drawn up by an analyst, locked by an admin, and only as it was looked at", async () => {
    await expect(moveStatement(ctx({ role: "viewer" }), { action: "draft", ...of })).rejects.toMatchObject({ code: "forbidden" });
    const drawn = await moveStatement(ctx({ role: "analyst" }), { action: "draft", ...of });
    const { contentHash } = drawn.revisions[0]!;
    expect(drawn).toMatchObject({
      state: "provisional",
      revisions: [{ revision: 1, status: "draft", content: { total: "66.01" } }],
    });
    const lock = { action: "lock", ...of, contentHash };
    await expect(moveStatement(ctx({ role: "lead" }), lock)).rejects.toMatchObject({ code: "forbidden" });
    await expect(moveStatement(ctx(), { ...lock, contentHash: "other" })).rejects.toThrow("drawn up anew");
    await expect(moveStatement(ctx({ now: new Date("2026-10-31T23:59:59Z") }), lock)).rejects.toThrow("goes on until");
    await expect(moveStatement(ctx({ tenants: ["bolt"] }), lock)).rejects.toMatchObject({ code: "not_found" });
    const locked = await moveStatement(ctx(), lock);
    expect(locked).toMatchObject({ state: "final", lateAmount: "0.00", revisions: [{ status: "locked", lockedBy: "Ada" }] });
    await expect(moveStatement(ctx(), { action: "draft", ...of })).rejects.toThrow("is locked");
    await expect(moveStatement(ctx(), { action: "restate", ...of, reason: "late" })).rejects.toThrow("Nothing changed");
  });

  it("does not change when late data come: they are corrections of a restatement", async () => {
    await spend({ tenant: "acme", usd: "2.5" }, { tenant: "acme", usd: "1", model: "o3" });
    const before = await getStatement(ctx(), of);
    expect([before.revisions[0]!.content.total, before.live.total, before.lateAmount]).toEqual(["66.01", "69.51", "3.50"]);
    await expect(moveStatement(ctx({ role: "analyst" }), { action: "restate", ...of, reason: "x" })).rejects.toMatchObject({
      code: "forbidden",
    });
    const drawn = await moveStatement(ctx(), { action: "restate", ...of, reason: "A gateway sent its backlog" });
    expect(charges(drawn.revisions[0]!.content.lines)).toEqual([
      "direct 60.01",
      "shared 6.00",
      "direct 2.50 correction",
      "direct 1.00 correction",
    ]);
    expect(drawn.revisions.map(({ revision, status }) => `${revision} ${status}`)).toEqual(["2 draft", "1 locked"]);
    const { contentHash } = drawn.revisions[0]!;
    const locked = await moveStatement(ctx(), { action: "lock", ...of, contentHash });
    expect(locked.revisions.map(({ revision, status, reason }) => [revision, status, reason])).toEqual([
      [2, "locked", "A gateway sent its backlog"],
      [1, "restated", null],
    ]);
    expect(locked.lateAmount).toBe("0.00");
  });

  it("cannot be changed or deleted behind the back of the verbs", async () => {
    await expect(db.pool.query("update statement set content = '{}' where revision = 1")).rejects.toThrow("is not changed");
    await expect(db.pool.query("delete from statement where status = 'locked'")).rejects.toThrow("is not deleted");
  });

  it("leaves an audit event a move, in its transaction", async () => {
    const { rows } = await db.pool.query<{ action: string; data: { total: string } }>(
      "select action, data from audit_event where subject = 'statement:2026-10:acme' order by seq",
    );
    expect(rows.map(({ action, data }) => `${action} ${data.total}`)).toEqual([
      "statement.draft 66.01",
      "statement.lock 66.01",
      "statement.restate 69.51",
      "statement.lock 69.51",
    ]);
  });

  it("is a CSV whose lines add up, with names that cannot be formulas", async () => {
    await spend({ tenant: "=cmd", usd: "1" });
    const { view, lines, status } = await readStatementLines(ctx(), { tenant: "=cmd", month: MONTH });
    expect(statementCsv(view, lines, status).split("\r\n")[1]).toBe(
      "'=cmd,2026-10,provisional,direct,gpt-4.1 at openai,openai,gpt-4.1,,,1,1.00,USD,1",
    );
    const acme = await readStatementLines(ctx(), of);
    expect(statementCsv(acme.view, acme.lines, acme.status)).toContain(",Correction,2.5,2.50,USD,1");
  });
});

describe("in another currency", () => {
  it("states the rate of the month's last day and where it is missing says so; a locked one keeps its own", async () => {
    await db.prisma.workspace.update({ where: { id: 1 }, data: { currency: "EUR" } });
    const euro = (): Ctx => ({ ...ctx(), db: { ...db } });
    await expect(getMonth(euro(), MONTH)).rejects.toThrow("There is no exchange rate for EUR on or before 2026-10-31");
    await setFxRates(ctx(), {
      rates: [
        { currency: "EUR", day: "2026-10-30", rate: "0.5" },
        { currency: "EUR", day: "2026-11-02", rate: "0.9" },
      ],
    });
    const bolt = await getStatement(euro(), { tenant: "bolt", month: MONTH });
    expect(bolt.live).toMatchObject({ currency: "EUR", rate: "0.5", rateDay: "2026-10-30", total: "17.00", exactUsd: "34.003" });
    const acme = await getStatement(euro(), { tenant: "acme", month: MONTH });
    expect(acme.live).toMatchObject({ currency: "USD", rate: "1", total: "69.51" });
  });
});
