/**
 * Against a router that does what the production stack's sources say: it looks at its file now and then, keeps what it
 * has when a key is unknown or a value is missing, and says in GET /health what is in force. The router itself cannot run here.
 */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { VllmRouterContent } from "@/lib/policies/render/vllm-router";
import { canonicalHash } from "@/lib/protocol/canonical";
import { payloadOf } from "../foreign/read-content";
import { step, testDeps } from "../foreign/testing/driver-deps";
import { serve } from "../foreign/testing/http-server";
import { vllmRouterConfigSchema } from "./config";
import { openVllmRouter } from "./open-vllm-router";

const KNOWN = [
  "static_backends",
  "static_models",
  "static_aliases",
  "static_backend_health_checks",
  "k8s_port",
  "session_key",
  "callbacks",
];
const LOOKS_BETWEEN = 3;

async function router(over: object = {}, { watched = true } = {}) {
  const deps = testDeps();
  const file = path.join(deps.stateDir, "dynamic.json");
  let inForce: Record<string, unknown> = {
    service_discovery: "static",
    routing_logic: "roundrobin",
    static_backends: "http://old:8000",
    static_models: "old",
  };
  let asked = 0;
  const look = () => {
    try {
      const read = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, unknown>;
      const { service_discovery, routing_logic, ...more } = read;
      if (service_discovery && routing_logic && Object.keys(more).every((key) => KNOWN.includes(key))) inForce = read;
    } catch {
      // "Error loading config file", in its log.
    }
  };
  const server = await serve(({ path: at }) => {
    if (at === "/health") {
      if (++asked % LOOKS_BETWEEN === 0) look();
      const defaults = Object.fromEntries(KNOWN.map((key) => [key, key === "static_backend_health_checks" ? false : null]));
      return { json: { status: "healthy", ...(watched ? { dynamic_config: { ...defaults, ...inForce } } : {}) } };
    }
    const models = [...new Set(String(inForce["static_models"]).split(","))];
    return { json: { object: "list", data: models.filter((id) => id !== "down").map((id) => ({ id })) } };
  });
  const config = vllmRouterConfigSchema.parse({
    connector: "vllm-router",
    url: server.url,
    file,
    upstreams: {
      pool: { engines: ["http://gpu-1:8000", "http://gpu-2:8000"] },
      other: { engines: ["http://gpu-3:8000"] },
    },
    stickyHeaders: { user: "x-user-id" },
    ...over,
  });
  return { driver: await openVllmRouter(config, deps), deps, file, inForce: () => inForce };
}

const content: VllmRouterContent = {
  models: [
    { model: "llama-70b", upstream: "other" },
    { model: "llama-8b", upstream: "pool" },
  ],
  sticky: "user",
};
const payload = payloadOf("vllm-router", content);

describe("the vLLM router", () => {
  it("gets every engine of a model, and counts as applied when its health says so", async () => {
    const { driver, file, deps } = await router();
    const progress: string[] = [];
    await driver.apply(payload, step("offer", { progress: (status) => void progress.push(status) }));
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual({
      service_discovery: "static",
      routing_logic: "session",
      session_key: "x-user-id",
      static_backends: "http://gpu-3:8000,http://gpu-1:8000,http://gpu-2:8000",
      static_models: "llama-70b,llama-8b,llama-8b",
    });
    expect(progress).toEqual(["applying", "warming"]);
    expect(deps.waitedMs()).toBeGreaterThan(0);
    expect(await driver.effectiveHash()).toBe(canonicalHash(payload));
  });

  it("is not fooled by silence: an unknown key makes the router keep what it had, and the file goes back too", async () => {
    const { driver, file, inForce } = await router({ extra: { static_wieghts: "1,2" } });
    await expect(driver.apply(payload, step())).rejects.toThrow(
      /does not run what is in .*dynamic\.json: .* \(by GET \/health, 30 s later\)\. A key it does not know/,
    );
    expect(inForce()["static_models"]).toBe("old");
    // There was no file before: what the router had is in it now, so that a restart changes nothing.
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toMatchObject({ static_backends: "http://old:8000" });
  });

  it("goes back when a model is not served after all", async () => {
    const { driver, file } = await router();
    await driver.apply(payload, step());
    const before = fs.readFileSync(file);
    const down = payloadOf("vllm-router", { models: [{ model: "down", upstream: "pool" }], sticky: null });
    await expect(driver.apply(down, step())).rejects.toThrow("does not list down in GET /v1/models: are its engines up?");
    expect(fs.readFileSync(file)).toEqual(before);
    expect(await driver.effectiveHash()).toBe(canonicalHash(payload));
  });

  it("sees a file that somebody else wrote as another hash", async () => {
    const { driver, file } = await router();
    await driver.apply(payload, step());
    const changed = {
      ...(JSON.parse(fs.readFileSync(file, "utf8")) as object),
      static_backends: "http://gpu-3:8000,http://x:1,http://gpu-2:8000",
    };
    fs.writeFileSync(file, JSON.stringify(changed));
    for (let n = 0; n < LOOKS_BETWEEN; n++) await driver.health();
    const drifted = await driver.effectiveHash();
    expect(drifted).toMatch(/^[0-9a-f]{64}$/);
    expect(drifted).not.toBe(canonicalHash(payload));
  });

  it("says how to start a router that does not watch a file, and touches nothing", async () => {
    const { driver, file } = await router({}, { watched: false });
    await expect(driver.apply(payload, step())).rejects.toThrow(/start it with --dynamic-config-json .*dynamic\.json/);
    expect(fs.existsSync(file)).toBe(false);
  });

  it("refuses a session by what no header names, and an upstream it does not know", async () => {
    const { driver } = await router();
    expect(driver.refuse(payloadOf("vllm-router", { ...content, sticky: "tenant" }))).toContain("target.stickyHeaders.tenant");
    const unknown = { models: [{ model: "m", upstream: "nowhere" }], sticky: null };
    expect(driver.refuse(payloadOf("vllm-router", unknown))).toContain('no upstream "nowhere"; it has: other, pool');
  });
});
