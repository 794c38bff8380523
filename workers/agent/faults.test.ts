/** A real agent and a real engine process, and a console that is away, slow or wrong: nothing changes that should not. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { MAX_PAYLOAD_BYTES } from "@/lib/protocol/sync";
import { TEST_TOKEN, testConsole, type Behaviour } from "@/lib/protocol/testing/test-console";
import { readConfig, type AgentConfig } from "./config";
import { payloadOf } from "./drivers/engine/engine-payload";
import { startAgent } from "./start-agent";
import { engineStarts, isThere, TEST_ENGINE, until } from "./testing/supervised-engine";

const order = (engine: object) => payloadOf({ ...engine });
const GOOD = order({ model: "org/good", maxNumSeqs: 8 });

async function agentOnGenerationOne(name = "node-1") {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-agent-"));
  const starts = path.join(dir, "starts.log");
  const console_ = await testConsole({ holdMs: 400 });
  const config = readConfig(
    JSON.stringify({
      name,
      console: { url: console_.url },
      stateDir: path.join(dir, "state"),
      listen: { port: 0 },
      target: {
        connector: "engine",
        engine: "vllm",
        health: { pollSec: 0.05 },
        warmUp: { requests: 1 },
        executor: {
          kind: "process",
          command: TEST_ENGINE,
          front: { port: 0 },
          drainSec: 2,
          restart: { firstMs: 20, maxMs: 100 },
          env: { TEST_ENGINE_STARTS: starts },
        },
      },
    }),
    {},
  ) as AgentConfig;
  const logged: { message: string; facts: Record<string, unknown> }[] = [];
  const agent = await startAgent(config, {
    env: { PATH: process.env["PATH"] },
    enrolmentToken: TEST_TOKEN,
    log: (_, message, facts = {}) => void logged.push({ message, facts }),
    timing: { reconnectJitterMs: 50, retryMs: 100, pollGapMs: 5, answerMs: 300 },
  });
  onTestFinished(async () => {
    await agent.close();
    await console_.close();
    fs.rmSync(dir, { recursive: true, force: true });
  });
  const { hash } = console_.order(GOOD);
  await console_.heard((sync) => sync.running?.generation === 1 && sync.lastAttempt?.status === "applied");
  const url = String(logged.find(({ message }) => message === "front listens")!.facts["url"]);
  return {
    agent,
    console: console_,
    hash,
    logged,
    url,
    pid: engineStarts(starts)[0]!.pid,
    starts: () => engineStarts(starts),
    state: async () =>
      (await fetch(`${agent.url}/health`)).json() as Promise<{ sync: { console: string }; target: { ok: boolean } }>,
    served: async () => ((await (await fetch(`${url}/stats`)).json()) as { pid: number }).pid,
  };
}

describe("an order that crashes the engine", () => {
  it("while it starts: reverted, reported, not tried again however often it is offered", async () => {
    const { console: console_, starts, served, pid, hash } = await agentOnGenerationOne();
    const bad = console_.order(order({ model: "x/crash-on-start" }));
    const told = await console_.heard((sync) => sync.lastAttempt?.status === "failed");
    expect(told).toMatchObject({
      running: { generation: 1, hash },
      effectiveHash: hash,
      lastAttempt: { generation: 2, hash: bad.hash },
    });
    expect(told.lastAttempt!.error).toContain("CUDA out of memory");
    expect(starts()).toHaveLength(2);
    const again = console_.order(order({ model: "x/crash-on-start" }));
    expect(again.generation).toBe(3);
    await console_.heard((sync) => sync.lastAttempt?.generation === 3 && sync.lastAttempt.status === "refused");
    expect(starts()).toHaveLength(2);
    expect(await served()).toBe(pid);
  });

  it("twice while it serves: back on the engine that was kept warm, reported, not tried again", async () => {
    const { console: console_, starts, served, pid, url } = await agentOnGenerationOne();
    const bad = console_.order(order({ model: "org/frail" }));
    await console_.heard((sync) => sync.running?.generation === 2);
    for (const start of [2, 3]) {
      await until(
        async () => starts().length === start && (await served().catch(() => 0)) === starts()[start - 1]!.pid,
        `engine ${start} serves`,
      );
      await fetch(`${url}/crash`).catch(() => undefined);
    }
    const told = await console_.heard((sync) => sync.running?.generation === 1 && sync.lastAttempt?.status === "failed");
    expect(told.lastAttempt).toMatchObject({ generation: 2, hash: bad.hash });
    await until(async () => (await served().catch(() => 0)) === pid, "the first engine serves again");
    console_.order(order({ model: "org/frail" }));
    await console_.heard((sync) => sync.lastAttempt?.generation === 3 && sync.lastAttempt.status === "refused");
    expect(await served()).toBe(pid);
  });
});

describe("a console that is not well", () => {
  it.each<[string, Behaviour]>([
    ["answers 503", { status: 503, retryAfterSec: 0 }],
    ["answers 429", { status: 429, retryAfterSec: 0 }],
    ["is slow", { silent: true }],
    ["answers nonsense", { bytes: "<html>" }],
    ["has revoked the target", { status: 401, code: "revoked" }],
  ])("that %s changes nothing", async (_, behaviour) => {
    const { console: console_, starts, served, pid, state } = await agentOnGenerationOne();
    console_.behave(behaviour);
    await until(async () => (await state()).sync.console !== "connected", "the agent noticed");
    expect(await served()).toBe(pid);
    expect((await state()).target.ok).toBe(true);
    expect(starts()).toHaveLength(1);
  });

  it("and is then well again is heard again", async () => {
    const { console: console_, state } = await agentOnGenerationOne();
    console_.behave({ status: 503, retryAfterSec: 0 });
    await until(async () => (await state()).sync.console === "lost", "the agent noticed");
    console_.behave(null);
    console_.order(order({ model: "org/next" }));
    await console_.heard((sync) => sync.running?.generation === 2);
  });

  it("that is gone changes nothing", async () => {
    const { console: console_, starts, served, pid, state } = await agentOnGenerationOne();
    await console_.close();
    await until(async () => (await state()).sync.console === "lost", "the agent noticed");
    expect(await served()).toBe(pid);
    expect(starts()).toHaveLength(1);
  });
});

describe("an order that is not to be trusted or not understood", () => {
  const signedOver = order({ model: "org/other" });
  it.each<[string, (console_: Awaited<ReturnType<typeof testConsole>>) => void, RegExp]>([
    ["has an unknown setting", (c) => void c.order(order({ maxNumSeqz: 1 })), /Unrecognized key: "maxNumSeqz"/],
    ["would add an argument", (c) => void c.order(order({ model: "--trust-remote-code" })), /begins with a dash/],
    ["is for something else", (c) => void c.order({ ...GOOD, connector: "litellm" }), /litellm/],
    ["is badly signed", (c) => c.offer({ ...c.order(signedOver), signature: "AAAA" }), /signature does not fit/],
    [
      "holds something else than was signed",
      (c) => c.offer({ ...c.order(signedOver), payload: GOOD }),
      /does not have the signed hash/,
    ],
    [
      "is too large",
      (c) => void c.order(order({ model: "m", servedModelName: "x".repeat(MAX_PAYLOAD_BYTES) })),
      /larger than|too big/i,
    ],
  ])("because it %s is refused with the reason, and the old one stays", async (_, give, words) => {
    const { console: console_, starts, served, pid, hash } = await agentOnGenerationOne();
    give(console_);
    const told = await console_.heard((sync) => sync.lastAttempt?.status === "refused");
    expect(told.lastAttempt!.error).toMatch(words);
    expect([told.running, told.effectiveHash]).toEqual([{ generation: 1, hash }, hash]);
    expect(await served()).toBe(pid);
    expect(starts()).toHaveLength(1);
  });
});

describe("what the agent says on its own port", () => {
  it("is its state, as JSON and for Prometheus", async () => {
    const { agent, pid, url } = await agentOnGenerationOne("node-7");
    expect(await (await fetch(`${agent.url}/health`)).json()).toMatchObject({
      agent: "node-7",
      connector: "engine",
      running: { generation: 1 },
      sync: { console: "connected", newestGeneration: 1 },
      target: { ok: true, crashes: 0 },
    });
    const metrics = await (await fetch(`${agent.url}/metrics`)).text();
    expect(metrics).toContain('headroom_agent_generation{agent="node-7"} 1\n');
    expect(metrics).toContain('headroom_agent_target_ok{agent="node-7"} 1\n');
    await agent.close();
    expect(isThere(pid)).toBe(false);
    await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
  });
});

describe("several agents in one process", () => {
  it("have each their own engine and state", async () => {
    const [one, two] = await Promise.all([agentOnGenerationOne("node-1"), agentOnGenerationOne("node-2")]);
    expect(one.pid).not.toBe(two.pid);
    await one.agent.close();
    expect([isThere(one.pid), isThere(two.pid)]).toEqual([false, true]);
    expect(await two.served()).toBe(two.pid);
  });
});
