/** Against a server that answers as LiteLLM's sources and documents say, lies included: LiteLLM itself cannot run here. */
import { describe, expect, it } from "vitest";
import type { LitellmContent } from "@/lib/policies/render/litellm";
import { canonicalHash } from "@/lib/protocol/canonical";
import { payloadOf } from "../foreign/read-content";
import { step, testDeps, type TestDeps } from "../foreign/testing/driver-deps";
import { litellmConfigSchema } from "./config";
import { openLitellm } from "./open-litellm";
import { litellmServer, MASTER_KEY, type LitellmServer } from "./testing/litellm-server";

const ENV = { LITELLM_MASTER_KEY: MASTER_KEY, OPENAI_API_KEY: "sk-upstream-secret" };

function content(large: number, over: Partial<LitellmContent> = {}): LitellmContent {
  const common = { timeoutSec: 120, mirrorTo: null };
  return {
    deployments: [
      { group: "chat", target: "large", upstream: "cloud", model: "gpt-4o", weight: large, ...common },
      { group: "chat", target: "small", upstream: "pool", model: "llama-8b", weight: 10_000 - large, ...common },
      { group: "chat--small", target: "small", upstream: "pool", model: "llama-8b", weight: 1, ...common },
    ],
    fallbacks: { chat: ["chat--small"] },
    ...over,
  };
}
const payload = (one: LitellmContent) => payloadOf("litellm", one);

async function driver(server: LitellmServer, deps: TestDeps = testDeps({ env: ENV })) {
  const config = litellmConfigSchema.parse({
    connector: "litellm",
    url: server.url,
    upstreams: {
      cloud: { provider: "openai", apiKeyEnv: "OPENAI_API_KEY" },
      pool: { provider: "hosted_vllm", apiBase: "http://pool:8000/v1" },
    },
  });
  return openLitellm(config, deps);
}
const rows = (server: LitellmServer) => [...server.rows.values()].map((row) => [row.model_name, row.litellm_params]);
const writes = (server: LitellmServer) =>
  server.asked
    .filter((one) => one.method !== "GET" && !one.path.startsWith("/v1/"))
    .map((one) => `${one.method} ${one.path.split("?")[0]}`);

describe("LiteLLM", () => {
  it("gets deployments under one model name with weights, fallbacks by name, and is asked once per name", async () => {
    const server = await litellmServer();
    const litellm = await driver(server);
    await litellm.apply(payload(content(7_500)), step());

    expect(rows(server)).toEqual([
      ["chat", { model: "openai/gpt-4o", weight: 7_500, timeout: 120, api_key: "sk-upstream-secret" }],
      ["chat", { model: "hosted_vllm/llama-8b", weight: 2_500, timeout: 120, api_base: "http://pool:8000/v1" }],
      ["chat--small", { model: "hosted_vllm/llama-8b", weight: 1, timeout: 120, api_base: "http://pool:8000/v1" }],
    ]);
    expect(server.fallbacks).toEqual(new Map([["chat", ["chat--small"]]]));
    expect(server.served).toEqual(["chat", "chat--small"]);
    expect(await litellm.effectiveHash()).toBe(canonicalHash(payload(content(7_500))));
  });

  it("changes a weight by patching and leaves every id as it is", async () => {
    const server = await litellmServer();
    const litellm = await driver(server);
    await litellm.apply(payload(content(7_500)), step());
    const before = [...server.rows.keys()];
    server.asked.length = 0;
    await litellm.apply(payload(content(5_000)), step());

    expect([...server.rows.keys()]).toEqual(before);
    expect(writes(server).map((one) => one.replace(/headroom-\w+/, "{id}"))).toEqual([
      "PATCH /model/{id}/update",
      "PATCH /model/{id}/update",
    ]);
    expect(rows(server).map(([, params]) => (params as { weight: number }).weight)).toEqual([5_000, 5_000, 1]);
  });

  it("takes a mirror away by a new deployment, since a patch would keep it; the new one comes before the old one goes", async () => {
    const server = await litellmServer();
    const litellm = await driver(server);
    const one = { group: "chat", target: "large", upstream: "cloud", model: "gpt-4o", weight: 10_000, timeoutSec: 120 };
    const shadow = { ...one, group: "chat--new", target: "new", weight: 1, mirrorTo: null };
    const mirrored = { deployments: [{ ...one, mirrorTo: "chat--new" }, shadow], fallbacks: {} };
    await litellm.apply(payload(mirrored), step());
    expect(rows(server)[0]![1]).toMatchObject({ silent_model: "chat--new" });
    server.asked.length = 0;
    await litellm.apply(payload({ deployments: [{ ...one, mirrorTo: null }], fallbacks: {} }), step());

    expect(writes(server)).toEqual(["POST /model/new", "POST /model/delete", "POST /model/delete"]);
    expect(rows(server)).toEqual([
      ["chat", { model: "openai/gpt-4o", weight: 10_000, timeout: 120, api_key: "sk-upstream-secret" }],
    ]);
  });

  it("waits until what is read back is what was wanted, not until the write was answered", async () => {
    const server = await litellmServer();
    server.behave.staleReads = 12;
    const deps = testDeps({ env: ENV });
    const litellm = await driver(server, deps);
    await litellm.apply(payload(content(7_500)), step());
    expect(deps.waitedMs()).toBeGreaterThanOrEqual(12_000);
  });

  it("is not fooled by a patch that answers success and does nothing: it says what is different and goes back", async () => {
    const server = await litellmServer();
    const litellm = await driver(server);
    await litellm.apply(payload(content(7_500)), step());
    const before = rows(server);
    server.behave.dropsPatches = true;
    await expect(litellm.apply(payload(content(1_000)), step())).rejects.toThrow(
      /took the change and does not do it: the deployment large of chat has weight 7500, not 1000 \(by GET \/model\/info, 60 s later\)/,
    );
    expect(rows(server)).toEqual(before);
    expect(await litellm.effectiveHash()).toBe(canonicalHash(payload(content(7_500))));
  });

  it("goes back, fallbacks included, when a model name does not answer", async () => {
    const server = await litellmServer();
    const litellm = await driver(server);
    await litellm.apply(payload(content(7_500)), step());
    const before = new Map(server.rows);
    server.behave.broken = "chat";
    const next = content(7_500, { fallbacks: {} });
    next.deployments[0]!.model = "gpt-5";
    await expect(litellm.apply(payload(next), step())).rejects.toThrow("LiteLLM answered 500 to POST /v1/chat/completions");
    expect(server.rows).toEqual(before);
    expect(server.fallbacks.get("chat")).toEqual(["chat--small"]);
  });

  it("takes away what it added when the very first change fails", async () => {
    const server = await litellmServer();
    server.behave.broken = "chat";
    const litellm = await driver(server);
    await expect(litellm.apply(payload(content(7_500)), step())).rejects.toThrow("500");
    expect(rows(server)).toEqual([]);
    expect(server.fallbacks.size).toBe(0);
    expect(await litellm.effectiveHash()).toBeNull();
  });

  it("never touches deployments of others, and refuses to share a model name with them", async () => {
    const foreign = { model_name: "chat", litellm_params: { model: "azure/x" }, model_info: { id: "by-hand", db_model: false } };
    const other = {
      model_name: "theirs",
      litellm_params: { model: "azure/y" },
      model_info: { id: "headroom-x", headroom_owner: "agent-2" },
    };
    const server = await litellmServer([foreign, other]);
    const litellm = await driver(server);
    await expect(litellm.apply(payload(content(7_500)), step())).rejects.toThrow(
      /has deployments of chat that this agent did not make \(by-hand\)/,
    );
    expect(writes(server)).toEqual([]);
    server.rows.delete("by-hand");
    await litellm.apply(payload(content(7_500)), step());
    expect(server.rows.get("headroom-x")).toEqual(other);
  });

  it("refuses weights where the strategy ignores them, before it touches anything; one target per route is fine", async () => {
    const server = await litellmServer();
    server.behave.strategy = "latency-based-routing";
    const litellm = await driver(server);
    await expect(litellm.apply(payload(content(7_500)), step())).rejects.toThrow(
      "LiteLLM routes by latency-based-routing, which ignores weights. Set router_settings.routing_strategy to simple-shuffle",
    );
    expect(writes(server)).toEqual([]);
    await litellm.apply(payload({ deployments: [{ ...content(1).deployments[0]!, weight: 10_000 }], fallbacks: {} }), step());
    expect(server.rows.size).toBe(1);
  });

  it("sees what somebody changed by hand as another hash, and puts it right", async () => {
    const server = await litellmServer();
    const litellm = await driver(server);
    await litellm.apply(payload(content(7_500)), step());
    const first = [...server.rows.values()][0]!;
    first.litellm_params = { ...first.litellm_params, silent_model: "their-shadow", weight: 9_999 };
    const drifted = await litellm.effectiveHash();
    expect(drifted).toMatch(/^[0-9a-f]{64}$/);
    expect(drifted).not.toBe(canonicalHash(payload(content(7_500))));
    await litellm.apply(payload(content(7_500)), step());
    expect(await litellm.effectiveHash()).toBe(canonicalHash(payload(content(7_500))));
  });

  it("at boot sends the keys again, which may have changed in the environment", async () => {
    const server = await litellmServer();
    await (await driver(server)).apply(payload(content(7_500)), step());
    const rotated = testDeps({ env: { ...ENV, OPENAI_API_KEY: "sk-rotated" } });
    await (await driver(server, rotated)).apply(payload(content(7_500)), step("boot"));
    expect(rows(server)[0]![1]).toMatchObject({ api_key: "sk-rotated" });
  });

  it("names what to check, and never the key", async () => {
    const server = await litellmServer();
    const litellm = await driver(server, testDeps({ env: { ...ENV, LITELLM_MASTER_KEY: "sk-wrong" } }));
    await expect(litellm.apply(payload(content(7_500)), step())).rejects.toThrow(
      "LiteLLM answered 401 to GET /model/info: check LITELLM_MASTER_KEY: it must be the master key",
    );
    await server.close();
    await expect(litellm.apply(payload(content(7_500)), step())).rejects.toThrow(/LiteLLM cannot be reached at .*ECONNREFUSED/);
    expect(await litellm.health()).toMatchObject({ ok: false, reason: expect.stringContaining("cannot be reached") });
    expect(await litellm.effectiveHash()).toBeNull();
  });

  it("refuses an upstream that its file does not have, and another connector's payload", async () => {
    const litellm = await driver(await litellmServer());
    const unknown = content(7_500);
    unknown.deployments[0]!.upstream = "elsewhere";
    expect(litellm.refuse(payload(unknown))).toContain('no upstream "elsewhere"; it has: cloud, pool');
    expect(litellm.refuse(payloadOf("portkey", {}))).toContain("It is for portkey");
    expect(litellm.refuse(payload({ ...content(1), surprise: 1 } as LitellmContent))).toContain("surprise");
  });

  it("does not start without its keys", async () => {
    await expect(driver(await litellmServer(), testDeps({ env: { LITELLM_MASTER_KEY: MASTER_KEY } }))).rejects.toThrow(
      "OPENAI_API_KEY is not set; it holds the key of the upstream cloud",
    );
  });

  it("never uses /config/update", async () => {
    const server = await litellmServer();
    const litellm = await driver(server);
    for (const large of [7_500, 1_000]) await litellm.apply(payload(content(large)), step());
    expect(server.asked.filter((one) => one.path.includes("/config/"))).toEqual([]);
  });
});
