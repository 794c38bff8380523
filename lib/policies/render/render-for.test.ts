import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAPABILITIES, hardwareSchema } from "@/lib/protocol/connectors";
import { gatewayPolicyFileSchema, type EngineLayer, type PolicyLayer } from "../schemas";
import { globalScope, layers as anyLayers } from "../testing";
import { renderFor } from "./render-for";
import type { RenderTarget } from "./target";

const gateway: RenderTarget = {
  name: "gw-1",
  connector: "headroom-gateway",
  environment: "production",
  pool: null,
  capabilities: CAPABILITIES,
  hardware: null,
};
const node: RenderTarget = {
  ...gateway,
  name: "llama-n1",
  connector: "engine",
  pool: "llama",
  hardware: hardwareSchema.parse({ gpuType: "NVIDIA A10G", engine: "vllm" }),
};

const chat: PolicyLayer = {
  scope: globalScope,
  policies: { routing: { routes: { chat: { targets: { a: { upstream: "u", model: "m", weight: 1 } } } } } },
};
const capIn = (environment: string): PolicyLayer => ({
  scope: { level: "environment", value: environment },
  policies: { tokens: { maxOutputTokens: 500 } },
});
const acme: PolicyLayer = { scope: { level: "tenant", value: "acme" }, policies: { tokens: { maxOutputTokens: 100 } } };
const engineLayer = (level: "pool" | "node", value: string, engine: EngineLayer["policies"]["engine"]): EngineLayer => ({
  scope: { level, value },
  policies: { engine: engine ?? null },
});

describe("renderFor a gateway", () => {
  it("sends the layers of its environment and of every tenant, none of another environment", () => {
    expect(renderFor(gateway, { gateway: [acme, capIn("staging"), chat, capIn("production")], engine: [] })).toEqual({
      kind: "payload",
      payload: { schema: 1, connector: "headroom-gateway", content: { layers: [chat, capIn("production"), acme] } },
      warnings: [],
    });
  });
  it("sends the same, whatever order the layers come in, and it is a policy file", () => {
    const shuffles = anyLayers.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    let payloads = 0;
    fc.assert(
      fc.property(shuffles, ([list, shuffled]) => {
        const one = renderFor(gateway, { gateway: list, engine: [] });
        expect(renderFor(gateway, { gateway: shuffled, engine: [] })).toEqual(one);
        if (one.kind !== "payload") return;
        payloads++;
        expect(gatewayPolicyFileSchema.safeParse({ schema: 1, ...one.payload.content }).success).toBe(true);
      }),
    );
    expect(payloads).toBeGreaterThan(0);
  });
  it("says nothing when no policy concerns it", () => {
    expect(renderFor(gateway, { gateway: [capIn("staging")], engine: [engineLayer("pool", "llama", {})] })).toEqual({
      kind: "nothing",
    });
  });
  it("refuses what the target cannot do, and says who asks for it", () => {
    const two = structuredClone(chat);
    two.policies.routing!.routes!["chat"]!.targets!["b"] = { upstream: "u", model: "n", weight: 3 };
    const rendered = renderFor({ ...gateway, capabilities: ["routing"] }, { gateway: [two, acme], engine: [] });
    expect(rendered).toEqual({
      kind: "refused",
      refusals: [
        "It cannot do perTenantScope, and tenant acme has policies of its own.",
        "It cannot do weights, and route chat splits traffic by weight.",
        "It cannot do tokens, and tokens are limited.",
      ],
    });
  });
  it("refuses layers that together are no policy", () => {
    const stray: PolicyLayer = {
      scope: globalScope,
      policies: { routing: { routes: { chat: { targets: { a: { weight: 1 } } } } } },
    };
    const rendered = renderFor(gateway, { gateway: [stray], engine: [] });
    expect(rendered.kind === "refused" && rendered.refusals.join()).toMatch(/\/routing\/routes\/chat\/targets\/a\/upstream/);
  });
});

describe("renderFor an engine", () => {
  it("lays its node over its pool, key by key, and says only what they say", () => {
    const engine = [
      engineLayer("node", "llama-n1", { maxNumSeqs: 64, gpuMemoryUtilization: null }),
      engineLayer("pool", "llama", { model: "llama-8b", quantization: "awq", maxNumSeqs: 32, gpuMemoryUtilization: 0.9 }),
      engineLayer("node", "llama-n2", { maxNumSeqs: 8 }),
      engineLayer("pool", "qwen", { model: "qwen" }),
    ];
    expect(renderFor(node, { gateway: [chat], engine })).toEqual({
      kind: "payload",
      payload: {
        schema: 1,
        connector: "engine",
        content: { engine: { model: "llama-8b", quantization: "awq", maxNumSeqs: 64 } },
      },
      warnings: [],
    });
  });
  it("refuses a format that its GPU cannot run", () => {
    const rendered = renderFor(node, { gateway: [], engine: [engineLayer("pool", "llama", { quantization: "fp8" })] });
    expect(rendered).toMatchObject({ kind: "refused", refusals: [expect.stringMatching(/NVIDIA A10G is Ampere/)] });
  });
  it("says nothing when no policy concerns it", () => {
    expect(renderFor(node, { gateway: [chat], engine: [engineLayer("pool", "qwen", {})] })).toEqual({ kind: "nothing" });
  });
});
