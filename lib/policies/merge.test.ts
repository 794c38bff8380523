import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flatten, overlay, treeOf } from "./layer-tree";
import { effectivePolicy, mergeLayers, policyReader } from "./merge";
import { gatewayPolicyFileSchema, type PolicyLayer, type Scope } from "./schemas";
import { globalScope, layer, layers, TENANTS } from "./testing";

const acme: Scope = { level: "tenant", value: "acme" };
const answer: Scope = { level: "endpoint", value: "support.answer" };

/** Documents over few keys, three deep, so that branches, values and nulls meet in the same place. */
const document = fc.letrec((tie) => ({
  tree: fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof({ depthSize: "small" }, fc.nat(3), fc.constant(null), tie("tree")),
    { maxKeys: 3 },
  ),
})).tree as fc.Arbitrary<Record<string, unknown>>;

/** The value at a JSON pointer, by hand: no code of the product. */
function at(value: unknown, pointer: string): unknown {
  const keys = pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys.reduce<unknown>((node, key) => (node as Record<string, unknown> | null | undefined)?.[key], value);
}

describe("layers over each other", () => {
  it("give the same in any grouping: (a + b) + c = a + (b + c), with provenance", () => {
    fc.assert(
      fc.property(document, document, document, (a, b, c) => {
        const [ta, tb, tc] = [treeOf(a, "a"), treeOf(b, "b"), treeOf(c, "c")];
        expect(overlay(overlay(ta, tb), tc)).toEqual(overlay(ta, overlay(tb, tc)));
      }),
      { numRuns: 2_000 },
    );
  });
  it("are themselves when laid over themselves", () => {
    fc.assert(
      fc.property(document, (a) => {
        expect(overlay(treeOf(a, "a"), treeOf(a, "a"))).toEqual(treeOf(a, "a"));
      }),
    );
  });
  it("forget what a null cleared, even where a later layer writes in again", () => {
    const trees = [treeOf({ x: { z: 1 } }, "a"), treeOf({ x: null }, "b"), treeOf({ x: { y: 1 } }, "c")];
    expect(flatten(trees.reduce(overlay))).toEqual({ document: { x: { y: 1 } }, provenance: { "/x/y": "c" } });
  });
});

describe("mergeLayers", () => {
  it("names for every leaf the narrowest layer that sets it, and the leaf has that layer's value", () => {
    fc.assert(
      fc.property(layers, (list) => {
        const { document: merged, provenance } = mergeLayers(list);
        for (const [pointer, scope] of Object.entries(provenance)) {
          const source = list.find((one) => one.scope === scope)!;
          expect(at(merged, pointer)).toEqual(at(source.policies, pointer));
          const order = ["global", "environment", "tenant", "endpoint"];
          for (const other of list.filter((one) => order.indexOf(one.scope.level) > order.indexOf(scope.level))) {
            expect(at(other.policies, pointer)).toBeUndefined();
          }
        }
      }),
      { numRuns: 500 },
    );
  });
  it("leaves what the narrower layer does not name as it was", () => {
    fc.assert(
      fc.property(layer, layer, (broad, narrow) => {
        const below = { ...broad, scope: globalScope };
        const above = { ...narrow, scope: acme };
        const before = mergeLayers([below]);
        const after = mergeLayers([below, above]);
        for (const pointer of Object.keys(before.provenance)) {
          const touched =
            pointer.split("/").some((_, depth, keys) => at(narrow.policies, keys.slice(0, depth + 1).join("/")) === null) ||
            at(narrow.policies, pointer) !== undefined;
          if (!touched) expect(at(after.document, pointer)).toEqual(at(before.document, pointer));
        }
      }),
      { numRuns: 500 },
    );
  });
  it("does not depend on the order in the file", () => {
    const onePerLevel = fc.uniqueArray(layer, { maxLength: 4, selector: ({ scope }) => scope.level });
    const twoOrders = onePerLevel.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(twoOrders, ([list, shuffled]) => {
        expect(mergeLayers(shuffled)).toEqual(mergeLayers(list));
      }),
    );
  });
});

const example: PolicyLayer[] = [
  {
    scope: globalScope,
    policies: {
      routing: {
        routes: {
          "chat-default": {
            targets: { "a/1": { upstream: "u", model: "gpt-4o", weight: 1 }, b: { upstream: "u", model: "llama", weight: 1 } },
            canary: { target: "b", sharePercent: 5 },
          },
        },
      },
      tokens: { maxOutputTokens: 1_000, stop: ["END"] },
    },
  },
  { scope: answer, policies: { tokens: { maxOutputTokens: null } } },
  {
    scope: acme,
    policies: {
      routing: { routes: { "chat-default": { targets: { "a/1": { weight: 9 } }, canary: null } } },
      tokens: { maxOutputTokens: 200 },
    },
  },
];

describe("effectivePolicy", () => {
  it("takes the tenant's weight and cap, keeps the rest of the global layer, and says which is whose", () => {
    const { effective, provenance } = effectivePolicy(example, { environment: null, tenant: "acme", endpoint: "search" });
    expect(effective.routing.routes["chat-default"]!.targets["a/1"]).toEqual({ upstream: "u", model: "gpt-4o", weight: 9 });
    expect(effective.routing.routes["chat-default"]!.canary).toBeNull();
    expect(effective.tokens).toMatchObject({ maxOutputTokens: 200, stop: ["END"] });
    expect(provenance["/routing/routes/chat-default/targets/a~11/weight"]).toEqual(acme);
    expect(provenance["/routing/routes/chat-default/targets/a~11/model"]).toEqual(globalScope);
    expect(provenance["/routing/routes/chat-default/canary/target"]).toBeUndefined();
  });
  it("lets an endpoint unset what its tenant set: no cap", () => {
    const { effective, provenance } = effectivePolicy(example, { environment: null, tenant: "acme", endpoint: "support.answer" });
    expect(effective.tokens.maxOutputTokens).toBeNull();
    expect(provenance["/tokens/maxOutputTokens"]).toBeUndefined();
  });
  it("replaces a response format whole: half of one schema and half of another is none", () => {
    const schema = (name: string) => ({ type: "json_schema" as const, json_schema: { name, [name]: true } });
    const format = (scope: Scope, responseFormat: ReturnType<typeof schema> | { type: "text" }): PolicyLayer => ({
      scope,
      policies: { tokens: { responseFormat } },
    });
    const narrowed = (narrow: PolicyLayer) =>
      effectivePolicy([format(globalScope, schema("a")), narrow], { environment: null, tenant: "acme", endpoint: null });
    expect(narrowed(format(acme, schema("b"))).effective.tokens.responseFormat).toEqual(schema("b"));
    expect(narrowed(format(acme, { type: "text" })).provenance).toEqual({ "/tokens/responseFormat": acme });
  });
  it("does not apply one tenant's layer to another or to nobody", () => {
    for (const tenant of ["globex", null]) {
      const { effective } = effectivePolicy(example, { environment: null, tenant, endpoint: null });
      expect(effective.routing.routes["chat-default"]!.canary).toEqual({ target: "b", sharePercent: 5 });
      expect(effective.tokens.maxOutputTokens).toBe(1_000);
    }
  });
  it("refuses a tenant's layer that names a target which nobody defines", () => {
    const stray: PolicyLayer = {
      scope: acme,
      policies: { routing: { routes: { "chat-default": { targets: { typo: { weight: 1 } } } } } },
    };
    expect(() => effectivePolicy([example[0]!, stray], { environment: null, tenant: "acme", endpoint: null })).toThrow(
      /upstream/,
    );
  });
});

describe("policyReader", () => {
  it("answers as effectivePolicy, from memory for tenants and endpoints that no layer names", () => {
    const read = policyReader(example, null);
    for (const tenant of [...TENANTS, "unknown"]) {
      for (const endpoint of ["support.answer", "search"]) {
        expect(read({ tenant, endpoint })).toEqual(effectivePolicy(example, { environment: null, tenant, endpoint }));
      }
    }
    expect(read({ tenant: "one", endpoint: "x" })).toBe(read({ tenant: "another", endpoint: "y" }));
    expect(read({ tenant: "acme", endpoint: "x" })).not.toBe(read({ tenant: "another", endpoint: "x" }));
  });
});

describe("gatewayPolicyFileSchema", () => {
  it("takes every generated layer", () => {
    fc.assert(fc.property(layers, (list) => gatewayPolicyFileSchema.safeParse({ schema: 1, layers: list }).success));
  });
  it("keeps what a file says, and adds no defaults to a layer", () => {
    const parsed = gatewayPolicyFileSchema.parse({ schema: 1, layers: example });
    expect(parsed.layers).toEqual(example);
  });
});
