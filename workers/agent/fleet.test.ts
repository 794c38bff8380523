/**
 * The whole way, nothing pretended but the GPU: an order is published in the database, the fleet server offers it signed,
 * the agent starts the demo's simulated vLLM beside the old one, reads it back, switches, and the console knows it.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { publishApproved } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken, revokeTarget } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { bundleProgram } from "../bundle-program";
import { startFleetServer, type FleetServer } from "../fleet-server/fleet-server";
import { readConfig, type AgentConfig } from "./config";
import { payloadOf } from "./drivers/engine/engine-payload";
import { freePort } from "./drivers/engine/process/free-port";
import { startAgent, type RunningAgent } from "./start-agent";

const log = createLogger("test", "silent");
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-agent-fleet-"));
const engineFile = path.join(dir, "engine.mjs");
let db: TestDatabase;
let server: FleetServer;
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });

beforeAll(async () => {
  db = await testDatabase({ max: 5 });
  server = await startFleetServer({ databaseUrl: db.url, dataDir: dir, host: "127.0.0.1", port: 0, log, holdMs: 2_000 });
  await bundleProgram("workers/simulator/engine/main.ts", engineFile);
});
afterAll(async () => {
  await server.close();
  await db.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

const readTarget = (name: string) => db.prisma.target.findUniqueOrThrow({ where: { name } });
const publish = async (name: string, engine: Record<string, unknown>) => {
  const { id: targetId } = await readTarget(name);
  const payload = { ...payloadOf(engine), schema: 1 as const, connector: "engine" as const };
  return db.prisma.$transaction((tx) => publishApproved(tx, ctx(), { targetId, payload, reason: "test" }));
};
const soon = { timeout: 20_000, interval: 50 };

async function node(name: string): Promise<{ agent: RunningAgent; url: string; start(token?: string): Promise<RunningAgent> }> {
  const port = await freePort(undefined, new Set());
  const config = readConfig(
    JSON.stringify({
      name,
      console: { url: `http://127.0.0.1:${server.port}` },
      stateDir: path.join(dir, name),
      listen: { port: 0 },
      simulated: true,
      target: {
        connector: "engine",
        engine: "vllm",
        health: { pollSec: 0.1 },
        warmUp: { requests: 1 },
        hardware: { gpuType: "NVIDIA L4", gpuCount: 1, memoryTotalMib: 24_576 },
        executor: {
          kind: "process",
          command: [process.execPath, engineFile],
          front: { port },
          stopSec: 5,
          env: { HEADROOM_SIM_SPEED: "50", HEADROOM_SIM_FAULT: "crash-on-start@gptq" },
        },
      },
    }),
    {},
  ) as AgentConfig;
  const running: RunningAgent[] = [];
  const start = async (enrolmentToken?: string) => {
    const agent = await startAgent(config, {
      env: { PATH: process.env["PATH"] },
      enrolmentToken: enrolmentToken ?? null,
      log: () => undefined,
      timing: { reconnectJitterMs: 50, retryMs: 200, pollGapMs: 5, slowPollMs: 200 },
    });
    running.push(agent);
    return agent;
  };
  onTestFinished(async () => {
    for (const agent of running) await agent.close();
  });
  const { token } = await createEnrolmentToken(ctx(), { connector: "engine", pool: "chat" });
  return { agent: await start(token), url: `http://127.0.0.1:${port}`, start };
}

const BASE = { model: "meta-llama/Llama-3.1-8B-Instruct", servedModelName: "llama", maxNumSeqs: 16 };

describe("an agent and the console", () => {
  it("enrols, carries out orders, reports a bad one, and is the same target after a new start", async () => {
    const { agent, url, start } = await node("gpu-1");
    expect(await readTarget("gpu-1")).toMatchObject({ connector: "engine", poolId: "chat", simulated: true, state: "active" });
    const first = await publish("gpu-1", BASE);
    await expect.poll(async () => (await readTarget("gpu-1")).effectiveHash, soon).toBe(first.hash);
    expect(await readTarget("gpu-1")).toMatchObject({ runningGeneration: 1 });
    // What only the engine knows is told as soon as it runs.
    const facts = { gpuType: "NVIDIA L4", engine: "vllm", engineVersion: "0.11.0+simulated", model: "llama" };
    await expect.poll(async () => (await readTarget("gpu-1")).hardware, soon).toMatchObject(facts);

    const second = await publish("gpu-1", { ...BASE, quantization: "awq", kvCacheDtype: "fp8" });
    await expect.poll(async () => (await readTarget("gpu-1")).effectiveHash, soon).toBe(second.hash);
    expect(await (await fetch(`${url}/server_info`)).json()).toMatchObject({
      simulated: true,
      vllm_config: { precision: "awq", kvCacheDtype: "fp8" },
    });

    const { id } = await readTarget("gpu-1");
    await publish("gpu-1", { ...BASE, quantization: "gptq" });
    const ackOf = (generation: number) =>
      db.prisma.targetAck.findFirst({ where: { targetId: id, generation }, orderBy: { attempt: "desc" } });
    await expect.poll(async () => (await ackOf(3))?.status, soon).toBe("failed");
    expect((await ackOf(3))!.error).toContain("HEADROOM_SIM_FAULT=crash-on-start");
    expect(await readTarget("gpu-1")).toMatchObject({ runningGeneration: 2, effectiveHash: second.hash, state: "active" });

    await agent.close();
    const before = await readTarget("gpu-1");
    await start();
    await expect.poll(async () => (await readTarget("gpu-1")).bootId, soon).not.toBe(before.bootId);
    await expect.poll(async () => (await readTarget("gpu-1")).effectiveHash, soon).toBe(second.hash);
    expect(await readTarget("gpu-1")).toMatchObject({ id, runningGeneration: 2, state: "active" });
  });

  it("an agent that is revoked goes on serving what it has, and takes nothing more", async () => {
    const { agent, url } = await node("gpu-2");
    const first = await publish("gpu-2", BASE);
    await expect.poll(async () => (await readTarget("gpu-2")).effectiveHash, soon).toBe(first.hash);
    await revokeTarget(ctx(), (await readTarget("gpu-2")).id, "lost");
    const said = async () => ((await (await fetch(`${agent.url}/health`)).json()) as { sync: { console: string } }).sync.console;
    await expect.poll(said, soon).toBe("refused");
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await readTarget("gpu-2")).toMatchObject({ state: "revoked", runningGeneration: 1 });
  });
});
