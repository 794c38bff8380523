/** The real sync client against the real fleet server: what each promises the other. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { freePort } from "@/lib/db/embedded";
import { createEnrolmentToken, getTarget, publishDesired, releaseTarget } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { canonicalHash } from "@/lib/protocol";
import { enrol, startSyncClient, type Applier, type SyncClient } from "@/lib/protocol/client";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer, type FleetServer } from "./fleet-server";
import { rotateSigningKey } from "./signing-keys";

let db: TestDatabase;
let dir: string;
let port: number;
let server: FleetServer;
let names = 0;
const log = createLogger("test");
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });
const startServer = () =>
  startFleetServer({ databaseUrl: db.url, dataDir: path.join(dir, "console"), host: "127.0.0.1", port, log, holdMs: 300 });

beforeAll(async () => {
  db = await testDatabase();
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-fleet-"));
  port = await freePort();
  server = await startServer();
});
afterAll(async () => {
  await server.close();
  await db.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

/** An engine that runs whatever it is given, but for what it is told to choke on. */
class Engine implements Applier {
  runs: Record<string, unknown> | null = null;
  applied: string[] = [];
  chokesOn = "";
  refuse = () => null;
  effectiveHash = () => this.runs && canonicalHash(this.runs);
  health = () => ({ ok: true, crashes: 0, figures: {} });
  async apply(payload: Record<string, unknown>): Promise<void> {
    const { quantization } = (payload["content"] as { engine: { quantization: string } }).engine;
    if (quantization === this.chokesOn) throw new Error(`out of memory with ${quantization}`);
    this.applied.push(quantization);
    this.runs = payload;
  }
}

interface Node {
  id: string;
  engine: Engine;
  client: SyncClient;
  stateDir: string;
  publish(quantization: string, over?: object): Promise<{ generation: number }>;
  view(): Promise<Awaited<ReturnType<typeof getTarget>>["target"]>;
}

async function start(stateDir: string, engine: Engine, identity: Awaited<ReturnType<typeof enrol>>): Promise<SyncClient> {
  const client = await startSyncClient({
    stateDir,
    identity,
    consoleUrl: `http://127.0.0.1:${port}`,
    program: { version: "1.0.0" },
    connector: "engine",
    capabilities: () => ["restartEngine", "readBack"],
    applier: engine,
    log: () => undefined,
    timing: { pollGapMs: 50, reconnectJitterMs: 200, retryMs: 200, slowPollMs: 300, reapplyMs: 50 },
  });
  onTestFinished(() => client.close());
  return client;
}

async function node(): Promise<Node> {
  names += 1;
  const name = `node-${names}`;
  const stateDir = path.join(dir, name);
  const { token } = await createEnrolmentToken(ctx(), { connector: "engine", pool: "llama" });
  const identity = await enrol({
    stateDir,
    consoleUrl: `http://127.0.0.1:${port}`,
    token,
    name,
    connector: "engine",
    program: { version: "1.0.0" },
    capabilities: ["restartEngine"],
  });
  const engine = new Engine();
  const client = await start(stateDir, engine, identity);
  const id = identity.nodeId;
  return {
    id,
    engine,
    client,
    stateDir,
    publish: (quantization, over = {}) => {
      const payload = { schema: 1 as const, connector: "engine" as const, content: { engine: { quantization } } };
      return db.prisma.$transaction((tx) => publishDesired(tx, ctx(), { targetId: id, payload, reason: "test", ...over }));
    },
    view: async () => (await getTarget(ctx(), id)).target,
  };
}

const until = (read: () => Promise<unknown> | unknown) => expect.poll(read, { timeout: 15_000, interval: 50 });
const rollout = async (one: Node) => (await one.view()).rollout;

describe("a node and its console", () => {
  it("an order arrives, is applied, read back and told; the next one as well", async () => {
    const one = await node();
    await one.publish("fp8");
    await until(() => rollout(one)).toBe("healthy");
    expect((await one.view()).effectiveHash).toBe(canonicalHash(one.engine.runs));
    await one.publish("awq");
    await until(async () => (await one.view()).running?.generation).toBe(2);
    expect(one.engine.applied).toEqual(["fp8", "awq"]);
  });

  it("what it chokes on is tried once, told as failed, and again only when somebody insists", async () => {
    const one = await node();
    await one.publish("fp8");
    await until(() => rollout(one)).toBe("healthy");
    one.engine.chokesOn = "awq";
    await one.publish("awq");
    await until(() => rollout(one)).toBe("failed");
    const failed = await one.view();
    expect(failed.lastAttempt).toMatchObject({ generation: 2, status: "failed", error: expect.stringMatching(/out of memory/) });
    expect(failed.running?.generation).toBe(1);
    await until(async () => (await db.prisma.target.findUniqueOrThrow({ where: { id: one.id } })).seq > 8n).toBe(true);
    expect((await db.prisma.targetAck.findMany({ where: { targetId: one.id, status: "failed" } })).length).toBe(1);
    one.engine.chokesOn = "";
    await one.publish("awq", { force: true });
    await until(async () => (await one.view()).running?.generation).toBe(3);
    expect(await rollout(one)).toBe("healthy");
  });

  it("somebody who changes the engine behind its back is noticed, and it is put right", async () => {
    const one = await node();
    await one.publish("fp8");
    await until(() => rollout(one)).toBe("healthy");
    const was = one.engine.runs;
    one.engine.runs = { schema: 1, connector: "engine", content: { engine: { quantization: "by hand" } } };
    await until(() => one.engine.runs).toEqual(was);
    await until(async () => (await one.view()).driftPolls).toBe(0);
  });

  it("the console goes and comes: nothing changes meanwhile, and the newest order is the one that arrives", async () => {
    const one = await node();
    await one.publish("fp8");
    await until(() => rollout(one)).toBe("healthy");
    await server.close();
    await one.publish("awq");
    await one.publish("int4");
    await until(() => one.client.status().console).toBe("lost");
    expect(one.engine.applied).toEqual(["fp8"]);
    server = await startServer();
    await until(async () => (await one.view()).running?.generation).toBe(3);
    expect(one.engine.applied).toEqual(["fp8", "int4"]);
  });

  it("a lease ends while the console is away, and is taken up again when it is back", async () => {
    const one = await node();
    await one.publish("fp8");
    await until(() => rollout(one)).toBe("healthy");
    await one.publish("awq", { leaseTtlSec: 2 });
    await until(async () => (await one.view()).leaseEpoch).toBe(2);
    await server.close();
    await until(() => one.client.running()?.generation).toBe(1);
    server = await startServer();
    await until(async () => (await one.view()).running?.generation).toBe(2);
  });

  it("a copied folder is two programs with one identity: neither gets orders until an admin has released one", async () => {
    const one = await node();
    await one.publish("fp8");
    await until(() => rollout(one)).toBe("healthy");
    const copy = `${one.stateDir}-copy`;
    fs.cpSync(one.stateDir, copy, { recursive: true });
    const identity = JSON.parse(fs.readFileSync(path.join(copy, "identity.json"), "utf8")) as Awaited<ReturnType<typeof enrol>>;
    const second = await start(copy, new Engine(), identity);
    await until(async () => (await one.view()).state).toBe("quarantined");
    await until(() => [one.client.status().console, second.status().console]).toEqual(["refused", "refused"]);
    await one.publish("awq");
    expect(one.engine.applied).toEqual(["fp8"]);
    await second.close();
    await releaseTarget(ctx(), one.id, "the copy was stopped");
    await until(async () => (await one.view()).running?.generation).toBe(2);
  });

  it("both keys change under it and it follows: the console's in two steps, its own by itself", async () => {
    const one = await node();
    const dataDir = path.join(dir, "console");
    const serial = async () => (await db.prisma.target.findUniqueOrThrow({ where: { id: one.id } })).keySerial;
    for (const step of [1, 2]) {
      await rotateSigningKey(dataDir, async () => null);
      await until(serial).toBe(step);
    }
    const before = (await db.prisma.target.findUniqueOrThrow({ where: { id: one.id } })).publicKey;
    one.client.rotateKey();
    await until(async () => (await db.prisma.target.findUniqueOrThrow({ where: { id: one.id } })).publicKey).not.toEqual(before);
    await one.publish("fp8");
    await until(() => rollout(one)).toBe("healthy");
    // Who enrols afterwards trusts the new key from the start.
    const late = await node();
    await late.publish("fp8");
    await until(() => rollout(late)).toBe("healthy");
  });
});
