import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pick, type RoutePlan, type RoutingRequest } from "./pick";
import type { GatewayPolicy } from "./schemas";
import { stableShare } from "./stable-share";
import { policyWith } from "./testing";

const chance = { hash: stableShare, random: () => 0.5 };
const ask = (over: Partial<RoutingRequest> = {}): RoutingRequest => ({
  requestId: "req-1",
  tenant: "acme",
  endpoint: "support.answer",
  user: "u-1",
  actionId: "act-1",
  model: "chat-default",
  inputTokens: 100,
  hasTools: false,
  stream: false,
  taskType: null,
  ...over,
});

const policies = new Map<string, GatewayPolicy>();

function plan(route: object, over: Partial<RoutingRequest> = {}, routing: object = {}): RoutePlan {
  const key = JSON.stringify(route);
  const policy = policies.get(key) ?? policyWith(route);
  policies.set(key, policy);
  const found = pick({ ...policy.routing, ...routing }, ask(over), chance);
  if ("refusal" in found) throw new Error(found.refusal);
  return found;
}
const people = (count: number) => Array.from({ length: count }, (_, i) => `user-${i}`);

/** Within 4.5 standard deviations of n·p: false alarm once in 150,000, and the keys are fixed. */
function expectShare(hits: number, n: number, p: number) {
  expect(Math.abs(hits - n * p)).toBeLessThan(4.5 * Math.sqrt(n * p * (1 - p)));
}

describe("pick: canary", () => {
  it("only lets people in when the share rises, never out", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(100),
        fc.nat(100),
        fc.constantFrom("user", "tenant", "request", "action"),
        (name, a, b, sticky) => {
          const who = { user: name, tenant: name, requestId: name, actionId: name };
          const variant = (sharePercent: number) => plan({ sticky, canary: { target: "new", sharePercent } }, who).variant;
          if (variant(Math.min(a, b)) === "canary") expect(variant(Math.max(a, b))).toBe("canary");
        },
      ),
    );
  });
  it.each([1, 5, 25, 50])("takes %d % of 20,000 users", (sharePercent) => {
    const hits = people(20_000).filter(
      (user) => plan({ sticky: "user", canary: { target: "new", sharePercent } }, { user }).variant === "canary",
    );
    expectShare(hits.length, 20_000, sharePercent / 100);
  });
  it("takes nobody at 0 % and everybody at 100 %", () => {
    for (const user of people(500)) {
      expect(plan({ sticky: "user", canary: { target: "new", sharePercent: 0 } }, { user }).variant).toBe("control");
      const all = plan({ sticky: "user", canary: { target: "new", sharePercent: 100 } }, { user });
      expect([all.variant, all.targets[0]!.id]).toEqual(["canary", "new"]);
    }
  });
  it("leaves the control group where it was: nobody outside moves between the other targets", () => {
    for (const user of people(2_000)) {
      const before = plan({ sticky: "user", canary: null }, { user });
      const during = plan({ sticky: "user", canary: { target: "new", sharePercent: 25 } }, { user });
      if (during.variant === "control") expect(during.targets[0]!.id).toBe(before.targets[0]!.id);
    }
  });
  it("gives its target no traffic by weight while it runs", () => {
    const users = people(2_000).map((user) => plan({ sticky: "user", canary: { target: "small", sharePercent: 10 } }, { user }));
    expect(users.every(({ variant, targets }) => (targets[0]!.id === "small") === (variant === "canary"))).toBe(true);
  });
  it("tries the next canary on other people", () => {
    const inCanary = (target: string) =>
      new Set(
        people(2_000).filter(
          (user) => plan({ sticky: "user", canary: { target, sharePercent: 10 } }, { user }).variant === "canary",
        ),
      );
    const [first, second] = [inCanary("new"), inCanary("small")];
    expectShare([...first].filter((user) => second.has(user)).length, first.size, 0.1);
  });
});

describe("pick: stickiness", () => {
  it("gives one user the same target on every request, and users of the same name in two tenants their own", () => {
    const target = (user: string, tenant: string, requestId: string) =>
      plan({ sticky: "user" }, { user, tenant, requestId }).targets[0]!.id;
    for (const user of people(100)) expect(target(user, "acme", "1")).toBe(target(user, "acme", "2"));
    const differ = people(1_000).filter((user) => target(user, "acme", "1") !== target(user, "globex", "1"));
    // 2 · ¾ · ¼ of them.
    expectShare(differ.length, 1_000, 0.375);
  });
  it("falls back to the request when there is no user, and says so", () => {
    const { why } = plan({ sticky: "user" }, { user: null });
    expect(why).toContain("sticky by user, but the request names none: by request");
  });
  it("does not use chance when sticky, and only chance when not", () => {
    const throws = () => {
      throw new Error("not to be asked");
    };
    const routing = (sticky: string) => policyWith({ sticky, canary: { target: "new", sharePercent: 50 } }).routing;
    expect(() => pick(routing("tenant"), ask(), { hash: stableShare, random: throws })).not.toThrow();
    expect(() => pick(routing("none"), ask(), { hash: throws, random: () => 0.7 })).not.toThrow();
  });
});

describe("pick: weights", () => {
  it("3 : 1 over 20,000 requests", () => {
    const hits = people(20_000).filter((requestId) => plan({}, { requestId }).targets[0]!.id === "large");
    expectShare(hits.length, 20_000, 0.75);
  });
  it("raising one weight moves people only to that target", () => {
    const targets = (weight: number) => ({
      a: { upstream: "u", model: "a", weight: 2 },
      b: { upstream: "u", model: "b", weight: 5 },
      c: { upstream: "u", model: "c", weight },
    });
    for (const user of people(2_000)) {
      const before = plan({ sticky: "user", targets: targets(1) }, { user }).targets[0]!.id;
      const after = plan({ sticky: "user", targets: targets(4) }, { user }).targets[0]!.id;
      expect([before, "c"]).toContain(after);
    }
  });
  it("weight 0 never serves", () => {
    expect(people(2_000).some((requestId) => plan({}, { requestId }).targets[0]!.id === "new")).toBe(false);
  });
});

describe("pick: rules", () => {
  const routes = {
    ...policyWith().routing.routes,
    long: policyWith({ targets: { big: { upstream: "u", model: "long-context", weight: 1 } } }).routing.routes["chat-default"]!,
  };
  const rule = (priority: number, when: object, route = "long") => ({ priority, when, route });
  it.each([
    ["least input, inclusive", { minInputTokens: 8_000 }, { inputTokens: 8_000 }, { inputTokens: 7_999 }],
    ["most input, inclusive", { maxInputTokens: 100 }, { inputTokens: 100 }, { inputTokens: 101 }],
    ["tools", { hasTools: true }, { hasTools: true }, { hasTools: false }],
    ["no stream", { stream: false }, { stream: false }, { stream: true }],
    ["endpoint by its beginning", { endpoint: "support.*" }, { endpoint: "support.answer" }, { endpoint: "supporter" }],
    ["tenant, whole", { tenant: "acme" }, { tenant: "acme" }, { tenant: "acme2" }],
    ["task type", { taskType: "summary" }, { taskType: "summary" }, { taskType: null }],
    ["all conditions at once", { tenant: "acme", hasTools: true }, { hasTools: true }, { tenant: "globex", hasTools: true }],
  ])("%s", (_, when, yes, no) => {
    expect(plan({}, yes, { routes, rules: { r: rule(1, when) } })).toMatchObject({ route: "long", rule: "r" });
    expect(plan({}, no, { routes, rules: { r: rule(1, when) } })).toMatchObject({ route: "chat-default", rule: null });
  });
  it("a model that is no route is caught by a rule on the model, not by one on the route", () => {
    const rules = { a: rule(1, { route: "*" }, "chat-default"), b: rule(2, { model: "gpt-*" }) };
    expect(plan({}, { model: "gpt-4o" }, { routes, rules })).toMatchObject({ route: "long", rule: "b" });
  });
  it("asks the lowest priority first, ties by id", () => {
    const rules = { z: rule(1, {}, "chat-default"), b: rule(5, {}), a: rule(5, {}) };
    expect(plan({}, {}, { routes, rules }).rule).toBe("z");
    expect(plan({}, {}, { routes, rules: { b: rules.b, a: rules.a } }).rule).toBe("a");
  });
  it.each(["nope", "constructor", "__proto__", "toString"])("refuses the model %s, which is no route", (model) => {
    expect(pick(policyWith().routing, ask({ model }), chance)).toEqual({
      refusal: `There is no route "${model}" here. Ask GET /v1/models for the names.`,
    });
  });
});

describe("pick: fallback, cascade, shadow", () => {
  const ids = (found: RoutePlan) => found.targets.map((target) => target.id);
  it("tries the fallbacks in their order, each once, after the first", () => {
    const targets = {
      a: { upstream: "u", model: "a", weight: 1 },
      b: { upstream: "u", model: "b", weight: 0 },
      c: { upstream: "u", model: "c", weight: 0 },
    };
    expect(ids(plan({ targets, fallback: { order: ["c", "a", "b"] } }))).toEqual(["a", "c", "b"]);
  });
  it("asks the small model first and names who answers if that is not good enough", () => {
    const found = plan({ cascade: { first: "small", escalateTo: "large", when: { truncated: true } } });
    expect(ids(found)).toEqual(["small"]);
    expect(found.cascade).toMatchObject({ escalateTo: { id: "large" }, when: { truncated: true } });
  });
  it("answers a stream by the large model at once, because it cannot be judged before it is sent", () => {
    const found = plan({ cascade: { first: "small", escalateTo: "large" } }, { stream: true });
    expect([ids(found), found.cascade]).toEqual([["large"], null]);
  });
  it("mirrors its share, but never to the target that serves", () => {
    const mirrored = people(2_000).map((requestId) => plan({ shadow: { target: "small", sharePercent: 50 } }, { requestId }));
    expect(mirrored.filter(({ targets }) => targets[0]!.id === "small").every(({ shadow }) => shadow === null)).toBe(true);
    const byLarge = mirrored.filter(({ targets }) => targets[0]!.id === "large");
    expectShare(byLarge.filter(({ shadow }) => shadow?.id === "small").length, byLarge.length, 0.5);
  });
  it("says each step", () => {
    const found = plan({ sticky: "tenant", canary: { target: "new", sharePercent: 0 }, fallback: { order: ["new"] } });
    expect(found.why).toEqual([
      "the client asked for chat-default",
      "outside the canary share of 0 %",
      expect.stringMatching(/^(large|small) by weight [31] of 4$/),
      "if it fails: new",
    ]);
  });
});

describe("stableShare", () => {
  it("never changes: assignments outlive a release", () => {
    expect([stableShare(""), stableShare("a"), stableShare("acme"), stableShare("größe")]).toEqual([
      0.920757422131702, 0.06949865573336067, 0.3821978770372384, 0.9346220020426045,
    ]);
  });
  it("fills [0, 1) evenly: chi-square of 100 bins over 100,000 keys that differ in few characters", () => {
    const bins = Array.from({ length: 100 }, () => 0);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(stableShare(`["chat","canary:new","user","acme","u-${i}"]`) * 100)]!++;
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    // 99 degrees of freedom: 99.9 % lie below 148.2.
    expect(chiSquare).toBeLessThan(148.2);
  });
});
