import { describe, expect, it } from "vitest";
import { gatewayPolicySchema, type AnyScope } from "@/lib/policies/schemas";
import { prepareEffective, routeInWords } from "./prepare-effective";

const everywhere: AnyScope = { level: "global", value: null };
const acme: AnyScope = { level: "tenant", value: "acme" };

function routeOf(over: object) {
  const target = (weight: number) => ({ upstream: "u", model: "m", weight });
  const targets = { a: target(3), b: target(1), new: target(0) };
  return gatewayPolicySchema.parse({ routing: { routes: { chat: { targets, ...over } } } }).routing.routes["chat"]!;
}

describe("routeInWords", () => {
  it.each<[object, string]>([
    [{ timeoutMs: 30_000 }, "a 75 %, b 25 %; 30 s"],
    [{ canary: { target: "b", sharePercent: 5 }, timeoutMs: 1_500 }, "a; canary b 5 %; 1.5 s"],
    [{ fallback: { order: ["b", "new"] } }, "a 75 %, b 25 %; falls back to new; 120 s"],
    [{ cascade: { first: "b", escalateTo: "a" } }, "b, then a if not good enough; 120 s"],
    [{ shadow: { target: "new", sharePercent: 10 }, lane: "batch" }, "a 75 %, b 25 %; mirrored to new; batch lane; 120 s"],
  ])("%j", (over, sentence) => {
    expect(routeInWords(routeOf(over))).toBe(sentence);
  });
});

describe("prepareEffective", () => {
  const policy = gatewayPolicySchema.parse({
    routing: {
      routes: { chat: routeOf({}) },
      rules: { late: { priority: 9, route: "chat" }, first: { priority: 1, when: { tenant: "acme" }, route: "chat" } },
    },
    tokens: { maxOutputTokens: 200 },
  });
  const provenance = {
    "/routing/routes/chat/targets/a/weight": acme,
    "/routing/routes/chat/targets/a/model": everywhere,
    "/tokens/maxOutputTokens": acme,
  };
  it("says who set a value, leaves out defaults and counts them, and shows rules in the order they are asked", () => {
    const [routing, , tokens] = prepareEffective(policy, provenance, false);
    expect(routing!.blocks.map(({ title, summary }) => [title, summary])).toEqual([
      ["chat", "a 75 %, b 25 %; 120 s"],
      ["Rule first", "tenant acme → chat"],
      ["Rule late", "everything → chat"],
    ]);
    expect(routing!.blocks[0]!.lines.map(({ depth, label, value, source }) => [depth, label, value, source])).toEqual([
      [0, "targets", null, null],
      [1, "a", null, null],
      [2, "model", "m", everywhere],
      [2, "weight", "3", acme],
    ]);
    expect(routing!.blocks[0]!.sources).toEqual([everywhere, acme]);
    expect(tokens).toMatchObject({
      blocks: [{ title: null, lines: [{ label: "max output tokens", value: "200", source: acme }] }],
      // maxInputTokens, onInputOver, stop, responseFormat
      hiddenDefaults: 4,
    });
  });
  it("shows every value on demand", () => {
    const [, , tokens] = prepareEffective(policy, provenance, true);
    expect(tokens!.blocks[0]!.lines.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      "max output tokens: 200",
      "max input tokens: none",
      "on input over: reject",
      "stop: none",
      "response format: none",
    ]);
    expect(tokens!.hiddenDefaults).toBe(0);
  });
});
