import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { publishApproved } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken, releaseTarget, revokeTarget } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { desiredSchema, syncResponseSchema } from "@/lib/protocol/sync";
import { refuseDesired, trustsKeyList } from "@/lib/protocol/sign";
import type { SigningKey } from "@/lib/protocol";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer, type FleetServer } from "./fleet-server";
import { rotateSigningKey, signingKeyFile } from "./signing-keys";
import { newKeyPair, TestTarget } from "./testing/test-target";
import { makeSyncToken } from "@/lib/protocol/sync-token";

let db: TestDatabase;
let dataDir: string;
let server: FleetServer;
let url: string;
const log = createLogger("test");
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });
const payload = (quantization: string) => ({
  schema: 1 as const,
  connector: "engine" as const,
  content: { engine: { quantization } },
});
const publish = (targetId: string, quantization: string, over: object = {}) =>
  db.prisma.$transaction((tx) =>
    publishApproved(tx, ctx(), { targetId, payload: payload(quantization), reason: "test", ...over }),
  );
const token = async (over: object = {}) => (await createEnrolmentToken(ctx(), over)).token;
const readTarget = (id: string) => db.prisma.target.findUniqueOrThrow({ where: { id } });

let names = 0;
async function enrolled(): Promise<TestTarget> {
  names += 1;
  const target = new TestTarget(url, `node-${names}`);
  expect((await target.enrol(await token({ pool: "llama" }))).status).toBe(200);
  await target.sync();
  return target;
}

const start = (over: object = {}) =>
  startFleetServer({ databaseUrl: db.url, dataDir, host: "127.0.0.1", port: 0, log, holdMs: 1_000, ...over });

beforeAll(async () => {
  db = await testDatabase({ max: 5 });
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-fleet-"));
  server = await start();
  url = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await server.close();
  await db.close();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

describe("the way of an order", () => {
  it("reaches a parked target at once, signed for it, and is not said again once it runs", async () => {
    const target = await enrolled();
    const parked = target.sync();
    await expect.poll(async () => (await readTarget(target.id)).seq).toBe(1n);
    const published = await publish(target.id, "fp8");
    const { status, body } = await parked;
    expect(status).toBe(200);
    expect(syncResponseSchema.safeParse(body).success).toBe(true);
    const desired = desiredSchema.parse(body.desired);
    expect(desired).toMatchObject({ generation: 1, hash: published.hash, payload: payload("fp8"), leaseTtlSec: null });
    expect(refuseDesired(desired, { target: target.id, keys: target.keys, now: new Date(), newestGeneration: 0 })).toBeNull();

    target.runs(desired);
    const quiet = await target.sync();
    expect(quiet.body.desired).toBeUndefined();
    expect(await readTarget(target.id)).toMatchObject({ runningGeneration: 1, effectiveHash: published.hash, driftPolls: 0 });
    const acks = await db.prisma.targetAck.findMany({ where: { targetId: target.id } });
    expect(acks).toMatchObject([{ generation: 1, attempt: 1, status: "applied" }]);
  });

  it("does not offer again what failed there, until somebody insists", async () => {
    const target = await enrolled();
    const { hash } = await publish(target.id, "awq");
    expect((await target.sync()).body.desired?.generation).toBe(1);
    target.said = { lastAttempt: { generation: 1, hash, attempt: 1, status: "failed", error: "out of memory" } };
    expect((await target.sync()).body.desired).toBeUndefined();
    expect((await publish(target.id, "awq")).unchanged).toBe(true);
    await publish(target.id, "fp8");
    expect((await target.sync()).body.desired?.payload).toEqual(payload("fp8"));
    await publish(target.id, "awq");
    expect((await target.sync()).body.desired).toBeUndefined();
    await publish(target.id, "awq", { force: true });
    expect((await target.sync()).body.desired).toMatchObject({ generation: 4, hash });
  });

  it("gives a lease on with the order", async () => {
    const target = await enrolled();
    await publish(target.id, "fp8", { leaseTtlSec: 900 });
    expect((await target.sync()).body.desired?.leaseTtlSec).toBe(900);
  });

  it("says nothing at the end of the hold, and a newer word ends the older poll", async () => {
    const target = await enrolled();
    const older = target.sync();
    await expect.poll(async () => (await readTarget(target.id)).seq).toBe(1n);
    const newer = target.sync();
    expect((await older).body).toMatchObject({ holdMs: 1_200 });
    const began = performance.now();
    expect((await newer).body.desired).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it("asks for the full state when words were lost", async () => {
    const target = await enrolled();
    target.seq += 3;
    expect((await target.sync()).body.fullState).toBe(true);
    const hardware = { gpuType: "H200", gpuCount: 4, memoryTotalMib: null, engine: null, engineVersion: null, model: null };
    expect((await target.sync({ hardware })).body.fullState).toBeUndefined();
    expect((await readTarget(target.id)).hardware).toMatchObject({ gpuType: "H200" });
  });

  it("an older word that comes late changes nothing but keeps what nobody heard of", async () => {
    const target = await enrolled();
    const late = target.word({ lastAttempt: { generation: 3, hash: "a".repeat(64), attempt: 2, status: "refused" } });
    await target.sync({ version: "2.0.0" });
    const { status, body } = await target.send(late);
    expect([status, body.desired]).toEqual([200, undefined]);
    expect(await readTarget(target.id)).toMatchObject({ seq: 2n, version: "2.0.0", attemptGeneration: null });
    expect(await db.prisma.targetAck.findMany({ where: { targetId: target.id } })).toMatchObject([
      { generation: 3, attempt: 2, status: "refused" },
    ]);
  });
});

describe("who may sync", () => {
  it("refuses a copied token, another body, another key, an old token and no token", async () => {
    const target = await enrolled();
    const body = JSON.stringify(target.word());
    const good = await makeSyncToken(target.pair.key, { nodeId: target.id, body, now: new Date() });
    expect((await target.post(body, good)).status).toBe(200);
    const refusals = await Promise.all([
      target.post(body, good),
      target.post(
        body.replace("1.0.0", "9.9.9"),
        await makeSyncToken(target.pair.key, { nodeId: target.id, body, now: new Date() }),
      ),
      target.sync({}, { key: newKeyPair().key }),
      target.sync({}, { sentAt: new Date(Date.now() - 120_000) }),
      target.post(body, "nonsense"),
    ]);
    expect(refusals.map((one) => [one.status, one.body.code])).toEqual(refusals.map(() => [401, "bad_signature"]));
    expect((await readTarget(target.id)).version).toBe("1.0.0");
  });

  it("refuses a target that was never enrolled, and one that speaks for another", async () => {
    const target = await enrolled();
    const stranger = new TestTarget(url, "stranger");
    stranger.id = "11111111-1111-4111-8111-111111111111";
    expect(await stranger.sync()).toMatchObject({ status: 404, body: { code: "unknown_target" } });
    const other = await enrolled();
    expect(await target.sync({ nodeId: other.id })).toMatchObject({ status: 401, body: { code: "bad_signature" } });
  });

  it("a revoked target hears it while it is parked and at each word after, and its ingest key ends", async () => {
    const target = await enrolled();
    const parked = target.sync();
    await expect.poll(async () => (await readTarget(target.id)).seq).toBe(1n);
    await revokeTarget(ctx(), target.id, "machine was sold");
    expect(await parked).toMatchObject({ status: 403, body: { code: "revoked" } });
    expect(await target.sync()).toMatchObject({ status: 403, body: { code: "revoked" } });
    const { ingestKeyId } = await readTarget(target.id);
    expect((await db.prisma.apiKey.findUniqueOrThrow({ where: { id: ingestKeyId! } })).revokedAt).not.toBeNull();
  });

  it("quarantines both of two live programs, also the parked one, until an admin releases the target", async () => {
    const first = await enrolled();
    const second = Object.assign(new TestTarget(url, first.name), { id: first.id, pair: first.pair });
    await second.sync({}, { sentAt: new Date(Date.now() + 2_000) });
    const parked = second.sync();
    await expect.poll(async () => (await readTarget(first.id)).seq).toBe(1n);
    expect(await first.sync({}, { sentAt: new Date(Date.now() + 5_000) })).toMatchObject({
      status: 403,
      body: { code: "quarantined", detail: expect.stringMatching(/Two programs/) },
    });
    expect(await parked).toMatchObject({ status: 403, body: { code: "quarantined" } });
    expect(await second.sync()).toMatchObject({ status: 403, body: { code: "quarantined" } });
    const audit = await db.prisma.auditEvent.findMany({ where: { subject: `target:${first.id}` }, orderBy: { seq: "asc" } });
    expect(audit.map((row) => row.action)).toEqual(["target.enrol", "target.quarantine"]);
    await releaseTarget(ctx(), first.id, "the copy was stopped");
    expect((await second.sync()).status).toBe(200);
  });

  it("a late word of a start that ended is no second program", async () => {
    const target = await enrolled();
    const late = target.word();
    target.boot();
    await target.sync();
    expect((await target.send(late, { sentAt: new Date(Date.now() - 10_000) })).status).toBe(200);
    expect((await readTarget(target.id)).state).toBe("active");
  });

  it("changes its key in two steps, and an answer that got lost locks nobody out", async () => {
    const target = await enrolled();
    const next = newKeyPair();
    expect((await target.sync({ rotateTo: next.publicKey })).body.rotated).toEqual(next.publicKey);
    expect((await target.sync()).status).toBe(200);
    expect((await target.sync({}, { key: next.key })).status).toBe(200);
    expect((await target.sync()).body.code).toBe("bad_signature");
    expect((await target.sync({}, { key: next.key })).status).toBe(200);
  });
});

describe("bad input", () => {
  const post = (body: BodyInit, at = "sync", headers: Record<string, string> = {}) =>
    fetch(`${url}/api/fleet/v1/${at}`, { method: "POST", body, headers });

  it.each([
    ["not JSON", "enrol", "{", 400],
    ["NUL", "enrol", '{"name":"\\u0000"}', 400],
    ["an unknown key", "enrol", '{"surprise":1}', 400],
    ["100 kB", "enrol", JSON.stringify({ name: "x".repeat(100_000) }), 413],
    ["no token", "sync", "{}", 401],
    ["another path", "other", "{}", 404],
  ])("%s is refused with problem JSON", async (_, at, body, status) => {
    const response = await post(body, at);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) });
  });

  it("a target that asks without pause is told to wait, the others are not", async () => {
    const [wild, calm] = [await enrolled(), await enrolled()];
    await publish(wild.id, "fp8");
    // The same word again and again: each is answered with the same order, until it is too much.
    const word = wild.word();
    const answers = await Promise.all(Array.from({ length: 330 }, () => wild.send(word)));
    const busy = answers.filter((one) => one.status === 429);
    expect(busy.length).toBeGreaterThanOrEqual(10);
    expect(busy[0]!.retryAfter).toBe("10");
    const served = answers.filter((one) => one.status === 200);
    expect(served.map((one) => one.body.desired?.generation)).toEqual(served.map(() => 1));
    expect((await calm.sync()).status).toBe(200);
  });

  it("a signed word that is not as the protocol says is refused and changes nothing", async () => {
    const target = await enrolled();
    const body = JSON.stringify({ ...target.word(), extra: 1 });
    const signed = await makeSyncToken(target.pair.key, { nodeId: target.id, body, now: new Date() });
    expect((await target.post(body, signed)).status).toBe(400);
    expect((await readTarget(target.id)).seq).toBe(0n);
  });
});

describe("the signing key", () => {
  it("is readable by nobody else, and its rotation leads targets along", async () => {
    expect(fs.statSync(signingKeyFile(dataDir)).mode & 0o777).toBe(0o600);
    const target = await enrolled();
    const sleeper = await enrolled();
    expect(await rotateSigningKey(dataDir, async () => null)).toMatchObject({ step: "begun", serial: 1 });
    let keys: SigningKey[] = target.keys;
    const follow = async (one: TestTarget, serial: number, known: SigningKey[]) => {
      await expect
        .poll(async () => (await one.sync({ keySerial: serial })).body.signingKeys?.serial, { timeout: 8_000, interval: 50 })
        .toBe(serial + 1);
      const list = (await one.sync({ keySerial: serial })).body.signingKeys!;
      expect(trustsKeyList(list, known, serial)).toBe(true);
      return list.keys;
    };
    keys = await follow(target, 0, keys);
    expect(keys).toHaveLength(2);
    // The old key still signs.
    await publish(target.id, "fp8");
    const first = (await target.sync({ keySerial: 1 })).body.desired!;
    expect(first.keyId).toBe(target.keys[0]!.keyId);

    expect(await rotateSigningKey(dataDir, async () => "not yet")).toEqual({ refused: "not yet" });
    expect(await rotateSigningKey(dataDir, async () => null)).toMatchObject({ step: "finished", serial: 2 });
    keys = await follow(target, 1, keys);
    await publish(target.id, "awq");
    const second = (await target.sync({ keySerial: 2 })).body.desired!;
    expect(keys.map((key) => key.keyId)).toEqual([second.keyId]);
    expect(refuseDesired(second, { target: target.id, keys, now: new Date(), newestGeneration: 1 })).toBeNull();

    // Who slept through all of it trusts only the old key: it is led there list by list before it gets an order.
    await publish(sleeper.id, "fp8");
    const led = await sleeper.sync({ keySerial: 0 });
    expect(led.body.desired).toBeUndefined();
    const one = await follow(sleeper, 0, sleeper.keys);
    const two = await follow(sleeper, 1, one);
    expect(two).toEqual(keys);
    await expect
      .poll(async () => (await sleeper.sync({ keySerial: 2 })).body.desired?.keyId, { timeout: 10_000 })
      .toBe(two[0]!.keyId);
  });
});

describe("stopping", () => {
  it("answers parked polls with nothing, so that targets go on elsewhere", async () => {
    const another = await start({ holdMs: 50_000 });
    const target = await enrolled();
    target.url = `http://127.0.0.1:${another.port}`;
    const parked = target.sync();
    await expect.poll(async () => (await readTarget(target.id)).seq).toBe(1n);
    await another.close();
    expect(await parked).toMatchObject({ status: 200, body: { holdMs: 60_000 } });
    target.url = url;
    expect((await target.sync()).status).toBe(200);
  });

  it("says how it is", async () => {
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ ok: true, listening: true });
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/headroom_fleet_parked_polls \d/);
  });
});
