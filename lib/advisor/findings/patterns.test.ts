import { describe, expect, it } from "vitest";
import { detectAll } from "../detectors/detect-all";
import { events, inputOf, layer, USD } from "../detectors/testing";
import { findingOf, usagePool, type Detection, type Finding } from "./finding";
import { concentrate, findPatterns, type KnownWork } from "./patterns";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-11-08T00:00:00Z");
const known = (more: Partial<KnownWork> = {}): KnownWork => ({
  now: NOW,
  openSince: new Map(),
  changedEndpoints: [],
  ...more,
});
const ids = (patterns: { id: string; subject: string }[]) => patterns.map(({ id, subject }) => `${id} ${subject}`);

const input = inputOf({
  events: [
    ...events(1_000),
    ...events(300, (index) => ({ endpoint: "tiny", meters: { input: 10 + (index % 2), output: 1 }, stream: true })),
  ],
  quality: [{ endpoint: "chat", model: "large", outcomes: 100, good: 90 }],
});
const cap: Detection = {
  lever: "output_cap",
  scope: { endpoint: "chat" },
  title: "Answers of chat have no limit",
  statement: "Long.",
  numbers: [],
  links: [],
  parts: [{ pool: usagePool("acme", "chat", "large"), low: 0.2, high: 0.3 }],
  basis: "measured",
  method: "By hand.",
  confidence: "high",
  confidenceWhy: "A test.",
  prerequisites: [],
  remedy: { kind: "task", title: "t", steps: [] },
};
const finding = (more: Partial<Detection> = {}): Finding => findingOf({ ...cap, ...more }, input.spend);

describe("failure patterns", () => {
  it("a cheap win that is open for a fortnight is ignored; a dear or young one is not", () => {
    const one = finding();
    const since = (days: number) => known({ openSince: new Map([[one.key, NOW - days * DAY_MS]]) });
    expect(ids(findPatterns(input, [one], since(15)))).toEqual(["ignored_cheap_win chat"]);
    expect(findPatterns(input, [one], since(13))).toEqual([]);
    const costly = finding({ effort: "high" });
    expect(findPatterns(input, [costly], since(15))).toEqual([]);
  });

  it("spend without any outcome is unmeasured; an endpoint of pennies need not be measured", () => {
    expect(ids(findPatterns({ ...input, quality: [] }, [], known()))).toEqual(["unmeasured_quality chat"]);
    expect(findPatterns(input, [], known())).toEqual([]);
  });

  it("an oversized model is one", () => {
    const small = inputOf({ events: events(500, () => ({ meters: { output: 4 } })), quality: input.quality });
    expect(ids(findPatterns(small, detectAll(small), known()))).toContain("oversized_model chat");
  });

  it("three models on a route, and one answers everything", () => {
    const target = (model: string) => ({ upstream: "up", model, weight: 1 });
    const routed = (used: string[]) =>
      inputOf({
        events: events(900, (index) => ({ modelServed: used[index % used.length]! })),
        quality: input.quality,
        layers: [
          layer(
            { level: "global", value: null },
            {
              routing: { routes: { "chat-default": { targets: { a: target("large"), b: target("small"), c: target("own") } } } },
            },
          ),
        ],
      });
    expect(ids(findPatterns(routed(["large"]), [], known()))).toEqual(["over_engineered_routing chat-default"]);
    expect(findPatterns(routed(["large", "small", "own"]), [], known())).toEqual([]);
  });

  it("a high-stakes endpoint with one provider; a fallback elsewhere, or an endpoint that may fail, is none", () => {
    const at = (upstream: string, weight: number) => ({ upstream, model: "large", weight });
    const on = (targets: object, order: string[], highStakes = true) =>
      inputOf({
        events: events(100),
        quality: input.quality,
        layers: [
          layer({ level: "global", value: null }, { routing: { routes: { "chat-default": { targets, fallback: { order } } } } }),
          layer({ level: "endpoint", value: "chat" }, { caching: { traits: { highStakes } } }),
        ],
      });
    const alone = { a: at("openai", 1) };
    const two = { a: at("openai", 1), b: at("anthropic", 0) };
    expect(ids(findPatterns(on(alone, []), [], known()))).toEqual(["single_provider chat"]);
    // A target that nothing ever goes to is no second provider.
    expect(ids(findPatterns(on(two, []), [], known()))).toEqual(["single_provider chat"]);
    expect(findPatterns(on(two, ["b"]), [], known())).toEqual([]);
    expect(findPatterns(on(alone, [], false), [], known())).toEqual([]);
  });

  it("changing what costs nothing while a large saving waits", () => {
    const work = (endpoint: string, changes: number) => known({ changedEndpoints: [{ endpoint, changes }] });
    expect(ids(findPatterns(input, [finding()], work("tiny", 3)))).toEqual(["premature_optimisation tiny"]);
    expect(findPatterns(input, [finding()], work("tiny", 1))).toEqual([]);
    expect(findPatterns(input, [finding()], work("chat", 3))).toEqual([]);
    expect(findPatterns(input, [], work("tiny", 3))).toEqual([]);
  });
});

describe("a saving that evaporated", () => {
  it("is named with what it was and what it is", () => {
    const saving = {
      changeId: "c",
      number: 7,
      title: "Cache",
      firstLowShare: 0.3,
      nowLowShare: 0.02,
      nowHighShare: 0.1,
      edits: [],
      measured: { from: "", to: "" },
    };
    expect(findPatterns({ ...input, evaporated: [saving] }, [], known())).toMatchObject([
      { id: "evaporated_saving", statement: 'Change #7, "Cache", surely saved 30 % at first and saves at most 10 % now.' },
    ]);
  });
});

describe("where most of it lies", () => {
  it("each dollar once, in the middle of the ranges, largest first", () => {
    const pool = (endpoint: string) => usagePool("acme", endpoint, "large");
    const spend = new Map([
      [pool("a"), 100n * USD],
      [pool("b"), 50n * USD],
    ]);
    const on = (endpoint: string, low: number, high: number) =>
      finding({ scope: { endpoint }, parts: [{ pool: pool(endpoint), low, high }] });
    // a: 20–40 → 30, twice would be 36–64 → 50; b: 10–20 % of 50 → 7.50.
    const found = concentrate([on("a", 0.2, 0.4), on("b", 0.1, 0.2), { ...on("a", 0.2, 0.4), key: "again" }], spend);
    expect(found.map(({ subject, usd }) => [subject, usd])).toEqual([
      ["a", "50"],
      ["b", "7.5"],
    ]);
    expect(found[0]!.share).toBeCloseTo(50 / 57.5, 9);
    expect(concentrate([], spend)).toEqual([]);
  });
});
