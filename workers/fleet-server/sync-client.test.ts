/** The sync client that gateways and agents run, against the real fleet server and the real tables. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { publishApproved } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken, releaseTarget } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { enrol, startSyncClient, type Clock, type SyncClient } from "@/lib/protocol/client";
import { loadIdentity } from "@/lib/protocol/client/identity";
import { payloadOf, testTarget, type TestContent, type TestTarget } from "@/lib/protocol/testing/test-target";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer, type FleetServer } from "./fleet-server";
import { rotateSigningKey } from "./signing-keys";

let db: TestDatabase;
let dir: string;
let server: FleetServer;
const clients: SyncClient[] = [];
const log = createLogger("test");
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });
const dataDir = () => path.join(dir, "data");

beforeAll(async () => {
  db = await testDatabase({ max: 5 });
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-fleet-"));
  server = await startFleetServer({ databaseUrl: db.url, dataDir: dataDir(), host: "127.0.0.1", port: 0, log, holdMs: 500 });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(async () => {
  await server.close();
  await db.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

interface Started {
  name: string;
  client: SyncClient;
  target: TestTarget;
  stateDir: string;
}

async function start(name: string, over: { clock?: Clock; stateDir?: string } = {}): Promise<Started> {
  const { stateDir = path.join(dir, name), clock } = over;
  const target = testTarget();
  const consoleUrl = `http://127.0.0.1:${server.port}`;
  const program = { version: "1.0.0" };
  const { token } = await createEnrolmentToken(ctx(), { connector: "file" });
  const client = await startSyncClient({
    stateDir,
    identity: await enrol({ stateDir, consoleUrl, token, name, connector: "file", program, capabilities: ["readBack"] }),
    consoleUrl,
    program,
    connector: "file",
    capabilities: () => ["readBack"],
    hardware: () => {
      throw new Error("nvidia-smi is not there");
    },
    applier: target,
    log: () => undefined,
    timing: { reconnectJitterMs: 100, retryMs: 200, pollGapMs: 20, slowPollMs: 200, reapplyMs: 50 },
    ...(clock ? { clock } : {}),
  });
  clients.push(client);
  await client.ready;
  return { name, client, target, stateDir };
}

const row = (name: string) => db.prisma.target.findUniqueOrThrow({ where: { name } });
async function publish(name: string, content: TestContent, over: { force?: boolean; leaseTtlSec?: number } = {}) {
  const { id: targetId } = await row(name);
  return db.prisma.$transaction((tx) =>
    publishApproved(tx, ctx(), { targetId, payload: payloadOf(content), reason: "test", ...over }),
  );
}
const acks = async (name: string) => {
  const found = await db.prisma.targetAck.findMany({ where: { targetId: (await row(name)).id }, orderBy: { attempt: "asc" } });
  return found.map(({ generation, status }) => `${generation} ${status}`);
};

describe("client and fleet server", () => {
  it("agree on what was applied, failed, insisted on and gone back from", async () => {
    const { name, client, target } = await start("t-orders");
    await publish(name, { n: 1 });
    await expect.poll(() => row(name)).toMatchObject({ runningGeneration: 1, driftPolls: 0 });
    await publish(name, { n: 2, fail: "out of memory" });
    await expect.poll(() => acks(name)).toEqual(["1 applied", "2 failed"]);
    expect(await row(name)).toMatchObject({ runningGeneration: 1 });
    // Not offered again by itself; a person who insists is heard.
    await publish(name, { n: 2, fail: "out of memory" }, { force: true });
    await expect.poll(() => acks(name)).toEqual(["1 applied", "2 failed", "3 failed"]);
    expect(target.story).toEqual(["offer 1", "offer 2", "offer 2"]);
    await publish(name, { n: 4 });
    await expect.poll(() => row(name)).toMatchObject({ runningGeneration: 4 });
    client.crashed("boom");
    client.crashed("boom");
    await expect.poll(() => row(name)).toMatchObject({ runningGeneration: 1 });
    expect(await acks(name)).toEqual(["1 applied", "2 failed", "3 failed", "4 applied", "4 failed"]);
    expect(target.story.slice(-2)).toEqual(["offer 4", "revert 1"]);
  });

  it("give a lease, keep it by talking, and offer again what a silence ended", async () => {
    const { name, target } = await start("t-lease");
    await publish(name, { n: 1 });
    await expect.poll(() => row(name)).toMatchObject({ runningGeneration: 1 });
    await publish(name, { n: 2 }, { leaseTtlSec: 2 });
    await expect.poll(() => row(name)).toMatchObject({ runningGeneration: 2, leaseEpoch: 2 });
    const { port } = server;
    await server.close();
    await expect.poll(() => target.runs, { timeout: 10_000 }).toBe(1);
    server = await startFleetServer({ databaseUrl: db.url, dataDir: dataDir(), host: "127.0.0.1", port, log, holdMs: 500 });
    await expect.poll(() => target.story, { timeout: 20_000 }).toEqual(["offer 1", "offer 2", "revert 1", "offer 2"]);
    await expect.poll(() => row(name), { timeout: 10_000 }).toMatchObject({ runningGeneration: 2, leaseEpoch: 2 });
  });

  it("understand each other with clocks an hour apart", async () => {
    for (const [name, offsetMs] of [
      ["t-slow", -3_600_000],
      ["t-fast", 3_600_000],
    ] as const) {
      const clock: Clock = {
        wallMs: () => Date.now() + offsetMs,
        steadyMs: () => performance.now(),
        wait: (ms, signal) =>
          new Promise((resolve) => {
            const timer = setTimeout(resolve, ms);
            signal.addEventListener("abort", () => (clearTimeout(timer), resolve()));
          }),
      };
      const first = await start(name, { clock });
      await publish(name, { n: 1 });
      await expect.poll(() => row(name), { timeout: 10_000 }).toMatchObject({ runningGeneration: 1 });
      await first.client.close();
      const again = await start(name, { clock });
      await publish(name, { n: 2 });
      await expect.poll(() => row(name), { timeout: 10_000 }).toMatchObject({ runningGeneration: 2, state: "active" });
      expect(again.target.story).toEqual(["boot 1", "offer 2"]);
    }
  });

  it("change keys on both sides while orders go on", async () => {
    const { name, client, stateDir } = await start("t-keys");
    await publish(name, { n: 1 });
    await expect.poll(() => row(name)).toMatchObject({ runningGeneration: 1 });
    const own = (await loadIdentity(stateDir))!.privateKey.x;
    client.rotateKey();
    await expect.poll(async () => (await loadIdentity(stateDir))!.privateKey.x).not.toBe(own);
    for (const [index, step] of ["begun", "finished"].entries()) {
      expect(await rotateSigningKey(dataDir(), async () => null)).toMatchObject({ step });
      await expect.poll(async () => (await loadIdentity(stateDir))!.keySerial, { timeout: 10_000 }).toBe(index + 1);
      await publish(name, { n: index + 2 });
      await expect.poll(() => row(name), { timeout: 10_000 }).toMatchObject({ runningGeneration: index + 2 });
    }
    expect((await loadIdentity(stateDir))!.signingKeys).toHaveLength(1);
  });

  it("notice a copy of the identity: both stand still until an admin lets one in, and what runs keeps running", async () => {
    const first = await start("t-twin");
    await publish("t-twin", { n: 1 });
    await expect.poll(() => row("t-twin")).toMatchObject({ runningGeneration: 1 });
    const copy = path.join(dir, "t-twin-copy");
    fs.cpSync(first.stateDir, copy, { recursive: true });
    const second = await start("t-twin", { stateDir: copy });
    await expect.poll(() => row("t-twin"), { timeout: 10_000 }).toMatchObject({ state: "quarantined" });
    for (const one of [first, second]) {
      await expect
        .poll(() => one.client.status(), { timeout: 10_000 })
        .toMatchObject({ console: "refused", reason: expect.stringMatching(/^quarantined/) });
      expect(one.target.runs).toBe(1);
    }
    await second.client.close();
    await releaseTarget(ctx(), (await row("t-twin")).id, "the copy is gone");
    await publish("t-twin", { n: 2 });
    await expect.poll(() => first.target.runs, { timeout: 10_000 }).toBe(2);
  });
});
