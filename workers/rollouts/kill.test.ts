/**
 * Real controllers (`workers/main.ts --roles rollouts`), killed with -9 at the worst moments; their PostgreSQL crashed under them,
 * their Redis flushed. Targets are rows that do as they are told. Afterwards every invariant is asked of the database.
 */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { brokenInvariants } from "@/lib/changes/invariants/broken-invariants";
import { actOnChange, commandRollout, createChange } from "@/lib/changes/store";
import { capOf, ctxOf, newGateways, newPerson } from "@/lib/changes/testing/workspace";
import { openDb, type Db } from "@/lib/db";
import { putInForce } from "@/lib/policies/store/testing";
import { ownPostgres, type OwnPostgres } from "@/lib/testing/own-postgres";
import { redisBinary, testRedis } from "../gateway/testing/redis";
import { killControllers, startController } from "./testing/controller-process";

let postgres: OwnPostgres;
let db: Db;
let analyst: Actor, lead: Actor;
const obedient = new Set<string>();
let obeying: NodeJS.Timeout;
const soon = { timeout: 90_000, interval: 100 };
const as = (actor: Actor) => ctxOf(db, actor, new Date());
const env = (more: Record<string, string> = {}) => ({ DATABASE_URL: postgres.url, REDIS_URL: "", ...more });

beforeAll(async () => {
  postgres = await ownPostgres();
  db = openDb(postgres.url, { max: 6 });
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  [analyst, lead] = [await newPerson(db, "analyst"), await newPerson(db, "lead")];
  await db.pool.query(
    `insert into fleet_server (id, listening_since, beat_at) values (gen_random_uuid(), now() - interval '1 hour', now() + interval '1 hour')`,
  );
  const obey = async () => {
    await db.pool
      .query(
        `update target set running_generation = desired_generation, running_hash = desired_hash, effective_hash = desired_hash,
           last_seen_at = now(), health = '{"ok": true, "crashes": 0, "figures": {}}' where id = any($1::uuid[])`,
        [[...obedient]],
      )
      .catch(() => undefined);
    obeying = setTimeout(() => void obey(), 100);
  };
  void obey();
}, 120_000);
afterAll(async () => {
  clearTimeout(obeying);
  killControllers();
  await db.close();
  await postgres.close();
});

interface Begun {
  rolloutId: string;
  changeId: string;
  environment: string;
  ids: string[];
}

/** Four gateways with a cap of 900 in force, and an approved change to 500 that has just been started: all of them in one step. */
async function begun(): Promise<Begun> {
  const { environment, ids } = await newGateways(db, 4);
  for (const id of ids) obedient.add(id);
  const scope = { level: "environment", value: environment } as const;
  await putInForce(as(lead), { kind: "tokens", scope, document: { maxOutputTokens: 900 }, baseVersion: 0, message: "before" });
  await expect.poll(() => runningOn(ids, "stable", null), soon).toBe(4);
  const plan = { strategy: "nodes" as const, sharesPercent: [100], soakMin: 0, bakeMin: 0, minTraffic: 0 };
  const { id } = await createChange(as(analyst), capOf(environment, 500, 1, { plan }));
  const { contentHash } = await db.prisma.change.findUniqueOrThrow({ where: { id } });
  await actOnChange(as(analyst), id, { kind: "submit", contentHash });
  await actOnChange(as(lead), id, { kind: "approve", contentHash });
  await actOnChange(as(lead), id, { kind: "start", contentHash });
  const rollout = await db.prisma.rollout.findUniqueOrThrow({ where: { changeId: id } });
  return { rolloutId: rollout.id, changeId: id, environment, ids };
}

/** How many of them run what they were given before, or by the rollout. */
async function runningOn(ids: readonly string[], which: "stable" | "final", rolloutId: string | null): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    rolloutId === null
      ? "select count(*)::int as n from target where id = any($1::uuid[]) and running_generation = 1"
      : `select count(*)::int as n from target t join rollout_target r on r.target_id = t.id and r.rollout_id = $2
         where t.id = any($1::uuid[]) and t.running_hash = r.${which}_hash`,
    rolloutId === null ? [ids] : [ids, rolloutId],
  );
  return rows[0]!.n;
}

const phaseOf = async ({ rolloutId }: Begun) =>
  (await db.prisma.rollout.findUniqueOrThrow({ where: { id: rolloutId }, select: { phase: true } })).phase;
const abort = ({ rolloutId }: Begun) => commandRollout(as(lead), rolloutId, { kind: "abort", reason: "a test" });

/** Half a minute goes by: what the dead one held is free. */
const leaseEnds = ({ rolloutId }: Begun) => db.pool.query("update rollout set lease_until = now() where id = $1", [rolloutId]);

/** Holds a target's row: whoever has moved the rollout and is about to order stands still there. */
async function holdTarget(id: string) {
  obedient.delete(id);
  const client = await db.pool.connect();
  await client.query("begin");
  await client.query("select 1 from target where id = $1 for update", [id]);
  const release = async () => {
    await client.query("rollback");
    client.release();
    obedient.add(id);
  };
  const somebodyWaits = async () => {
    const { rows } = await db.pool.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and query ilike '%from target t where t.id = any%for update%'`,
    );
    return rows[0]!.n;
  };
  return { release, somebodyWaits };
}

async function expectPromotedOnce({ rolloutId, changeId, environment, ids }: Begun): Promise<void> {
  expect(await db.prisma.change.findUniqueOrThrow({ where: { id: changeId } })).toMatchObject({ status: "promoted" });
  const versions = await db.prisma.policyVersion.findMany({ where: { scopeValue: environment }, orderBy: { version: "asc" } });
  expect(versions.map(({ document, changeId: by }) => [document, by === changeId])).toEqual([
    [{ maxOutputTokens: 900 }, false],
    [{ maxOutputTokens: 500 }, true],
  ]);
  // Each target: what was there, the change with a lease, the change for good. Nothing twice.
  for (const id of ids) {
    const orders = await db.prisma.targetDesired.findMany({ where: { targetId: id }, orderBy: { generation: "asc" } });
    expect(orders.map(({ generation, leaseTtlSec, rolloutId: by }) => [generation, leaseTtlSec, by === rolloutId])).toEqual([
      [1, null, false],
      [2, 900, true],
      [3, null, true],
    ]);
  }
  expect(await brokenInvariants(as(SYSTEM_ACTOR))).toEqual([]);
}

async function expectBack({ rolloutId, ids }: Begun): Promise<void> {
  expect(await runningOn(ids, "stable", rolloutId)).toBe(4);
  expect(await db.prisma.blastLock.count({ where: { rolloutId } })).toBe(0);
  expect(await brokenInvariants(as(SYSTEM_ACTOR))).toEqual([]);
}

describe("a controller that is killed with -9", () => {
  it("between the compare-and-set and the offer: nothing of that tick happened, and the next controller does it once", async () => {
    const one = await begun();
    const held = await holdTarget(one.ids[2]!);
    const first = await startController(env());
    await expect.poll(held.somebodyWaits, soon).toBe(1);
    await first.kill();
    await held.release();
    await expect.poll(held.somebodyWaits, soon).toBe(0);
    expect(await phaseOf(one)).toBe("preflight");
    expect(await db.prisma.targetDesired.count({ where: { targetId: { in: one.ids } } })).toBe(4);
    await leaseEnds(one);
    const second = await startController(env());
    await expect.poll(() => phaseOf(one), soon).toBe("promoted");
    await expectPromotedOnce(one);
    expect(await second.stop()).toBe(0);
  }, 180_000);

  it("mid-wave, with half of the targets on it: the next one goes on where it stood", async () => {
    const one = await begun();
    for (const id of one.ids.slice(2)) obedient.delete(id);
    await db.pool.query("update target set last_seen_at = now() + interval '1 hour' where id = any($1::uuid[])", [
      one.ids.slice(2),
    ]);
    const first = await startController(env());
    await expect.poll(() => runningOn(one.ids, "final", one.rolloutId), soon).toBe(2);
    expect(await phaseOf(one)).toBe("deploying");
    await first.kill();
    for (const id of one.ids) obedient.add(id);
    await leaseEnds(one);
    const second = await startController(env());
    await expect.poll(() => phaseOf(one), soon).toBe("promoted");
    await expectPromotedOnce(one);
    await second.stop();
  }, 180_000);

  it("mid-rollback, between the decision and the orders: the next one takes everybody back", async () => {
    const one = await begun();
    obedient.delete(one.ids[3]!);
    await db.pool.query("update target set last_seen_at = now() + interval '1 hour' where id = $1", [one.ids[3]]);
    const first = await startController(env());
    await expect.poll(() => runningOn(one.ids, "final", one.rolloutId), soon).toBe(3);
    const held = await holdTarget(one.ids[3]!);
    await abort(one);
    await expect.poll(held.somebodyWaits, soon).toBe(1);
    await first.kill();
    await held.release();
    await expect.poll(held.somebodyWaits, soon).toBe(0);
    expect(await phaseOf(one)).toBe("deploying");
    await leaseEnds(one);
    const second = await startController(env());
    await expect.poll(() => phaseOf(one), soon).toBe("rolled_back");
    await expectBack(one);
    await second.stop();
  }, 180_000);

  it("one of two: the other has its rollouts half a minute later, and both at once did nothing twice", async () => {
    const [one, two] = [await begun(), await begun()];
    const [first, second] = [await startController(env()), await startController(env())];
    await expect
      .poll(async () => (await db.prisma.rolloutTick.count({ where: { rolloutId: one.rolloutId } })) > 0, soon)
      .toBe(true);
    await first.kill();
    for (const rollout of [one, two]) {
      await expect.poll(() => phaseOf(rollout), soon).toBe("promoted");
      await expectPromotedOnce(rollout);
    }
    await second.stop();
  }, 180_000);
});

describe("what is under a controller", () => {
  it("PostgreSQL crashes mid-wave and comes back: the same controller goes on, nothing is done twice", async () => {
    const one = await begun();
    obedient.delete(one.ids[0]!);
    await db.pool.query("update target set last_seen_at = now() + interval '1 hour' where id = $1", [one.ids[0]]);
    const controller = await startController(env());
    await expect.poll(() => runningOn(one.ids, "final", one.rolloutId), soon).toBe(3);
    await postgres.crash();
    await postgres.restart();
    obedient.add(one.ids[0]!);
    await expect.poll(() => phaseOf(one).catch(() => "away"), soon).toBe("promoted");
    await expectPromotedOnce(one);
    await expect.poll(() => controller.healthy(), soon).toBe(true);
    expect(await controller.stop()).toBe(0);
  }, 180_000);

  const redisHere = redisBinary() !== null;
  if (!redisHere)
    console.warn("skipped: Redis flushed under a controller — redis-server is not installed (apt-get install redis-server)");
  it.skipIf(!redisHere)(
    "Redis is flushed and then gone: rollouts go on, because due work is found in PostgreSQL",
    async () => {
      const redis = await testRedis();
      const one = await begun();
      obedient.delete(one.ids[0]!);
      await db.pool.query("update target set last_seen_at = now() + interval '1 hour' where id = $1", [one.ids[0]]);
      const controller = await startController(env({ REDIS_URL: redis.url }));
      await expect.poll(() => runningOn(one.ids, "final", one.rolloutId), soon).toBe(3);
      const client = new Redis(redis.url);
      await client.flushall();
      client.disconnect();
      await redis.stop();
      obedient.add(one.ids[0]!);
      await expect.poll(() => phaseOf(one), soon).toBe("promoted");
      await expectPromotedOnce(one);
      await controller.kill();
    },
    180_000,
  );
});
