/** The real sync client against the real fleet server: orders, drift, and a console that goes and comes. See sync-client.test.ts too. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { freePort } from "@/lib/db/embedded";
import { publishApproved } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken, getTarget } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { canonicalHash } from "@/lib/protocol";
import { enrol, startSyncClient, type Applier, type SyncClient } from "@/lib/protocol/client";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer, type FleetServer } from "./fleet-server";

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

/** An engine that runs whatever it is given. */
class Engine implements Applier {
  runs: Record<string, unknown> | null = null;
  applied: string[] = [];
  refuse = () => null;
  effectiveHash = () => this.runs && canonicalHash(this.runs);
  health = () => ({ ok: true, crashes: 0, figures: {} });
  async apply(payload: Record<string, unknown>): Promise<void> {
    const { quantization } = (payload["content"] as { engine: { quantization: string } }).engine;
    this.applied.push(quantization);
    this.runs = payload;
  }
}

interface Node {
  id: string;
  engine: Engine;
  client: SyncClient;
  publish(quantization: string): Promise<{ generation: number }>;
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
    publish: (quantization) => {
      const payload = { schema: 1 as const, connector: "engine" as const, content: { engine: { quantization } } };
      return db.prisma.$transaction((tx) => publishApproved(tx, ctx(), { targetId: id, payload, reason: "test" }));
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
});
