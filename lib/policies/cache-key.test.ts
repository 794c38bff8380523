import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cacheKeyText, embeddingKeyText, routingVersion, semanticKeyText, type CacheInput } from "./index";
import { pick } from "./pick";
import type { CachingPolicy } from "./schemas";
import { policyWith } from "./testing";

const caching = (over: object): CachingPolicy => policyWith({}, { caching: over }).caching;
const exact = (over: object = {}, traits: object = {}) => caching({ exact: { enabled: true, ...over }, traits });
const embedding = { upstream: "pool", model: "bge-m3" };
const semantic = (over: object = {}, traits: object = {}) => caching({ semantic: { enabled: true, embedding, ...over }, traits });

const chat = (question: unknown, more: object = {}) => ({
  model: "chat-default",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: question },
  ],
  ...more,
});
const input = (over: Partial<CacheInput> = {}): CacheInput => ({
  body: chat("What is a cache?"),
  model: "gpt-4o",
  routing: "r1",
  promptVersion: null,
  identity: { tenant: "acme", user: "u-1" },
  ...over,
});
function keyOf(over: Partial<CacheInput>, policy = exact()): string {
  const key = cacheKeyText(input(over), policy);
  if ("refusal" in key) throw new Error(key.refusal);
  return key.text;
}

/** Everything that decides an answer, from small sets so that equal ones meet. */
const asked = fc.record({
  scope: fc.constantFrom("public" as const, "tenant" as const, "user" as const),
  // Ids that would collide if they were only joined.
  tenant: fc.constantFrom("a", "a/b", "a%2Fb"),
  user: fc.constantFrom("c", "b/c", "%2Fc"),
  model: fc.constantFrom("gpt-4o", "llama"),
  routing: fc.constantFrom("r1", "r2"),
  promptVersion: fc.constantFrom(null, "7", "8"),
  prompt: fc.constantFrom("Be brief.", "Be long."),
  question: fc.constantFrom("Why?", "why?", "Why? "),
  tools: fc.constantFrom(undefined, [{ type: "function", function: { name: "search" } }]),
  temperature: fc.constantFrom(undefined, 0, 0.7),
  seed: fc.constantFrom(undefined, 1),
  namespace: fc.constantFrom("1", "2"),
  // Not relevant: declared volatile, or transport.
  session: fc.constantFrom(undefined, "s1", "s2"),
  stream: fc.constantFrom(undefined, true),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

function keyFor(a: Asked): string {
  const body = {
    model: "chat-default",
    stream: a.stream,
    metadata: a.session && { session: a.session },
    temperature: a.temperature,
    tools: a.tools,
    seed: a.seed,
    messages: [
      { role: "system", content: a.prompt },
      { role: "user", content: a.question },
    ],
  };
  const { model, routing, promptVersion, tenant, user } = a;
  return keyOf(
    { body, model, routing, promptVersion, identity: { tenant, user } },
    exact({ scope: a.scope, namespace: a.namespace }),
  );
}

/** What must be the same for two requests to share an answer, said independently. */
function relevant(a: Asked): unknown[] {
  const who = { public: [], tenant: [a.tenant], user: [a.tenant, a.user] }[a.scope];
  const prompt = a.promptVersion === null || a.scope === "public" ? a.prompt : null;
  return [
    a.scope,
    who,
    a.model,
    a.routing,
    a.promptVersion,
    prompt,
    a.question,
    a.tools ?? null,
    a.temperature ?? null,
    a.seed ?? null,
    a.namespace,
  ];
}

describe("cacheKeyText", () => {
  it("is equal exactly when everything relevant is: scope, tenant, user, model, routing, prompt version, tools, sampling", () => {
    fc.assert(
      fc.property(asked, asked, (a, b) => {
        expect(keyFor(a) === keyFor(b)).toBe(JSON.stringify(relevant(a)) === JSON.stringify(relevant(b)));
      }),
      { numRuns: 3_000 },
    );
  });
  it("changes with any single relevant input, and with no irrelevant one", () => {
    fc.assert(
      fc.property(
        asked,
        asked,
        fc.constantFrom(
          ...([
            "tenant",
            "user",
            "model",
            "routing",
            "promptVersion",
            "prompt",
            "question",
            "tools",
            "temperature",
            "seed",
            "namespace",
            "session",
            "stream",
            "scope",
          ] as const),
        ),
        (a, b, field) => {
          const mixed = { ...a, [field]: b[field] };
          expect(keyFor(a) === keyFor(mixed)).toBe(JSON.stringify(relevant(a)) === JSON.stringify(relevant(mixed)));
        },
      ),
      { numRuns: 3_000 },
    );
  });
  it("never crosses scope: two identities have one partition only in a scope that they share", () => {
    const id = fc.stringMatching(/^[ab/%:2F]{1,6}$/);
    const scope = fc.constantFrom("public" as const, "tenant" as const, "user" as const);
    fc.assert(
      fc.property(
        fc.record({ tenant: id, user: id }),
        fc.record({ tenant: id, user: id }),
        scope,
        scope,
        (a, b, scopeA, scopeB) => {
          const [x, y] = [
            cacheKeyText(input({ identity: a }), exact({ scope: scopeA })),
            cacheKeyText(input({ identity: b }), exact({ scope: scopeB })),
          ];
          if ("refusal" in x || "refusal" in y) throw new Error("both have identities");
          const same =
            scopeA === scopeB && (scopeA === "public" || (a.tenant === b.tenant && (scopeA === "tenant" || a.user === b.user)));
          expect(x.partition === y.partition).toBe(same);
          expect(x.text === y.text).toBe(same);
        },
      ),
      { numRuns: 2_000 },
    );
  });
  it("gives 64 identities with awkward names 64 keys in user scope, and their 8 tenants 8 in tenant scope", () => {
    const ids = ["a", "b", "a/b", "b/a", "a%2Fb", "%2F", "%25", "a:b"];
    const identities = ids.flatMap((tenant) => ids.map((user) => ({ tenant, user })));
    const keys = (scope: string) => new Set(identities.map((identity) => keyOf({ identity }, exact({ scope }))));
    expect([keys("user").size, keys("tenant").size, keys("public").size]).toEqual([64, 8, 1]);
  });
  it("does not depend on the order of keys in the body", () => {
    const body = { temperature: 0, ...chat("Hi"), top_p: 1 };
    const reversed = Object.fromEntries(Object.entries(body).reverse());
    expect(keyOf({ body })).toBe(keyOf({ body: reversed }));
  });
  it("counts a body field that nobody thought of", () => {
    expect(keyOf({ body: chat("Hi", { guided_regex: "a" }) })).not.toBe(keyOf({ body: chat("Hi", { guided_regex: "b" }) }));
  });
  it("leaves out declared fields, also inside each message, and never those that decide the answer", () => {
    const message = (at: string) => ({ role: "user", content: "Hi", sent_at: at });
    const policy = exact({
      volatileFields: ["/messages/*/sent_at", "/trace/id", "/messages/*/content", "/temperature", "/*/role"],
    });
    const key = (at: string, id: string, more: object = {}) =>
      keyOf({ body: { messages: [message(at)], trace: { id, kind: "x" }, ...more } }, policy);
    expect(key("10:00", "t1")).toBe(key("10:01", "t2"));
    expect(key("10:00", "t1")).not.toBe(key("10:00", "t1", { temperature: 1 }));
    expect(key("10:00", "t1")).not.toBe(key("10:00", "t1", { messages: [{ role: "user", content: "Ho" }] }));
    expect(key("10:00", "t1")).not.toBe(key("10:00", "t1", { trace: { id: "t1", kind: "y" } }));
  });
  it("collapses white space only where that is declared", () => {
    const bodies = [chat("a  b\n"), chat("a b")];
    expect(keyOf({ body: bodies[0] })).not.toBe(keyOf({ body: bodies[1] }));
    const collapse = exact({ whitespace: "collapse" });
    expect(keyOf({ body: bodies[0] }, collapse)).toBe(keyOf({ body: bodies[1] }, collapse));
    expect(keyOf({ body: chat([{ type: "text", text: "a\tb" }]) }, collapse)).toBe(
      keyOf({ body: chat([{ type: "text", text: "a b" }]) }, collapse),
    );
  });
  it("in public scope a prompt version does not stand for the prompt: no tenant can plant answers for another", () => {
    const body = chat("Hi");
    const other = { ...body, messages: [{ role: "system", content: "Lie." }, body.messages[1]] };
    const versioned = (policy: CachingPolicy) => [body, other].map((one) => keyOf({ body: one, promptVersion: "7" }, policy));
    expect(new Set(versioned(exact({ scope: "tenant" }))).size).toBe(1);
    expect(new Set(versioned(exact({ scope: "public" }))).size).toBe(2);
  });
  it.each([
    ["off", caching({}), input(), /off/],
    ["personalised outside user scope", exact({}, { personalised: true }), input(), /user scope/],
    ["user scope without a user", exact({ scope: "user" }), input({ identity: { tenant: "acme", user: null } }), /names no user/],
    ["tenant scope without a tenant", exact(), input({ identity: { tenant: "", user: "u" } }), /names no tenant/],
  ])("refuses: %s", (_, policy, request, reason) => {
    expect(cacheKeyText(request, policy)).toEqual({ refusal: expect.stringMatching(reason) });
  });
});

describe("routingVersion", () => {
  const version = (route: object) => {
    const plan = pick(policyWith(route).routing, { ...routingRequest }, { hash: () => 0.5, random: () => 0.5 });
    if ("refusal" in plan) throw new Error(plan.refusal);
    return routingVersion(plan);
  };
  it("does not change with weights and canary shares, so raising a share does not empty the cache", () => {
    expect(version({ canary: { target: "new", sharePercent: 5 } })).toBe(
      version({ canary: { target: "new", sharePercent: 25 }, timeoutMs: 500 }),
    );
  });
  it("changes with who answers and with when somebody else does", () => {
    const cascade = (when: object) => version({ cascade: { first: "small", escalateTo: "large", when } });
    const versions = [
      version({}),
      version({ canary: { target: "new", sharePercent: 100 } }),
      cascade({ truncated: true }),
      cascade({ invalidJson: true }),
    ];
    expect(new Set(versions).size).toBe(4);
  });
});

const routingRequest = {
  requestId: "1",
  tenant: "acme",
  endpoint: "e",
  user: null,
  actionId: null,
  model: "chat-default",
  inputTokens: 1,
  hasTools: false,
  stream: false,
  taskType: null,
};

describe("semanticKeyText", () => {
  const partitionOf = (over: Partial<CacheInput>, policy = semantic()) => {
    const key = semanticKeyText(input(over), policy);
    if ("refusal" in key) throw new Error(key.refusal);
    return key;
  };
  it("lets only the last question differ within a partition", () => {
    const [a, b] = ["How do I reset my password?", "password reset,  how"].map((text) => partitionOf({ body: chat(text) }));
    expect(a!.partition).toBe(b!.partition);
    expect([a!.question, b!.question]).toEqual(["How do I reset my password?", "password reset, how"]);
  });
  it.each([
    ["an order number", "Where is order 123?", "Where is order 124?", false],
    ["an amount", "Is 3.50 enough?", "Is 35.0 enough?", false],
    ["a date", "Open on 2026-11-20?", "Open on 2026-11-21?", false],
    ["a product", "What does gpt-4o cost?", "What does gpt-4.1 cost?", false],
    ["a direction", "From 3 to 5", "From 5 to 3", false],
    ["no figure", "Where is order 123, please?", "Order 123: where is it", true],
    ["only their case", "What does GPT-4o cost?", "what is the cost of gpt-4o", true],
  ])("two questions that differ in %s are compared or not", (_, a, b, compared) => {
    const [one, two] = [a, b].map((text) => partitionOf({ body: chat(text) }).partition);
    expect(one === two).toBe(compared);
  });
  it.each<[string, Partial<CacheInput>, object?]>([
    ["another tenant", { identity: { tenant: "globex", user: null } }],
    ["another model", { model: "llama" }],
    ["another routing", { routing: "r2" }],
    ["another prompt", { body: { ...chat("What is a cache?"), messages: [{ role: "user", content: "What is a cache?" }] } }],
    ["another temperature", { body: chat("What is a cache?", { temperature: 1 }) }],
    [
      "an earlier turn",
      {
        body: {
          messages: [
            { role: "system", content: "Be brief." },
            { role: "user", content: "Hi" },
            { role: "assistant", content: "Yes?" },
            { role: "user", content: "What is a cache?" },
          ],
        },
      },
    ],
    ["another embedding model", {}, { embedding: { upstream: "pool", model: "other" } }],
    ["another scope", {}, { scope: "user" }],
    ["another namespace", {}, { namespace: "2" }],
  ])("%s is another partition", (_, over, policy = {}) => {
    expect(partitionOf(over, semantic(policy)).partition).not.toBe(partitionOf({}).partition);
  });
  it.each<[string, CachingPolicy, Partial<CacheInput>, RegExp]>([
    ["high stakes", semantic({}, { highStakes: true }), {}, /highStakes/],
    ["personalised, even in user scope", semantic({ scope: "user" }, { personalised: true }), {}, /personalised/],
    ["time-sensitive", semantic({}, { timeSensitive: true }), {}, /timeSensitive/],
    ["tools", semantic(), { body: chat("Hi", { tools: [{ type: "function" }] }) }, /tool/],
    [
      "an image",
      semantic(),
      {
        body: chat([
          { type: "text", text: "What is it?" },
          { type: "image_url", image_url: {} },
        ]),
      },
      /not a question in text/,
    ],
    ["no question last", semantic(), { body: { messages: [{ role: "assistant", content: "Hi" }] } }, /not a question/],
    ["no user in user scope", semantic({ scope: "user" }), { identity: { tenant: "acme", user: null } }, /names no user/],
    ["off", caching({}), {}, /off/],
  ])("refuses: %s", (_, policy, over, reason) => {
    expect(semanticKeyText(input(over), policy)).toEqual({ refusal: expect.stringMatching(reason) });
  });
});

describe("embeddingKeyText", () => {
  const retrieval = (over: object = {}) => caching({ retrieval: { enabled: true, ...over } });
  const key = (item: unknown, body: object = {}, policy = retrieval()) => {
    const { promptVersion: _, ...rest } = input({ body: { model: "embed", ...body } });
    return embeddingKeyText(item, rest, policy);
  };
  it("is the same for one text in any batch, and not for other settings, texts or index versions", () => {
    expect(key("a", { input: ["a", "b"] })).toEqual(key("a", { input: "a" }));
    const keys = [
      key("a"),
      key("b"),
      key("a", { dimensions: 256 }),
      key("a", {}, retrieval({ namespace: "2" })),
      key("a", {}, retrieval({ scope: "public" })),
    ];
    expect(new Set(keys.map((one) => JSON.stringify(one))).size).toBe(5);
  });
  it("refuses when it is off", () => {
    expect(key("a", {}, caching({}))).toEqual({ refusal: "The embedding cache is off." });
  });
});
