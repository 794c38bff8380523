/** The real gateway process, the real fleet server, the real tables: only the upstream is a test's. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { publishApproved } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken, revokeTarget } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer, type FleetServer } from "@/workers/fleet-server/fleet-server";
import { CLIENT_KEYS, type GatewayProcess } from "./testing/gateway-process";
import { routeOf } from "./testing/in-process";
import { gatewayProgram, upstream } from "./testing/opened";

let db: TestDatabase;
let dataDir: string;
let server: FleetServer;
const log = createLogger("test");
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });
const start = (port = 0) => startFleetServer({ databaseUrl: db.url, dataDir, host: "127.0.0.1", port, log, holdMs: 2_000 });
const url = () => `http://127.0.0.1:${server.port}`;

beforeAll(async () => {
  db = await testDatabase({ max: 5 });
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-fleet-"));
  server = await start();
});
afterAll(async () => {
  await server.close();
  await db.close();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

const target = (name: string) => db.prisma.target.findUniqueOrThrow({ where: { name } });
const publish = async (name: string, targets: Record<string, number>) => {
  const { id: targetId } = await target(name);
  const layers = [{ scope: { level: "global" }, policies: { routing: { routes: { chat: routeOf(targets) } } } }];
  const payload = { schema: 1 as const, connector: "headroom-gateway" as const, content: { layers } };
  return db.prisma.$transaction((tx) => publishApproved(tx, ctx(), { targetId, payload, reason: "test" }));
};
const ask = async (gw: GatewayProcess) => {
  const response = await fetch(`${gw.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${CLIENT_KEYS.acme}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hi" }] }),
  });
  await response.text();
  return [response.status, response.headers.get("x-headroom-generation"), response.headers.get("x-headroom-model-served")];
};
const health = async (gw: GatewayProcess) => (await (await fetch(`${gw.url}/health`)).json()) as Record<string, unknown>;

describe("a gateway and its fleet server", () => {
  it("from the printed command to a policy in force; then the server restarts, and the target is revoked", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const { token } = await createEnrolmentToken(ctx(), { connector: "headroom-gateway", environment: "staging" });
    const config = { name: "edge-1", console: { url: url(), reconnectJitterSec: 0.2 } };
    const gw = await gatewayProgram({ upstreams: { a: a.url, b: b.url }, console: { url: url(), token }, config });
    await expect.poll(() => target("edge-1")).toMatchObject({ state: "active", environment: "staging", runningGeneration: null });

    const first = await publish("edge-1", { a: 1, b: 0 });
    await expect.poll(() => target("edge-1")).toMatchObject({ runningGeneration: 1, effectiveHash: first.hash });
    expect(await ask(gw)).toEqual([200, "1", "model-a"]);

    // Nobody can order anything of a gateway that does not fit it.
    const { generation } = await publish("edge-1", { nowhere: 1 });
    await expect
      .poll(() => db.prisma.targetAck.findFirst({ where: { generation } }))
      .toMatchObject({ status: "refused", error: expect.stringContaining('"nowhere" is not in') });
    expect(await ask(gw)).toEqual([200, "1", "model-a"]);

    const { port } = server;
    await server.close();
    await expect.poll(async () => (await health(gw))["console"], { timeout: 10_000 }).toBe("lost");
    expect(await ask(gw)).toEqual([200, "1", "model-a"]);
    server = await start(port);
    await publish("edge-1", { a: 0, b: 1 });
    await expect.poll(() => ask(gw), { timeout: 20_000 }).toEqual([200, "3", "model-b"]);

    await revokeTarget(ctx(), (await target("edge-1")).id, "sold");
    await expect
      .poll(() => health(gw), { timeout: 10_000 })
      .toMatchObject({
        console: "refused",
        consoleReason: expect.stringContaining("revoked"),
      });
    expect(await ask(gw)).toEqual([200, "3", "model-b"]);
  });
});
