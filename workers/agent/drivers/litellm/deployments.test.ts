import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { litellmContentSchema } from "@/lib/policies/render/litellm";
import { renderFor } from "@/lib/policies/render";
import type { PolicyLayer } from "@/lib/policies/schemas";
import { litellmConfigSchema } from "./config";
import { contentOfPresent, firstDifference, presentDeployments, wantedDeployments } from "./deployments";

const config = litellmConfigSchema.parse({
  connector: "litellm",
  url: "http://litellm",
  upstreams: {
    cloud: { provider: "openai", apiKeyEnv: "KEY" },
    pool: { provider: "hosted_vllm", apiBase: "http://pool:8000/v1" },
    named: { provider: "azure", credentialName: "azure-eu" },
  },
});

const target = fc.record({
  upstream: fc.constantFrom("cloud", "pool", "named"),
  model: fc.constantFrom("gpt-4o", "meta-llama/Llama-3.1-8B", "openai/oss"),
  weight: fc.integer({ min: 1, max: 50 }),
});
const route = fc
  .record({
    a: target,
    b: target,
    c: target,
    fallback: fc.subarray(["a", "b", "c"]),
    shadow: fc.option(fc.constantFrom("b", "c"), { nil: null }),
    timeoutMs: fc.integer({ min: 100, max: 600_000 }),
  })
  .map(({ a, b, c, fallback, shadow, timeoutMs }) => ({
    targets: { a, b, c },
    fallback: { order: fallback },
    shadow: shadow === null ? null : { target: shadow, sharePercent: 100 },
    timeoutMs,
  }));
const routes = fc.dictionary(fc.constantFrom("chat", "chat-default", "search"), route, { minKeys: 1 });

/** As LiteLLM answers it: without keys, with what it knows itself, in its own order. */
const modelInfo = (wanted: ReturnType<typeof wantedDeployments>) => ({
  data: wanted
    .map(({ body }) => {
      const { api_key: _key, ...params } = body.litellm_params;
      return { ...body, litellm_params: params, model_info: { ...body.model_info, db_model: true, max_tokens: 4_096 } };
    })
    .reverse(),
});

describe("deployments", () => {
  it("say by themselves what they are: any policy that LiteLLM can be given is read back as it was sent", () => {
    fc.assert(
      fc.property(routes, (said) => {
        const layer: PolicyLayer = { scope: { level: "global", value: null }, policies: { routing: { routes: said } } };
        const rendered = renderFor(
          { name: "l", connector: "litellm", environment: "eu", pool: null, capabilities: [], hardware: null },
          { gateway: [layer], engine: [] },
        );
        if (rendered.kind !== "payload") throw new Error(JSON.stringify(rendered));
        const content = litellmContentSchema.parse(rendered.payload.content);
        const wanted = wantedDeployments(content, config, "agent-1", { KEY: "sk-secret" });
        expect(new Set(wanted.map((one) => one.id)).size).toBe(wanted.length);
        const present = presentDeployments(modelInfo(wanted), config, "agent-1");
        const back = contentOfPresent(present, content.fallbacks);
        expect(back).toEqual(content);
        expect(firstDifference(content, back)).toBeNull();
        expect(presentDeployments(modelInfo(wanted), config, "agent-2").ours).toEqual([]);
      }),
    );
  });

  it("have an id that a weight or a key does not change and everything else does", () => {
    const one = { group: "g", target: "t", upstream: "pool", model: "m", weight: 5, timeoutSec: 10, mirrorTo: null };
    const id = (over: object, env = {}) =>
      wantedDeployments({ deployments: [{ ...one, ...over }], fallbacks: {} }, config, "agent-1", env)[0]!.id;
    expect(id({ weight: 6 })).toBe(id({}));
    expect(id({ upstream: "cloud" }, { KEY: "x" })).toBe(id({ upstream: "cloud" }, { KEY: "y" }));
    for (const over of [
      { group: "h" },
      { target: "u" },
      { upstream: "cloud" },
      { model: "n" },
      { timeoutSec: 11 },
      { mirrorTo: "s" },
    ])
      expect(id(over)).not.toBe(id({}));
  });

  it("a list that is none is said to be none", () => {
    expect(() => presentDeployments({ detail: "Not Found" }, config, "a")).toThrow("is this its address?");
  });
});
