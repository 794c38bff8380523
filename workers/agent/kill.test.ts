/**
 * A real agent, killed with -9 at moments that are seen from outside (its journal, its engine records, an engine's start).
 * Whatever the moment: the next start serves a generation that was applied before, says exactly that, leaves no engine
 * behind, and then carries the order out.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SyncRequest } from "@/lib/protocol";
import { bundleAgent } from "./bundle";
import { payloadOf } from "./drivers/engine/engine-payload";
import { agentProcess, type AgentProcess } from "./testing/agent-process";
import { until } from "./testing/supervised-engine";

let dir: string;
const bundle = () => path.join(dir, "agent.mjs");

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-agent-bundle-"));
  await bundleAgent(bundle());
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

const order = (engine: object) => payloadOf({ ...engine });
const GOOD = order({ model: "org/good", maxNumSeqs: 8 });

/** An agent that runs generation 1. */
async function onGenerationOne(executor?: object): Promise<{ agent: AgentProcess; hash: string }> {
  const agent = await agentProcess(bundle(), executor);
  await agent.start();
  const { hash } = agent.console.order(GOOD);
  await agent.console.heard((sync) => sync.running?.generation === 1 && sync.lastAttempt?.status === "applied");
  return { agent, hash };
}

/** What it says first after a new start, once it has put back what ran. */
async function truthAfterRestart(agent: AgentProcess): Promise<SyncRequest> {
  const before = new Set(agent.console.syncs.map(({ bootId }) => bootId));
  await agent.start();
  return agent.console.heard((sync) => !before.has(sync.bootId) && sync.effectiveHash !== null);
}

const slots = (agent: AgentProcess) =>
  ["slot-a.json", "slot-b.json"].map((name) => fs.readFileSync(path.join(agent.stateDir, name), "utf8")).join("\n");

const watch = async (isSo: () => boolean) => {
  // Closer than a timer: the moments are milliseconds long.
  const giveUpAt = performance.now() + 15_000;
  while (!isSo() && performance.now() < giveUpAt) await new Promise((resolve) => setImmediate(resolve));
};

/** In the end generation 2 is carried out, and only its engine and perhaps the one before live. */
async function endsOnGenerationTwo(agent: AgentProcess, hash: string, model: string): Promise<void> {
  await agent.console.heard(
    (sync) => sync.running?.generation === 2 && sync.effectiveHash === hash && sync.lastAttempt?.status === "applied",
  );
  expect(await agent.ask("/argv")).toEqual(expect.arrayContaining([model]));
  expect(agent.alive().length).toBeLessThanOrEqual(2);
  expect(await agent.stop()).toBe(0);
  expect(agent.alive()).toEqual([]);
}

describe("an agent that is killed", () => {
  it("before the order is on disk: generation 1 goes on, the order comes again", async () => {
    const { agent, hash } = await onGenerationOne();
    const [engine] = agent.alive();
    const offered = agent.console.order(order({ model: "org/next" }));
    await agent.kill();
    expect(slots(agent)).not.toContain(offered.hash);
    expect(agent.alive()).toEqual([engine]);
    const truth = await truthAfterRestart(agent);
    expect([truth.running, truth.effectiveHash]).toEqual([{ generation: 1, hash }, hash]);
    expect(agent.starts()[0]!.pid).toBe(engine);
    await endsOnGenerationTwo(agent, offered.hash, "org/next");
    expect(agent.starts()).toHaveLength(2);
  });

  it("after the order is on disk, before its engine serves: generation 1, said so; then generation 2", async () => {
    const { agent, hash } = await onGenerationOne();
    const offered = agent.console.order(order({ model: "org/next" }));
    await watch(() => slots(agent).includes(`"applying":{"generation":2`));
    await agent.kill();
    expect(agent.journal()).toMatchObject({ running: { generation: 1 }, applying: { generation: 2 } });
    const truth = await truthAfterRestart(agent);
    expect([truth.running, truth.effectiveHash]).toEqual([{ generation: 1, hash }, hash]);
    await endsOnGenerationTwo(agent, offered.hash, "org/next");
  });

  it("while the new engine starts: that one is ended, the old one was never touched", async () => {
    const { agent, hash } = await onGenerationOne();
    const [engine] = agent.alive();
    const offered = agent.console.order(order({ model: "org/waits" }));
    await until(() => agent.starts().length === 2, "the new engine starts");
    const orphan = agent.starts()[1]!.pid;
    await agent.kill();
    expect(agent.alive()).toEqual([engine, orphan]);
    // Clients reach nothing while no agent lives, and the same engine as before when it does.
    const truth = await truthAfterRestart(agent);
    expect([truth.running, truth.effectiveHash]).toEqual([{ generation: 1, hash }, hash]);
    expect(agent.alive()).not.toContain(orphan);
    expect(await agent.ask("/stats")).toMatchObject({ pid: engine });
    fs.writeFileSync(agent.gate, "");
    await endsOnGenerationTwo(agent, offered.hash, "org/waits");
  });

  it("between the engine's start and the note of its process: the engine is found by its mark", async () => {
    const { agent } = await onGenerationOne();
    const offered = agent.console.order(order({ model: "org/waits" }));
    await until(() => agent.starts().length === 2, "the new engine starts");
    await agent.kill();
    // As if the kill had come before the second note.
    const file = path.join(agent.stateDir, "driver/engines.json");
    const records = JSON.parse(fs.readFileSync(file, "utf8")) as { role: string; process: unknown }[];
    fs.writeFileSync(file, JSON.stringify(records.map((one) => (one.role === "starting" ? { ...one, process: null } : one))));
    const orphan = agent.starts()[1]!.pid;
    expect(agent.alive()).toContain(orphan);
    await truthAfterRestart(agent);
    expect(agent.alive()).not.toContain(orphan);
    fs.writeFileSync(agent.gate, "");
    await endsOnGenerationTwo(agent, offered.hash, "org/waits");
  });

  it("right after the switch: what it says is what serves", async () => {
    const { agent, hash } = await onGenerationOne();
    const offered = agent.console.order(order({ model: "org/next" }));
    await watch(() => agent.engines().some(({ role, generation }) => role === "current" && generation === 2));
    await agent.kill();
    const truth = await truthAfterRestart(agent);
    // The new engine is found in service. Had the journal no note of it yet, the console is told both: what was applied
    // last, and what really serves until that is put back.
    expect([hash, offered.hash]).toContain(truth.running?.hash);
    expect([hash, offered.hash]).toContain(truth.effectiveHash);
    await agent.console.heard((sync) => sync.bootId === truth.bootId && sync.running?.hash === sync.effectiveHash);
    await endsOnGenerationTwo(agent, offered.hash, "org/next");
    expect(agent.starts()).toHaveLength(2);
  });

  it("long after: the engine goes on without it and serves again at once, unrestarted", async () => {
    const { agent, hash } = await onGenerationOne();
    const [engine] = agent.alive();
    await agent.kill();
    const truth = await truthAfterRestart(agent);
    expect([truth.running, truth.effectiveHash]).toEqual([{ generation: 1, hash }, hash]);
    expect(await agent.ask("/stats")).toMatchObject({ pid: engine });
    expect(agent.starts()).toHaveLength(1);
  });

  it("together with its engine: the engine is started again", async () => {
    const { agent, hash } = await onGenerationOne();
    await agent.kill();
    for (const pid of agent.alive()) process.kill(pid, "SIGKILL");
    const truth = await truthAfterRestart(agent);
    expect([truth.running, truth.effectiveHash]).toEqual([{ generation: 1, hash }, hash]);
    expect(agent.starts()).toHaveLength(2);
  });

  it("instead of side by side, while nothing serves: what ran before comes back", async () => {
    const { agent, hash } = await onGenerationOne({ replace: "instead" });
    const offered = agent.console.order(order({ model: "org/waits" }));
    await until(() => agent.starts().length === 2, "the new engine starts");
    await agent.kill();
    const truth = await truthAfterRestart(agent);
    expect([truth.running, truth.effectiveHash]).toEqual([{ generation: 1, hash }, hash]);
    fs.writeFileSync(agent.gate, "");
    await endsOnGenerationTwo(agent, offered.hash, "org/waits");
  });
});

describe("one state folder", () => {
  it("belongs to one living agent", async () => {
    const { agent } = await onGenerationOne();
    const [engine] = agent.alive();
    const first = agent.log.length;
    const second = await agentProcess(bundle());
    fs.rmSync(second.stateDir, { recursive: true, force: true });
    fs.symlinkSync(agent.stateDir, second.stateDir);
    await second.start();
    expect(second.log.at(-1)!.message).toMatch(/is in use by another agent \(process \d+\)/);
    expect(agent.log).toHaveLength(first);
    expect(agent.alive()).toEqual([engine]);
  });
});
