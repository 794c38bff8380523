import { describe, expect, it } from "vitest";
import { checkPolicyFile } from "./check-policy-file";
import { POLICY_SCHEMAS } from "./schemas";

const targets = {
  large: { upstream: "cloud", model: "gpt-4o", weight: 1 },
  small: { upstream: "pool", model: "llama-8b", weight: 0 },
};
const known = {
  upstreams: new Set(["cloud", "pool"]),
  identifies: { tenant: true, user: false },
  maxOutputTokens: { "gpt-4o": 16_384 },
};
const layerOf = (policies: object, scope: object = { level: "global" }) => ({ scope, policies });
const fileOf = (...layers: object[]) => ({ schema: 1, layers });
const route = (over: object) => ({ routing: { routes: { chat: { targets, ...over } } } });
const said = (input: unknown) =>
  checkPolicyFile(input, known).problems.map(({ severity, path, message }) => `${severity} ${path} ${message}`);

describe("checkPolicyFile", () => {
  it("takes a good file without a word", () => {
    const good = fileOf(
      layerOf({
        ...route({ fallback: { order: ["small"] }, canary: { target: "small", sharePercent: 5 } }),
        caching: { exact: { enabled: true } },
      }),
      layerOf({ tokens: { maxOutputTokens: 500 } }, { level: "tenant", value: "acme" }),
    );
    // The canary is a fallback as well: said, not refused.
    const { file, problems } = checkPolicyFile(good, known);
    expect(file?.layers).toHaveLength(2);
    expect(problems.map(({ severity, path }) => [severity, path])).toEqual([["warning", "/routing/routes/chat/fallback/order"]]);
    expect(checkPolicyFile(fileOf(), known)).toEqual({ file: { schema: 1, layers: [] }, problems: [] });
  });

  it.each<[string, object, string, RegExp]>([
    [
      "unknown canary",
      route({ canary: { target: "nope", sharePercent: 5 } }),
      "/routing/routes/chat/canary/target",
      /"nope" is not one of the targets of chat \(large, small\)/,
    ],
    ["unknown fallback", route({ fallback: { order: ["small", "nope"] } }), "/routing/routes/chat/fallback/order/1", /"nope"/],
    [
      "unknown cascade",
      route({ cascade: { first: "nope", escalateTo: "large", when: { truncated: true } } }),
      "/routing/routes/chat/cascade/first",
      /"nope"/,
    ],
    ["unknown shadow", route({ shadow: { target: "nope", sharePercent: 5 } }), "/routing/routes/chat/shadow/target", /"nope"/],
    [
      "unknown upstream",
      route({ targets: { a: { upstream: "nowhere", model: "m", weight: 1 } } }),
      "/routing/routes/chat/targets/a/upstream",
      /"nowhere".*cloud, pool/,
    ],
    ["no target", route({ targets: {} }), "/routing/routes/chat/targets", /has no target/],
    ["all weights 0", route({ targets: { small: targets.small } }), "/routing/routes/chat/targets", /All weights of chat are 0/],
    [
      "canary is the only server",
      route({ canary: { target: "large", sharePercent: 5 } }),
      "/routing/routes/chat/canary/target",
      /there is no control/,
    ],
    [
      "fallback named twice",
      route({ fallback: { order: ["small", "small"] } }),
      "/routing/routes/chat/fallback/order",
      /named twice/,
    ],
    [
      "cascade to itself",
      route({ cascade: { first: "large", escalateTo: "large", when: { truncated: true } } }),
      "/routing/routes/chat/cascade/escalateTo",
      /already answered/,
    ],
    [
      "shadow = served",
      route({ shadow: { target: "large", sharePercent: 5 } }),
      "/routing/routes/chat/shadow/target",
      /mirror of itself/,
    ],
    [
      "rule to nowhere",
      { routing: { rules: { r: { priority: 1, route: "nope" } } } },
      "/routing/rules/r/route",
      /"nope", which does not exist/,
    ],
    [
      "rule that never matches",
      {
        routing: {
          ...route({}).routing,
          rules: { r: { priority: 1, route: "chat", when: { minInputTokens: 9, maxInputTokens: 8 } } },
        },
      },
      "/routing/rules/r/when/minInputTokens",
      /never match/,
    ],
    [
      "semantic, high stakes",
      { caching: { semantic: { enabled: true, embedding: { upstream: "pool", model: "e" } }, traits: { highStakes: true } } },
      "/caching/semantic/enabled",
      /traits.highStakes/,
    ],
    [
      "semantic without embeddings",
      { caching: { semantic: { enabled: true } } },
      "/caching/semantic/embedding",
      /needs an upstream/,
    ],
    [
      "semantic, unknown upstream",
      { caching: { semantic: { enabled: true, embedding: { upstream: "x", model: "e" } } } },
      "/caching/semantic/embedding/upstream",
      /"x"/,
    ],
    [
      "borderline above threshold",
      { caching: { semantic: { enabled: true, borderline: 0.97, embedding: { upstream: "pool", model: "e" } } } },
      "/caching/semantic/borderline",
      /below the threshold of 0.97/,
    ],
    [
      "personalised outside user scope",
      { caching: { exact: { enabled: true }, traits: { personalised: true } } },
      "/caching/exact/scope",
      /only in user scope/,
    ],
    [
      "user scope, users not known",
      { caching: { exact: { enabled: true, scope: "user" } } },
      "/caching/exact/scope",
      /needs to know the user/,
    ],
    [
      "volatile content",
      { caching: { exact: { volatileFields: ["/messages/*/content"] } } },
      "/caching/exact/volatileFields/0",
      /decides the answer/,
    ],
    [
      "buckets that fall",
      { batching: { embeddings: { lengthBuckets: [512, 128] } } },
      "/batching/embeddings/lengthBuckets",
      /512, 128 do not/,
    ],
  ])("refuses: %s", (_, policies, path, message) => {
    const { file, problems } = checkPolicyFile(fileOf(layerOf(policies)), known);
    const errors = problems.filter(({ severity }) => severity === "error");
    expect(errors).toEqual([{ severity: "error", where: "everywhere", path, message: expect.stringMatching(message) }]);
    expect(file).toBeNull();
  });

  it.each<[string, object, string, RegExp]>([
    [
      "canary of 100 %",
      route({ canary: { target: "small", sharePercent: 100 } }),
      "/routing/routes/chat/canary/sharePercent",
      /nobody is left/,
    ],
    [
      "canary that does not stick",
      route({ sticky: "none", canary: { target: "small", sharePercent: 5 } }),
      "/routing/routes/chat/sticky",
      /both variants/,
    ],
    [
      "cascade without a reason",
      route({ cascade: { first: "small", escalateTo: "large" } }),
      "/routing/routes/chat/cascade/when",
      /"small" always answers/,
    ],
    [
      "fallback without a cause",
      route({ fallback: { order: ["small"], on: [] } }),
      "/routing/routes/chat/fallback/on",
      /never used/,
    ],
    [
      "retries without a budget",
      route({ retry: { attempts: 2, budgetPercent: 0 } }),
      "/routing/routes/chat/retry/budgetPercent",
      /nothing is tried again/,
    ],
    [
      "too large a budget",
      route({ retry: { attempts: 2, budgetPercent: 80 } }),
      "/routing/routes/chat/retry/budgetPercent",
      /80 % load/,
    ],
    [
      "late first token",
      route({ timeoutMs: 1_000, firstTokenTimeoutMs: 2_000 }),
      "/routing/routes/chat/firstTokenTimeoutMs",
      /never fires/,
    ],
    ["batch lane that is off", route({ lane: "batch" }), "/routing/routes/chat/lane", /lane is off/],
    [
      "rule behind a catch-all",
      { routing: { ...route({}).routing, rules: { a: { priority: 1, route: "chat" }, b: { priority: 2, route: "chat" } } } },
      "/routing/rules/b",
      /a comes before it/,
    ],
    [
      "low threshold",
      { caching: { semantic: { enabled: true, threshold: 0.85, embedding: { upstream: "pool", model: "e" } } } },
      "/caching/semantic/threshold",
      /0.85 is set/,
    ],
    [
      "false hits not sampled",
      { caching: { semantic: { enabled: true, falseHitSamplePercent: 0, embedding: { upstream: "pool", model: "e" } } } },
      "/caching/semantic/falseHitSamplePercent",
      /nobody sees/,
    ],
    [
      "old answers to a question of the hour",
      { caching: { exact: { enabled: true }, traits: { timeSensitive: true } } },
      "/caching/exact/ttlSec",
      /3600 s/,
    ],
    [
      "cap above the model's limit",
      { ...route({}), tokens: { maxOutputTokens: 20_000 } },
      "/tokens/maxOutputTokens",
      /at most 16384 tokens and may refuse 20000/,
    ],
    ["trimming to no limit", { tokens: { onInputOver: "trim_history" } }, "/tokens/onInputOver", /never trimmed/],
  ])("warns: %s", (_, policies, path, message) => {
    const { file, problems } = checkPolicyFile(fileOf(layerOf(policies)), known);
    expect(problems).toEqual([{ severity: "warning", where: "everywhere", path, message: expect.stringMatching(message) }]);
    expect(file).not.toBeNull();
  });

  it("finds what is wrong only where layers meet, and says where", () => {
    const semantic = layerOf(
      { caching: { semantic: { enabled: true, embedding: { upstream: "pool", model: "e" } } } },
      { level: "tenant", value: "acme" },
    );
    const stakes = layerOf({ caching: { traits: { highStakes: true } } }, { level: "endpoint", value: "medical" });
    const { problems } = checkPolicyFile(fileOf(semantic, stakes), known);
    expect(problems.map(({ where, path }) => [where, path])).toEqual([
      ["tenant acme, endpoint medical", "/caching/semantic/enabled"],
    ]);
  });
  it("says what is wrong everywhere once, not for every tenant", () => {
    const tenants = ["a", "b", "c"].map((value) => layerOf({ tokens: { maxOutputTokens: 1 } }, { level: "tenant", value }));
    const { problems } = checkPolicyFile(
      fileOf(layerOf(route({ canary: { target: "nope", sharePercent: 1 } })), ...tenants),
      known,
    );
    expect(problems.map(({ where }) => where)).toEqual(["everywhere"]);
  });
  it("says when a tenant changes a target that nobody defines", () => {
    const stray = layerOf(
      { routing: { routes: { chat: { targets: { typo: { weight: 1 } } } } } },
      { level: "tenant", value: "acme" },
    );
    const { problems } = checkPolicyFile(fileOf(layerOf(route({})), stray), known);
    expect(problems.map(({ where, path, message }) => [where, path, message])).toEqual([
      [
        "tenant acme",
        "/routing/routes/chat/targets/typo/upstream",
        "It is missing: neither this layer nor a broader one sets it.",
      ],
      ["tenant acme", "/routing/routes/chat/targets/typo/model", "It is missing: neither this layer nor a broader one sets it."],
    ]);
  });
  it("checks the gateway's environment only, when it has one", () => {
    const staging = layerOf(route({ canary: { target: "nope", sharePercent: 1 } }), { level: "environment", value: "staging" });
    expect(checkPolicyFile(fileOf(staging), { ...known, environment: "production" }).problems).toEqual([]);
    expect(checkPolicyFile(fileOf(staging), known).problems).toHaveLength(1);
  });
  it("refuses two layers for one scope", () => {
    expect(said(fileOf(layerOf({}), layerOf({})))).toEqual([
      "error /layers/1/scope Layer 0 has this scope already. Put both into one.",
    ]);
  });
  it("says so when a file has more places than it checks", () => {
    const many = (level: string) =>
      Array.from({ length: 50 }, (_, i) => layerOf({ tokens: { maxOutputTokens: i + 1 } }, { level, value: `${level}-${i}` }));
    expect(said(fileOf(...many("tenant"), ...many("endpoint")))).toEqual([
      "warning /layers The scopes of this file meet in more than 500 places; only that many were checked.",
    ]);
  });
  it("checks each layer of such a file alone: the last one is no less checked", () => {
    const many = (level: string) =>
      Array.from({ length: 60 }, (_, i) => layerOf({ tokens: { maxOutputTokens: i + 1 } }, { level, value: `${level}-${i}` }));
    const last = layerOf(
      { caching: { exact: { enabled: true }, traits: { personalised: true } } },
      { level: "endpoint", value: "last" },
    );
    const { problems } = checkPolicyFile(fileOf(...many("tenant"), ...many("endpoint"), last), known);
    expect(problems.map(({ where, path }) => [where, path])).toEqual([
      ["endpoint last", "/caching/exact/scope"],
      ["in the file", "/layers"],
    ]);
  });

  it.each<[string, unknown, string]>([
    [
      "a typing error",
      fileOf(layerOf(route({ sitcky: "user" }))),
      'error /layers/0/policies/routing/routes/chat Unknown key "sitcky"; did you mean "sticky"?.',
    ],
    ["a key from nowhere", fileOf(layerOf({ kaleidoscope: {} })), 'error /layers/0/policies Unknown key "kaleidoscope".'],
    ["another schema", { schema: 2, layers: [] }, 'error /schema This gateway understands policy files with "schema": 1'],
    [
      "a scope without a name",
      fileOf(layerOf({}, { level: "tenant" })),
      'error /layers/0/scope A scope is {"level":"global"} or {"level":"environment|tenant|endpoint","value":"its name"}',
    ],
    ["no document", null, "error / Invalid input: expected object, received null"],
    [
      "a name that begins with _",
      fileOf(layerOf({ routing: { routes: { _chat: {} } } })),
      "error /layers/0/policies/routing/routes/_chat A name starts with a letter or digit and has only letters, digits and . _ : / @ + - (at most 120)",
    ],
  ])("says what is wrong with %s", (_, input, problem) => {
    expect(said(input)).toEqual([problem]);
  });
  it("drops a route whose name is Object's own", () => {
    const input = JSON.parse(
      '{"schema":1,"layers":[{"scope":{"level":"global"},"policies":{"routing":{"routes":{"__proto__":{"polluted":1}}}}}]}',
    );
    const routes = checkPolicyFile(input, known).file!.layers[0]!.policies.routing!.routes!;
    expect([Object.keys(routes), "polluted" in routes]).toEqual([[], false]);
  });
  it("takes the slash of a model name in its stride", () => {
    const slash = fileOf(
      layerOf({ routing: { routes: { "meta-llama/8b": { targets: { a: { upstream: "x", model: "m", weight: 1 } } } } } }),
    );
    expect(checkPolicyFile(slash, known).problems[0]!.path).toBe("/routing/routes/meta-llama~18b/targets/a/upstream");
  });
});

describe("engine policies", () => {
  it("fill in defaults and refuse formats and shares that no engine has", () => {
    expect(POLICY_SCHEMAS.engine.parse({ quantization: "fp8" })).toEqual({
      quantization: "fp8",
      kvCacheDtype: "auto",
      speculative: null,
    });
    for (const bad of [{ quantization: "int3" }, { gpuMemoryUtilization: 1.2 }, { maxNumSeqs: 0 }, { quantisation: "fp8" }]) {
      expect(POLICY_SCHEMAS.engine.safeParse(bad).success).toBe(false);
    }
  });
});
