/** What LiteLLM, the vLLM router and Portkey are sent, and what they are not: by key, with what to do. */
import { describe, expect, it } from "vitest";
import type { Connector } from "@/lib/protocol/connectors";
import { gatewayPolicySchema, type PolicyLayer } from "../schemas";
import { globalScope } from "../testing";
import { litellmContentSchema } from "./litellm";
import { portkeyContentSchema } from "./portkey";
import { renderFor } from "./render-for";
import { documentContentSchema } from "./file";
import { vllmRouterContentSchema } from "./vllm-router";

const TARGETS = {
  large: { upstream: "cloud", model: "gpt-4o", weight: 3 },
  small: { upstream: "pool", model: "llama-8b", weight: 1 },
  new: { upstream: "pool", model: "llama-70b", weight: 0 },
};

function layer(route: object, rest: object = {}, name = "chat"): PolicyLayer {
  return {
    scope: globalScope,
    policies: { routing: { routes: { [name]: { targets: TARGETS, ...route } } }, ...rest } as PolicyLayer["policies"],
  };
}

function render(connector: Connector, ...layers: PolicyLayer[]) {
  const target = { name: "t-1", connector, environment: "production", pool: null, capabilities: [], hardware: null };
  return renderFor(target, { gateway: layers, engine: [] });
}

function content(connector: Connector, ...layers: PolicyLayer[]) {
  const rendered = render(connector, ...layers);
  if (rendered.kind !== "payload") throw new Error(JSON.stringify(rendered));
  return rendered.payload.content;
}

const refusals = (connector: Connector, ...layers: PolicyLayer[]) => {
  const rendered = render(connector, ...layers);
  return rendered.kind === "refused" ? rendered.refusals.join("\n") : "";
};

describe("LiteLLM", () => {
  it("has one deployment per share under the route's name, and own names for fallback and shadow", () => {
    const rendered = content(
      "litellm",
      layer({ fallback: { order: ["small"] }, shadow: { target: "new", sharePercent: 100 }, timeoutMs: 30_000 }),
    );
    const common = { timeoutSec: 30, mirrorTo: null };
    expect(rendered).toEqual({
      deployments: [
        { group: "chat", target: "large", upstream: "cloud", model: "gpt-4o", weight: 7_500, ...common, mirrorTo: "chat--new" },
        { group: "chat", target: "small", upstream: "pool", model: "llama-8b", weight: 2_500, ...common, mirrorTo: "chat--new" },
        { group: "chat--new", target: "new", upstream: "pool", model: "llama-70b", weight: 1, ...common },
        { group: "chat--small", target: "small", upstream: "pool", model: "llama-8b", weight: 1, ...common },
      ],
      fallbacks: { chat: ["chat--small"] },
    });
    expect(litellmContentSchema.safeParse(rendered).success).toBe(true);
  });

  it("does not make the only target that serves a fallback of itself", () => {
    const targets = { large: TARGETS.large, small: { ...TARGETS.small, weight: 0 } };
    expect(content("litellm", layer({ targets, fallback: { order: ["large", "small"] } }))["fallbacks"]).toEqual({
      chat: ["chat--small"],
    });
  });

  it.each([
    ["/routing/routes/chat/shadow/sharePercent", { shadow: { target: "new", sharePercent: 20 } }],
    ["/routing/routes/chat/fallback/on", { fallback: { order: ["small"], on: ["5xx"] } }],
    ["/routing/routes/chat/retry/attempts", { retry: { attempts: 2 } }],
    ["/routing/routes/chat/sticky", { sticky: "user" }],
    ["/routing/routes/chat/coalesce", { coalesce: true }],
    ["/routing/routes/chat/lane", { lane: "batch" }],
    ["/routing/routes/chat/firstTokenTimeoutMs", { firstTokenTimeoutMs: 1_000 }],
    ["/routing/routes/chat/cascade", { cascade: { first: "small", escalateTo: "large" } }],
    ["/routing/routes/chat/targets/small/weight", { targets: { ...TARGETS, small: { ...TARGETS.small, weight: 0.0001 } } }],
  ])("refuses %s", (key, route) => {
    expect(refusals("litellm", layer(route))).toMatch(new RegExp(`^${key}: .*LiteLLM.*\\.`, "m"));
  });

  it("refuses fallbacks of a name with a slash, which cannot be read back", () => {
    expect(refusals("litellm", layer({ fallback: { order: ["small"] } }, {}, "meta/chat"))).toContain("without one");
  });
  it("refuses rules, caches, token limits and batching by their keys", () => {
    const rest = {
      caching: { exact: { enabled: true } },
      tokens: { maxOutputTokens: 100, stop: ["END"] },
      batching: { embeddings: { enabled: true } },
    };
    const rules: PolicyLayer = {
      scope: { level: "environment", value: "production" },
      policies: { routing: { rules: { r: { priority: 1, route: "chat" } } } },
    };
    const said = refusals("litellm", layer({}, rest), rules);
    for (const key of [
      "/routing/rules",
      "/caching/exact/enabled",
      "/tokens/maxOutputTokens",
      "/tokens/stop",
      "/batching/embeddings",
    ])
      expect(said).toContain(key);
  });
  it("refuses policies of a tenant, and says so with its name", () => {
    const acme: PolicyLayer = { scope: { level: "tenant", value: "acme" }, policies: { tokens: { stop: ["X"] } } };
    expect(refusals("litellm", layer({}), acme)).toContain("The policy of tenant acme");
  });
  it("warns that nobody enforces the retry budget there", () => {
    const rendered = render("litellm", layer({ fallback: { order: ["small"] } }));
    expect(rendered.kind === "payload" && rendered.warnings).toEqual([expect.stringContaining("10 % are not enforced")]);
  });
});

describe("Portkey", () => {
  it("has each share as a branch; its fallbacks are the route's without itself", () => {
    const rendered = content("portkey", layer({ fallback: { order: ["small"] }, timeoutMs: 5_000 }));
    const large = { upstream: "cloud", override_params: { model: "gpt-4o" }, request_timeout: 5_000 };
    const small = { upstream: "pool", override_params: { model: "llama-8b" }, request_timeout: 5_000 };
    const codes = [408, 429, 500, 502, 503, 504, 520, 522, 524, 529];
    expect(rendered).toEqual({
      routes: {
        chat: [
          { weight: 7_500, serve: { strategy: { mode: "fallback", on_status_codes: codes }, targets: [large, small] } },
          { weight: 2_500, serve: small },
        ],
      },
    });
    expect(portkeyContentSchema.safeParse(rendered).success).toBe(true);
  });
  it("counts tries as Portkey does: three attempts are two more", () => {
    const rendered = portkeyContentSchema.parse(content("portkey", layer({ retry: { attempts: 3 }, fallback: { on: ["429"] } })));
    expect(rendered.routes["chat"]![0]!.serve).toMatchObject({ retry: { attempts: 2, on_status_codes: [429] } });
  });
  it("refuses to tell an unreachable upstream from one that answers 5xx", () => {
    expect(refusals("portkey", layer({ fallback: { order: ["small"], on: ["5xx"] } }))).toContain("both 5xx and network");
  });
  it("refuses a shadow and a cache, which this gateway cannot do", () => {
    const said = refusals(
      "portkey",
      layer({ shadow: { target: "new", sharePercent: 100 } }, { caching: { exact: { enabled: true } } }),
    );
    expect(said).toContain("/routing/routes/chat/shadow: Portkey does not mirror requests");
    expect(said).toContain("/caching/exact/enabled");
  });
  it("refuses more than fits into a header", () => {
    const routes = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`route-${n}`, { targets: TARGETS }]));
    const many: PolicyLayer = { scope: globalScope, policies: { routing: { routes } } };
    expect(refusals("portkey", many)).toMatch(/travels in one header, and \d+ bytes are more than 14000/);
  });
});

describe("the vLLM router", () => {
  const one = { targets: { pool: { upstream: "pool", model: "llama-8b", weight: 1 } } };
  it("has one model per route and the way of routing for all", () => {
    const rendered = content("vllm-router", layer({ ...one, sticky: "user" }, {}, "llama-8b"));
    expect(rendered).toEqual({ models: [{ model: "llama-8b", upstream: "pool" }], sticky: "user" });
    expect(vllmRouterContentSchema.safeParse(rendered).success).toBe(true);
  });
  it("refuses weights and says where several engines belong", () => {
    expect(refusals("vllm-router", layer({}))).toMatch(
      /\/targets: The vLLM router spreads requests evenly.*one upstream of the agent/,
    );
  });
  it("refuses a route that is not named like its model", () => {
    expect(refusals("vllm-router", layer(one))).toContain('Name the route "llama-8b"');
  });
  it("refuses fallbacks, and two ways of routing at once", () => {
    const two: PolicyLayer = {
      scope: globalScope,
      policies: {
        routing: {
          routes: {
            "llama-8b": { ...one, sticky: "user", fallback: { order: ["pool"] } },
            other: { targets: { pool: { upstream: "pool", model: "other", weight: 1 } } },
          },
        },
      },
    };
    const said = refusals("vllm-router", two);
    expect(said).toContain("/fallback/order: The vLLM router does not try another target");
    expect(said).toContain("differ in sticky");
  });
});

describe("a file and a webhook", () => {
  it("get the effective policy with its defaults, and the layers as they are", () => {
    const stated = layer({ timeoutMs: 9_000 });
    for (const connector of ["file", "webhook"] as const) {
      const target = {
        name: "t",
        connector,
        environment: "eu",
        pool: null,
        capabilities: ["routing", "weights"],
        hardware: null,
      };
      const rendered = renderFor(target, { gateway: [stated], engine: [] });
      if (rendered.kind !== "payload") throw new Error(JSON.stringify(rendered));
      expect(rendered.payload.content).toEqual({
        environment: "eu",
        layers: [stated],
        policy: gatewayPolicySchema.parse(stated.policies),
      });
      expect(documentContentSchema.safeParse(rendered.payload.content).success).toBe(true);
    }
  });
  it("are refused what their agent does not declare", () => {
    expect(refusals("file", layer({}))).toContain("It cannot do routing");
  });
});
