/**
 * Every recipe through a real gateway with the demo's own policies, simulated providers and real simulated engines behind
 * it. What the console is sent is collected and held against the README.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { randomAt } from "@/lib/stats/random";
import { readUsage } from "@/lib/telemetry/dialects";
import { isNativeEvent } from "@/lib/telemetry/validate";
import type { NativeEvent } from "@/lib/telemetry";
import { readConfig } from "@/workers/gateway/config";
import { startGateway, type RunningGateway } from "@/workers/gateway/start-gateway";
import { bundlePrograms, programFile } from "../bundle";
import { makeCalendar } from "../calendar";
import { demoPolicies } from "../demo-policies";
import { POOLS, TENANTS, type EndpointId, type TenantId } from "../fleet";
import { gatewayFile, GATEWAYS } from "../fleet-files";
import { startProviders, type RunningProviders } from "../providers/server";
import { RECIPES } from "../recipes";
import { startProgram, startStandIn, type StandIn, type StartedProgram } from "../testing";
import { Repeats } from "./repeats";
import { runStart, type StartDeps } from "./run-start";

/** The simulated world hurries; the storm's timeout of six seconds does not, so that there is none of it here. */
const SPEED = 200;

let dir: string;
let providers: RunningProviders;
let standIn: StandIn;
const engines: StartedProgram[] = [];
const gateways: RunningGateway[] = [];
let events: NativeEvent[];
const reported: NativeEvent[] = [];
let deps: StartDeps;

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-live-"));
  standIn = await startStandIn(null);
  events = standIn.events;
  providers = await startProviders({ seed: 3, speed: SPEED }, 0);
  await bundlePrograms(dir, ["engine"]);
  const fronts: Record<string, number> = {};
  for (const pool of POOLS) {
    const flags = ["--model", pool.model, "--port", "0", ...(pool.id === "llama-8b" ? [] : ["--quantization", "fp8"])];
    const env = { HEADROOM_SIM_GPU: pool.gpuType, HEADROOM_SIM_SPEED: String(SPEED), HEADROOM_SIM_COLD_START_SCALE: "0.01" };
    const engine = await startProgram(programFile(dir, "engine"), flags, env);
    engines.push(engine);
    // One engine stands for all nodes of its pool.
    for (const node of pool.nodes) fronts[node] = Number(new URL(engine.url).port);
    await vi.waitUntil(async () => (await fetch(`${engine.url}/health`)).ok, { timeout: 10_000, interval: 20 });
  }
  const keys = Object.fromEntries(TENANTS.map((tenant) => [tenant.id, `key-of-${tenant.id}`]));
  const places = {
    dir,
    consoleUrl: standIn.url,
    engineFile: "",
    engineEnv: {},
    ports: { providers: providers.port, gateways: Object.fromEntries(GATEWAYS.map((name) => [name, 0])), fronts },
    clientHashes: Object.fromEntries(TENANTS.map(({ id }) => [id, createHash("sha256").update(`key-of-${id}`).digest("hex")])),
  };
  const policyFile = path.join(dir, "policy.json");
  fs.writeFileSync(policyFile, JSON.stringify(policyFileOf()));
  for (const name of GATEWAYS) {
    const env = { ...process.env, HEADROOM_INGEST_KEY: "hr_test" };
    const ready = readConfig(JSON.stringify(gatewayFile(places, name)), env);
    if ("problems" in ready) throw new Error(ready.problems.join("\n"));
    gateways.push(await startGateway(ready, policyFile, env, () => undefined));
  }
  deps = {
    gateways: Object.fromEntries(GATEWAYS.map((name, index) => [name, gateways[index]!.url])),
    keys,
    reports: { usage: (_, event) => void reported.push(event), outcome: () => undefined },
    stopping: new AbortController().signal,
    until: () => Promise.resolve(),
  };
}, 60_000);

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close(1_000)));
  for (const { child, ended } of engines) {
    child.kill("SIGKILL");
    await ended;
  }
  await providers.close();
  standIn.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

/** The demo's policies as a file: one layer a scope. */
function policyFileOf() {
  const layers = new Map<string, { scope: object; policies: Record<string, unknown> }>();
  for (const { kind, scope, document } of demoPolicies()) {
    if (kind === "engine") continue;
    const layer = layers.get(JSON.stringify(scope)) ?? { scope, policies: {} };
    layer.policies[kind] = document;
    layers.set(JSON.stringify(scope), layer);
  }
  return { schema: 1, layers: [...layers.values()] };
}

/** `count` starts of an endpoint, one after the other, without anybody's time to think. */
async function start(endpoint: EndpointId, tenantId: TenantId, count: number): Promise<NativeEvent[]> {
  const tenant = TENANTS.find(({ id }) => id === tenantId)!;
  const calendar = makeCalendar(Date.parse("2026-11-20T12:00:00Z"), 7);
  const repeats = new Repeats();
  const before = new Set(events.map(({ id }) => id));
  for (let number = 0; number < count; number += 1) {
    const scene = { random: randomAt("live test", endpoint, tenantId, number), calendar, tenant, endpoint };
    await runStart(deps, repeats, RECIPES[endpoint], scene, 0);
  }
  const ours = () => events.filter((event) => !before.has(event.id) && event.endpoint === endpoint && event.tenant === tenantId);
  // Delivered within a second of the last one.
  await expect.poll(settled(ours), { timeout: 10_000, interval: 100 }).toBe(true);
  return ours();
}

/** True once the count has not changed for twice the time between two deliveries. */
function settled(ours: () => NativeEvent[]): () => boolean {
  let seen = { count: -1, sinceMs: 0 };
  return () => {
    const count = ours().length;
    if (count !== seen.count) seen = { count, sinceMs: performance.now() };
    return count > 0 && performance.now() - seen.sinceMs > 2_000;
  };
}

const metersOf = (event: NativeEvent) => {
  if (!event.usage) return null;
  const read = readUsage("openai", event.usage);
  return "code" in read ? null : read.meters;
};

describe("live traffic through the gateways", () => {
  it("support.chat: capped answers, exact hits of one tenant, semantic hits of the other, by the gateway's own caches", async () => {
    const [exact, semantic] = await Promise.all([
      start("support.chat", "brightcart", 30),
      start("support.chat", "northwind-bank", 24),
    ]);
    const hits = exact.filter((event) => event.cache?.hit && event.cache.layer === "exact");
    expect(hits.length).toBeGreaterThan(1);
    expect(new Set(exact.map((event) => [event.route, event.gateway].join(" ")))).toEqual(new Set(["chat-default gw-eu-1"]));
    expect(exact.every((event) => isNativeEvent(event) && event.tags?.["team"] === "shop" && event.region === "eu-west-1")).toBe(
      true,
    );
    expect(Math.max(...exact.map((event) => metersOf(event)?.output ?? 0))).toBeLessThanOrEqual(450);
    const near = semantic.filter((event) => event.cache?.hit && event.cache.layer === "semantic");
    expect(near.length).toBeGreaterThan(1);
    expect(Math.min(...near.map((event) => event.cache!.similarity!))).toBeGreaterThanOrEqual(0.97);
  }, 60_000);

  it("kb.answer: the same questions by their hash, answered afresh; private ones by the own pool; retrieval told by the SDK", async () => {
    const [shop, own] = await Promise.all([start("kb.answer", "brightcart", 40), start("kb.answer", "lumen-health", 4)]);
    const answers = shop.filter((event) => event.actionStep === "generate" && event.final);
    const questions = answers.map((event) => event.requestHash);
    expect(questions.length - new Set(questions).size).toBeGreaterThan(5);
    expect(answers.filter((event) => event.cache?.hit && event.cache.layer !== "prefix")).toEqual([]);
    expect(answers.some((event) => (metersOf(event)?.cacheRead ?? 0) >= 1_024)).toBe(true);
    expect(reported.length).toBeGreaterThanOrEqual(40);
    expect(reported.every((event) => event.cache?.layer === "retrieval" && isNativeEvent(event))).toBe(true);
    const generated = own.filter((event) => event.actionStep === "generate" && event.status === "success");
    expect(new Set(generated.map((event) => [event.provider, event.modelServed, event.pool].join(" ")))).toEqual(
      new Set(["self-hosted llama-3.1-8b-instruct llama-8b"]),
    );
  }, 60_000);

  it("ticket.classify: a frontier model says a word; assistant.agent: cache writes, then reads; search.embed: hits", async () => {
    const [tickets, runs, searches] = await Promise.all([
      start("ticket.classify", "brightcart", 10),
      start("assistant.agent", "pixelforge", 3),
      start("search.embed", "brightcart", 20),
    ]);
    const labels = tickets.filter((event) => event.status === "success");
    expect(Math.max(...labels.map((event) => metersOf(event)!.output))).toBeLessThanOrEqual(5);
    expect(labels.filter((event) => event.modelServed === "claude-sonnet-4-5").length).toBeGreaterThan(8);
    const steps = runs.filter((event) => event.modelServed === "claude-sonnet-4-5" && event.status === "success");
    const meters = steps.map((event) => metersOf(event)!);
    expect(meters.some((one) => one.cacheWrite5m > 5_000)).toBe(true);
    expect(meters.some((one) => one.cacheRead > 5_000)).toBe(true);
    expect(new Set(steps.map((event) => event.actionId)).size).toBe(3);
    expect(searches.filter((event) => event.cache?.hit && event.cache.layer === "embedding").length).toBeGreaterThan(5);
  }, 90_000);

  it("docs.summarize and ide.complete use the GPU pools; the engines count what the events say", async () => {
    const [, completions] = await Promise.all([
      start("docs.summarize", "fernway-legal", 1),
      start("ide.complete", "pixelforge", 12),
    ]);
    expect(new Set(completions.filter((event) => !event.cache?.hit).map((event) => event.pool))).toEqual(
      new Set(["qwen-coder-32b"]),
    );
    const generated = await Promise.all(
      engines.map(async ({ url }) =>
        Number(/vllm:generation_tokens_total\{.*\} (\d+)/.exec(await (await fetch(`${url}/metrics`)).text())![1]),
      ),
    );
    const of = (pool: string) =>
      events.filter((event) => event.pool === pool).reduce((sum, event) => sum + (metersOf(event)?.output ?? 0), 0);
    // Warm-ups aside, whatever a pool's engine made is in some event; what a client left behind is an estimate.
    expect(of("qwen-coder-32b") / generated[1]!).toBeCloseTo(1, 1);
    expect(of("llama-8b")).toBeGreaterThan(3_000);
  }, 90_000);
});
