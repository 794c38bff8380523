import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffPolicies } from "./index";
import type { PolicyLayer, Scope } from "./schemas";
import { globalScope, layer, layers } from "./testing";

type Policies = PolicyLayer["policies"];
const acme: Scope = { level: "tenant", value: "acme" };
const routes = (chat: object): Policies => ({ routing: { routes: { "chat-default": chat } } });
const diff = (before: Policies, after: Policies, scope: Scope = globalScope) =>
  diffPolicies([{ scope, policies: before }], [{ scope, policies: after }]);

describe("diffPolicies", () => {
  it.each<[string, Policies, Policies, string[]]>([
    [
      "a weight",
      routes({ targets: { "llama-70b": { weight: 10 } } }),
      routes({ targets: { "llama-70b": { weight: 25 } } }),
      ["weight of llama-70b in chat-default 10 → 25"],
    ],
    [
      "a canary share",
      routes({ canary: { target: "new", sharePercent: 5 } }),
      routes({ canary: { target: "new", sharePercent: 25 } }),
      ["canary share of chat-default 5 % → 25 %"],
    ],
    [
      "a canary that ends",
      routes({ canary: { target: "new", sharePercent: 5 } }),
      routes({ canary: null }),
      ["canary of chat-default unset"],
    ],
    [
      "a canary that begins",
      routes({}),
      routes({ canary: { target: "new", sharePercent: 1 } }),
      ["canary of chat-default added", "canary target of chat-default set to new", "canary share of chat-default set to 1 %"],
    ],
    [
      "a target that goes",
      routes({ targets: { a: { weight: 1 }, b: { weight: 1 } } }),
      routes({ targets: { a: { weight: 1 } } }),
      ["target b of chat-default removed"],
    ],
    ["a timeout", routes({ timeoutMs: 500 }), routes({ timeoutMs: 900 }), ["timeout of chat-default 500 ms → 900 ms"]],
    [
      "fallbacks",
      routes({ fallback: { order: ["a"] } }),
      routes({ fallback: { order: ["b", "a"] } }),
      ["fallback order of chat-default a → b, a"],
    ],
    [
      "a rule",
      { routing: { rules: { long: { priority: 5, route: "x" } } } },
      { routing: { rules: { long: { priority: 1, route: "x", when: { minInputTokens: 8_000 } } } } },
      ["priority of rule long 5 → 1", "when min input tokens of rule long set to 8000"],
    ],
    [
      "a switch",
      { caching: { exact: { enabled: false } } },
      { caching: { exact: { enabled: true, ttlSec: 60 } } },
      ["caching exact enabled off → on", "caching exact ttl set to 60 s"],
    ],
    [
      "a cap that is lifted",
      { tokens: { maxOutputTokens: 500 } },
      { tokens: { maxOutputTokens: null } },
      ["tokens max output tokens unset (was 500)"],
    ],
    [
      "a cap left to broader scopes",
      { tokens: { maxOutputTokens: 500 } },
      { tokens: {} },
      ["tokens max output tokens no longer set (was 500)"],
    ],
    ["a null that goes", { tokens: { maxOutputTokens: null } }, {}, ["tokens max output tokens no longer unset"]],
    [
      "a format, whole",
      { tokens: { responseFormat: { type: "text" } } },
      { tokens: { responseFormat: { type: "json_object" } } },
      ['tokens response format {"type":"text"} → {"type":"json_object"}'],
    ],
  ])("%s", (_, before, after, sentences) => {
    expect(diff(before, after)).toEqual(sentences);
  });
  it("names the scope when it is not global, broad scopes first", () => {
    const file = (cap: number): PolicyLayer[] => [
      { scope: acme, policies: { tokens: { maxOutputTokens: cap } } },
      { scope: globalScope, policies: { tokens: { maxOutputTokens: cap * 2 } } },
    ];
    expect(diffPolicies(file(1), file(5))).toEqual([
      "tokens max output tokens 2 → 10",
      "tenant acme: tokens max output tokens 1 → 5",
    ]);
  });
  it("says what changes for an engine, pools before nodes", () => {
    const pool = { level: "pool", value: "llama" } as const;
    const node = { level: "node", value: "llama-n1" } as const;
    const speculative = { method: "ngram", numTokens: 3 };
    expect(
      diffPolicies(
        [{ scope: pool, policies: { engine: { quantization: "none", maxNumSeqs: 32, enablePrefixCaching: true } } }],
        [
          { scope: node, policies: { engine: { maxNumSeqs: 64 } } },
          { scope: pool, policies: { engine: { quantization: "awq", maxNumSeqs: 32, enablePrefixCaching: false, speculative } } },
        ],
      ),
    ).toEqual([
      "pool llama: engine quantization none → awq",
      "pool llama: engine enable prefix caching on → off",
      "pool llama: engine speculative added",
      "pool llama: engine speculative method set to ngram",
      "pool llama: engine speculative num tokens set to 3",
      "node llama-n1: engine max num seqs set to 64",
    ]);
  });
  it("says nothing about a file and itself, in any order", () => {
    fc.assert(
      fc.property(layers, (list) => {
        expect(diffPolicies(list, structuredClone(list).reverse())).toEqual([]);
      }),
    );
  });
  it("is never silent about a change that has an effect", () => {
    fc.assert(
      fc.property(layer, layer, ({ policies: before }, { policies: after }) => {
        if (JSON.stringify(leaves(before)) !== JSON.stringify(leaves(after))) expect(diff(before, after)).not.toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
  it("says every changed value: as many sentences as leaves, where nothing is added or removed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 100, max: 109 }),
        fc.integer({ min: 100, max: 109 }),
        (w1, w2, t1, t2) => {
          const sentences = diff(
            routes({ targets: { a: { weight: w1 } }, timeoutMs: t1 }),
            routes({ targets: { a: { weight: w2 } }, timeoutMs: t2 }),
          );
          expect(sentences).toHaveLength((w1 === w2 ? 0 : 1) + (t1 === t2 ? 0 : 1));
        },
      ),
    );
  });
});

/** Leaves and nulls with their paths, sorted, written independently of the product. */
function leaves(value: unknown, path = ""): string[] {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path}=${JSON.stringify(value)}`];
  return Object.entries(value)
    .flatMap(([key, item]) => leaves(item, `${path}/${key}`))
    .sort();
}
