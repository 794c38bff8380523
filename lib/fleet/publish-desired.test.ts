import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { canonicalHash } from "@/lib/protocol/canonical";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { publishDesired, publishDesiredToAll, type DesiredOrder } from "./publish-desired";

const NOW = new Date("2026-11-20T12:00:00Z");
let db: TestDatabase;
let ctx: Ctx;

beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now: NOW, log: createLogger("test") };
});
afterAll(() => db.close());

async function newTarget(over: object = {}): Promise<string> {
  const data = { name: `t-${randomUUID()}`, connector: "engine", environment: "production", publicKey: {}, version: "1" };
  const row = await db.prisma.target.create({ data: { ...data, enrolledAt: NOW, stateAt: NOW, ...over } });
  return row.id;
}
const payload = (quantization: string) => ({
  schema: 1 as const,
  connector: "engine" as const,
  content: { engine: { quantization } },
});
const warrant = { policies: [{ kind: "engine", level: "pool", value: "llama", version: 1 }] };
const publish = (order: Omit<DesiredOrder, "warrant"> & { reason?: string; force?: boolean }) =>
  db.prisma.$transaction((tx) => publishDesired(tx, ctx, { reason: "test", warrant, ...order }));

describe("publishDesired", () => {
  it("counts generations up, keeps the same order as it is, and a rollback is a new generation with old content", async () => {
    const targetId = await newTarget();
    const first = await publish({ targetId, payload: payload("fp8") });
    expect(first).toEqual({ targetId, generation: 1, hash: canonicalHash(payload("fp8")), unchanged: false });
    expect(await publish({ targetId, payload: payload("fp8") })).toEqual({ ...first, unchanged: true });
    expect((await publish({ targetId, payload: payload("awq") })).generation).toBe(2);
    expect(await publish({ targetId, payload: payload("fp8") })).toMatchObject({ generation: 3, hash: first.hash });
    const history = await db.prisma.targetDesired.findMany({ where: { targetId }, include: { payload: true } });
    expect(history.map((one) => [one.generation, JSON.parse(one.payload.payload)])).toEqual([
      [1, payload("fp8")],
      [2, payload("awq")],
      [3, payload("fp8")],
    ]);
    expect(await db.prisma.target.findUniqueOrThrow({ where: { id: targetId } })).toMatchObject({
      desiredGeneration: 3,
      desiredHash: first.hash,
    });
  });

  it("makes a new generation when only the lease changes, or when forced", async () => {
    const targetId = await newTarget();
    await publish({ targetId, payload: payload("fp8"), leaseTtlSec: 900 });
    expect(await publish({ targetId, payload: payload("fp8"), leaseTtlSec: 900 })).toMatchObject({ unchanged: true });
    expect(await publish({ targetId, payload: payload("fp8") })).toMatchObject({ generation: 2, unchanged: false });
    expect(await publish({ targetId, payload: payload("fp8"), force: true })).toMatchObject({ generation: 3, unchanged: false });
    const history = await db.prisma.targetDesired.findMany({ where: { targetId }, orderBy: { generation: "asc" } });
    expect(history.map((one) => [one.leaseTtlSec, one.forced])).toEqual([
      [900, false],
      [null, false],
      [null, true],
    ]);
  });

  it("starts above what the target has seen, as after a restore from a backup", async () => {
    const targetId = await newTarget({ runningGeneration: 41, runningHash: "a".repeat(64) });
    await db.prisma.targetAck.create({
      data: { targetId, generation: 44, attempt: 1, bootId: randomUUID(), hash: "b".repeat(64), status: "failed", at: NOW },
    });
    expect((await publish({ targetId, payload: payload("fp8") })).generation).toBe(45);
  });

  it("orders many at once: one copy of the bytes, one audit row, one hint each at commit", async () => {
    const ids = [await newTarget(), await newTarget(), await newTarget()];
    const listener = new pg.Client({ connectionString: db.url });
    await listener.connect();
    const heard: string[] = [];
    const all = new Promise<void>((resolve) =>
      listener.on("notification", ({ payload: id }) => heard.push(id!) === ids.length && resolve()),
    );
    await listener.query("listen fleet_desired");
    const shared = payload("int4");
    const published = await db.prisma.$transaction((tx) =>
      publishDesiredToAll(tx, ctx, { reason: "wave", orders: ids.map((targetId) => ({ targetId, payload: shared, warrant })) }),
    );
    expect(published.map((one) => [one.targetId, one.generation])).toEqual(ids.map((id) => [id, 1]));
    await all;
    await listener.end();
    expect(heard.toSorted()).toEqual(ids.toSorted());
    expect(await db.prisma.targetPayload.count({ where: { hash: canonicalHash(shared) } })).toBe(1);
    const audit = await db.prisma.auditEvent.findMany({ where: { subject: "targets" } });
    expect(audit).toHaveLength(1);
    expect(audit[0]!.data).toMatchObject({ reason: "wave", targets: ids.map((target) => ({ target, generation: 1 })) });
  });

  it("two publishers at once give two generations", async () => {
    const targetId = await newTarget();
    const both = await Promise.all([publish({ targetId, payload: payload("a") }), publish({ targetId, payload: payload("b") })]);
    expect(both.map((one) => one.generation).toSorted()).toEqual([1, 2]);
  });

  it.each([
    [
      "another connector",
      {},
      { ...payload("fp8"), connector: "file" as const },
      /is a target of engine; this configuration is for file/,
    ],
    ["a revoked target", { state: "revoked" }, payload("fp8"), /is revoked/],
    ["two megabytes", {}, payload("x".repeat(2 * 1024 * 1024)), /larger than/],
  ])("refuses %s and writes nothing", async (_, over, order, message) => {
    const targetId = await newTarget(over);
    await expect(publish({ targetId, payload: order })).rejects.toThrow(message);
    expect(await db.prisma.targetDesired.count({ where: { targetId } })).toBe(0);
  });

  it("an order is never rewritten", async () => {
    const targetId = await newTarget();
    await publish({ targetId, payload: payload("fp8") });
    await expect(db.pool.query("update target_desired set reason = 'other' where target_id = $1", [targetId])).rejects.toThrow(
      /append-only/,
    );
  });
});
