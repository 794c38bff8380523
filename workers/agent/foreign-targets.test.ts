/**
 * Policies on their whole way to something that is not ours: rendered as the console does, ordered through the real fleet
 * server and its tables, applied by agents, read back. A file with its reload command, and the Portkey gateway from npm.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { publishApproved } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { renderFor } from "@/lib/policies/render";
import type { PolicyLayer } from "@/lib/policies/schemas";
import type { Connector } from "@/lib/protocol/connectors";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer, type FleetServer } from "@/workers/fleet-server/fleet-server";
import { readConfig } from "./config";
import { freePort } from "./drivers/foreign/testing/free-port";
import { portkeyProcess } from "./drivers/portkey/testing/portkey-process";
import { namedUpstream } from "./drivers/portkey/testing/upstream";
import { startAgent } from "./start-agent";

let db: TestDatabase;
let server: FleetServer;
let dir: string;
const log = createLogger("test");
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });

beforeAll(async () => {
  db = await testDatabase({ max: 5 });
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-foreign-"));
  server = await startFleetServer({ databaseUrl: db.url, dataDir: dir, host: "127.0.0.1", port: 0, log, holdMs: 2_000 });
});
afterAll(async () => {
  await server.close();
  await db.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

const inTables = (name: string) => db.prisma.target.findUniqueOrThrow({ where: { name } });

async function agent(name: string, connector: Connector, target: object, env: Record<string, string> = {}) {
  const { token } = await createEnrolmentToken(ctx(), { connector, environment: "production" });
  const file = {
    name,
    console: { url: `http://127.0.0.1:${server.port}` },
    stateDir: path.join(dir, name),
    listen: null,
    target: { connector, ...target },
  };
  const config = readConfig(JSON.stringify(file), {});
  if ("problems" in config) throw new Error(config.problems.join("\n"));
  const running = await startAgent(config, {
    env: { PATH: process.env["PATH"], ...env },
    enrolmentToken: token,
    log: () => undefined,
  });
  onTestFinished(() => running.close());
}

/** What the console would send this target for these weights, by its own capabilities. */
async function publish(name: string, weights: Record<string, number>) {
  const { id: targetId, connector, environment, capabilities } = await inTables(name);
  const targets = Object.fromEntries(
    Object.entries(weights).map(([id, weight]) => [id, { upstream: id, model: `model-${id}`, weight }]),
  );
  const layer: PolicyLayer = {
    scope: { level: "global", value: null },
    policies: { routing: { routes: { chat: { targets } } } },
  };
  const rendered = renderFor(
    { name, connector: connector as Connector, environment, pool: null, capabilities: capabilities as string[], hardware: null },
    { gateway: [layer], engine: [] },
  );
  if (rendered.kind !== "payload") throw new Error(JSON.stringify(rendered));
  return db.prisma.$transaction((tx) => publishApproved(tx, ctx(), { targetId, payload: rendered.payload, reason: "test" }));
}

describe("a target that is not ours", () => {
  it("as a file: written, its reader told, in force; what the reader refuses is told and taken back", async () => {
    const out = path.join(dir, "router.json");
    const script = `if (/model-broken/.test(require("fs").readFileSync(process.env.HEADROOM_FILE, "utf8"))) { console.error("no such model"); process.exit(1) }`;
    await agent("file-1", "file", { path: out, reload: { command: [process.execPath, "-e", script] } });
    expect(await inTables("file-1")).toMatchObject({
      connector: "file",
      capabilities: ["routing", "weights", "fallback", "readBack"],
    });

    const { hash } = await publish("file-1", { a: 1, b: 3 });
    await expect.poll(() => inTables("file-1"), { timeout: 10_000 }).toMatchObject({ runningGeneration: 1, effectiveHash: hash });
    const written = fs.readFileSync(out, "utf8");
    expect(JSON.parse(written)).toMatchObject({ policy: { routing: { routes: { chat: { targets: { b: { weight: 3 } } } } } } });

    const broken = await publish("file-1", { broken: 1 });
    await expect
      .poll(() => db.prisma.targetAck.findFirst({ where: { hash: broken.hash, status: "failed" } }), { timeout: 10_000 })
      .toMatchObject({ error: expect.stringContaining("ended with 1: no such model") });
    expect(fs.readFileSync(out, "utf8")).toBe(written);
    expect(await inTables("file-1")).toMatchObject({ runningGeneration: 1, runningHash: hash });
  });

  it("as a Portkey gateway: the next request follows the policy", async () => {
    const [portkey, a, b] = [await portkeyProcess(), await namedUpstream("a"), await namedUpstream("b")];
    onTestFinished(() => portkey.stop());
    const upstreams = Object.fromEntries(
      Object.entries({ a, b }).map(([name, { url }]) => [name, { provider: "openai", baseUrl: `${url}/v1` }]),
    );
    const port = await freePort();
    const target = {
      gateway: portkey.url,
      listen: { port },
      clients: [{ keyEnv: "APP_KEY" }],
      upstreams,
      limits: { drainSec: 0 },
    };
    await agent("portkey-1", "portkey", target, { APP_KEY: "key-of-app" });
    const answeredBy = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: "Bearer key-of-app", "content-type": "application/json" },
        body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hi" }] }),
      });
      const json = (await response.json()) as { choices?: { message: { content: string } }[] };
      return `${response.status} ${json.choices?.[0]?.message.content ?? ""}`.trim();
    };
    expect(await answeredBy()).toBe("503");

    const first = await publish("portkey-1", { a: 1 });
    await expect
      .poll(() => inTables("portkey-1"), { timeout: 10_000 })
      .toMatchObject({ runningGeneration: 1, effectiveHash: first.hash });
    expect(await answeredBy()).toBe("200 a");

    const second = await publish("portkey-1", { b: 1 });
    await expect
      .poll(() => inTables("portkey-1"), { timeout: 10_000 })
      .toMatchObject({ runningGeneration: 2, effectiveHash: second.hash });
    expect(await answeredBy()).toBe("200 b");
  });
});
