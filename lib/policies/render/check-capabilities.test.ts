import { describe, expect, it } from "vitest";
import { CAPABILITIES, type Capability } from "@/lib/protocol/connectors";
import { globalScope } from "../testing";
import type { PolicyLayer } from "../schemas";
import { missingCapabilities } from "./check-capabilities";

const target = (weight: number) => ({ upstream: "u", model: "m", weight });
const route = (over: object): PolicyLayer["policies"] => ({
  routing: { routes: { chat: { targets: { a: target(1), b: target(0) }, ...over } } },
});
const missing = (policies: PolicyLayer["policies"], capabilities: readonly string[] = ["routing"]) =>
  missingCapabilities([{ scope: globalScope, policies }], capabilities);

describe("missingCapabilities", () => {
  it.each<[Capability, PolicyLayer["policies"]]>([
    ["weights", route({ targets: { a: target(1), b: target(1) } })],
    ["canary", route({ canary: { target: "b", sharePercent: 5 } })],
    ["shadow", route({ shadow: { target: "b", sharePercent: 5 } })],
    ["cascade", route({ cascade: { first: "b", escalateTo: "a" } })],
    ["fallback", route({ fallback: { order: ["b"] } })],
    ["cacheExact", { caching: { exact: { enabled: true } } }],
    ["cacheSemantic", { caching: { semantic: { enabled: true, embedding: { upstream: "u", model: "e" } } } }],
    ["tokens", { tokens: { stop: ["END"] } }],
    ["batching", { batching: { background: { enabled: true } } }],
  ])("%s is asked for by what needs it, and by nothing else", (capability, policies) => {
    expect(missing(policies)).toEqual([expect.stringContaining(`It cannot do ${capability}, and`)]);
    expect(missing(policies, ["routing", capability])).toEqual([]);
  });

  it("does not ask for weights where one target serves beside a canary", () => {
    const policies = route({ targets: { a: target(1), b: target(1) }, canary: { target: "b", sharePercent: 5 } });
    expect(missing(policies, ["routing", "canary"])).toEqual([]);
  });

  it("sees what only one tenant's layer switches on, and what it switches off again", () => {
    const acme = (policies: PolicyLayer["policies"]): PolicyLayer => ({ scope: { level: "tenant", value: "acme" }, policies });
    const everywhere: PolicyLayer = { scope: globalScope, policies: { tokens: { maxOutputTokens: 5 } } };
    expect(missingCapabilities([acme({ caching: { exact: { enabled: true } } })], ["perTenantScope"])).toEqual([
      "It cannot do cacheExact, and the exact cache is on.",
    ]);
    expect(missingCapabilities([everywhere, acme({ tokens: {} })], ["tokens"])).toEqual([]);
    expect(missingCapabilities([everywhere, acme({ tokens: { maxOutputTokens: 3 } })], ["tokens"])).toEqual([
      "It cannot do perTenantScope, and tenant acme has policies of its own.",
    ]);
  });

  it("asks a target that can do everything for nothing", () => {
    const policies = { ...route({ canary: { target: "b", sharePercent: 5 } }), caching: { exact: { enabled: true } } };
    expect(missing(policies, CAPABILITIES)).toEqual([]);
  });
});
