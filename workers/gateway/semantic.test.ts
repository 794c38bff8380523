import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOutcome } from "@/lib/telemetry/outcomes";
import { nativeEventSchema } from "@/lib/telemetry/schemas";
import { MeaningIndex, similarity, vectorOf, type Vector } from "./meaning-index";
import { CLIENT_KEYS } from "./testing/gateway-process";
import { routeOf } from "./testing/in-process";
import { gateway, upstream } from "./testing/opened";
import type { TestUpstream } from "./testing/upstream";

const SEMANTIC = { enabled: true, embedding: { upstream: "e", model: "embedder" }, falseHitSamplePercent: 0 };
const policies = (semantic: object = {}, caching: object = {}, route: object = {}) => ({
  routing: { routes: { chat: routeOf({ a: 1 }, route) } },
  caching: { semantic: { ...SEMANTIC, ...semantic }, ...caching },
});
const cacheOf = (answer: { headers: Headers }) => answer.headers.get("x-headroom-cache");

/** A question that points this many degrees away from the first axis: 5° apart is a cosine of 0.9962, 10° 0.9848, 20° 0.9397. */
const asked = (degrees: number, over: object = {}) => ({
  model: "chat",
  messages: [{ role: "user", content: `Which way? ${inLetters(degrees)}` }],
  ...over,
});
/** Figures are no wording: a question that differs in them is another question. */
const inLetters = (degrees: number) => String(degrees).replace(/\d/g, (digit) => "abcdefghij"[Number(digit)]!);
const pointing = (text: string) => {
  const degrees = (/-?[a-j]+$|-?\d+$/.exec(text)?.[0] ?? "a").replace(/[a-j]/g, (letter) => String("abcdefghij".indexOf(letter)));
  const radians = (Number(degrees) * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
};

async function twoUpstreams(): Promise<{ a: TestUpstream; e: TestUpstream; urls: Record<string, string> }> {
  const [a, e] = [await upstream(), await upstream()];
  e.behave({ vector: pointing });
  return { a, e, urls: { a: a.url, e: e.url } };
}

describe("the semantic cache", () => {
  it("only watches at a threshold of 1: it says how alike questions are, and generates every answer", async () => {
    const { a, urls } = await twoUpstreams();
    const gw = await gateway(urls, policies({ threshold: 1, borderline: 0.9 }));
    const answers = [await gw.chat(asked(0)), await gw.chat(asked(5)), await gw.chat(asked(90))];
    expect([answers.map(cacheOf), a.calls.length]).toEqual([["miss", "near", "miss"], 3]);
    const requests = gw.events().filter((event) => event.final);
    expect(requests.map(({ cache }) => [cache!.layer, cache!.hit, cache!.similarity?.toFixed(4)])).toEqual([
      ["semantic", false, undefined],
      ["semantic", false, "0.9962"],
      ["semantic", false, undefined],
    ]);
  });

  it("answers another wording of the question, and tells a near one from a far one", async () => {
    const { a, e, urls } = await twoUpstreams();
    const gw = await gateway(urls, policies({ threshold: 0.97, borderline: 0.93 }));
    a.behave((_, call) => ({ text: `answer ${call}` }));
    const [first, same, near, far, nearer] = [
      await gw.chat(asked(0)),
      await gw.chat(asked(5)),
      await gw.chat(asked(-20)),
      await gw.chat(asked(90)),
      await gw.chat(asked(-24)),
    ];
    expect([first, same, near, far, nearer].map(cacheOf)).toEqual(["miss", "semantic", "near", "miss", "semantic"]);
    expect(same.text).toBe(first.text);
    // The near one was generated anew, and is what the next wording finds.
    expect([near.text.includes("answer 2"), nearer.text]).toEqual([true, near.text]);
    expect([a.calls.length, e.calls.length]).toEqual([3, 5]);
    expect(e.calls[0]!.body).toEqual({ model: "embedder", input: ["Which way? a"] });
    const requests = gw.events().filter((event) => event.final);
    expect(requests.map(({ cache }) => [cache!.layer, cache!.hit, cache!.similarity?.toFixed(4)])).toEqual([
      ["semantic", false, undefined],
      ["semantic", true, "0.9962"],
      ["semantic", false, "0.9397"],
      ["semantic", false, undefined],
      ["semantic", true, "0.9976"],
    ]);
  });

  it("tells what the vectors cost, as calls that are nobody's requests", async () => {
    const { urls } = await twoUpstreams();
    const gw = await gateway(urls, policies());
    await gw.chat(asked(0), { headers: { "x-headroom-request-id": "req-1" } });
    const [embedding, answer] = gw.events();
    expect(embedding).toMatchObject({
      tenant: "acme",
      endpoint: "default",
      feature: "semantic-cache",
      requestId: "req-1",
      modelServed: "embedder",
      provider: "self-hosted",
      status: "success",
      final: false,
      shadow: true,
      usage: { prompt_tokens: 12 },
      cache: { layer: "none", hit: false },
    });
    expect(answer).toMatchObject({ requestId: "req-1", final: true, shadow: false, cache: { layer: "semantic", hit: false } });
  });

  it("streams an answer that was asked whole, and keeps one that was streamed", async () => {
    const { a, urls } = await twoUpstreams();
    const gw = await gateway(urls, policies());
    await gw.chat(asked(0));
    const streamed = await gw.chat(asked(3, { stream: true }));
    expect([cacheOf(streamed), streamed.text.includes("hello model-a")]).toEqual(["semantic", true]);
    await gw.chat(asked(90, { stream: true }));
    expect(cacheOf(await gw.chat(asked(91)))).toBe("semantic");
    expect(a.calls).toHaveLength(2);
  });

  it("lets only the wording of the last question differ, and never crosses a scope", async () => {
    const { urls } = await twoUpstreams();
    const gw = await gateway(urls, policies({ scope: "user" }));
    const as = (user: string, key = CLIENT_KEYS.acme) => ({ key, headers: { "x-headroom-user": user } });
    await gw.chat(asked(0), as("u1"));
    const history = [{ role: "system", content: "Be brief." }, ...asked(0).messages];
    const numbered = (order: number) => asked(0, { messages: [{ role: "user", content: `Order ${order}? a` }] });
    await gw.chat(numbered(123), as("u1"));
    const outcomes = [];
    for (const [body, options] of [
      [numbered(123), as("u1")],
      [numbered(124), as("u1")],
      [asked(1), as("u1")],
      [asked(1), as("u2")],
      [asked(1), as("u1", CLIENT_KEYS.globex)],
      [asked(1, { temperature: 0.5 }), as("u1")],
      [asked(1, { messages: history }), as("u1")],
      [asked(1), {}],
      [asked(1), { headers: { ...as("u1").headers, "cache-control": "no-store" } }],
    ] as const)
      outcomes.push(cacheOf(await gw.chat(body, options)));
    expect(outcomes).toEqual(["semantic", "miss", "semantic", "miss", "miss", "miss", "miss", "none", "none"]);
  });

  it.each([
    ["tools", { tools: [{ type: "function", function: { name: "f" } }] }],
    ["an image", { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:x" } }] }] }],
    ["no question at the end", { messages: [...asked(0).messages, { role: "assistant", content: "There" }] }],
  ])("is not asked where there is %s", async (_what, over) => {
    const { a, e, urls } = await twoUpstreams();
    const gw = await gateway(urls, policies());
    for (const degrees of [0, 0]) expect(cacheOf(await gw.chat(asked(degrees, over)))).toBe("none");
    expect([a.calls.length, e.calls.length]).toEqual([2, 0]);
  });

  it.each(["highStakes", "timeSensitive", "personalised"])("does not start on an endpoint marked %s", async (trait) => {
    const { urls } = await twoUpstreams();
    const marked = [{ scope: { level: "endpoint", value: "marked" }, policies: { caching: { traits: { [trait]: true } } } }];
    await expect(gateway(urls, policies(), marked)).rejects.toThrow(`No semantic cache where traits.${trait} is set`);
    const off = { caching: { traits: { [trait]: true }, semantic: { enabled: false } } };
    const gw = await gateway(urls, policies(), [{ ...marked[0]!, policies: off }]);
    const options = { headers: { "x-headroom-endpoint": "marked" } };
    expect([cacheOf(await gw.chat(asked(0), options)), cacheOf(await gw.chat(asked(0)))]).toEqual(["none", "miss"]);
  });

  it("is asked after the exact one, which needs no vector", async () => {
    const { e, urls } = await twoUpstreams();
    const gw = await gateway(urls, policies({}, { exact: { enabled: true } }));
    const outcomes = [];
    for (const degrees of [0, 0, 2, 2]) outcomes.push(cacheOf(await gw.chat(asked(degrees))));
    // The wording at 2° was answered from the semantic cache both times: its answer is the other's, not its own.
    expect(outcomes).toEqual(["miss", "hit", "semantic", "semantic"]);
    expect(e.calls).toHaveLength(3);
    const fresh = await gw.chat(asked(2), { headers: { "cache-control": "no-cache" } });
    expect(cacheOf(fresh)).toBe("miss");
  });

  it("asks once for the same question at the same time", async () => {
    const { a, e, urls } = await twoUpstreams();
    e.behave({ vector: pointing, delayMs: 100 });
    const gw = await gateway(urls, policies({}, {}, { coalesce: true }));
    a.behave({ delayMs: 200 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => gw.chat(asked(0))));
    expect(answers.map(cacheOf).toSorted()).toEqual([...Array<string>(9).fill("coalesced"), "miss"]);
    expect([a.calls.length, e.calls.length]).toEqual([1, 1]);
    expect(gw.events().filter((event) => event.feature === "semantic-cache")).toHaveLength(1);
  });

  it("whose vectors come late, never or broken is a miss, and soon is not even asked", async () => {
    const { a, e, urls } = await twoUpstreams();
    const gw = await gateway(urls, policies(), [], { config: { cache: { embeddingTimeoutMs: 60 } } });
    e.behave({ delayMs: 5_000 });
    const since = performance.now();
    expect(cacheOf(await gw.chat(asked(0)))).toBe("miss");
    expect(performance.now() - since).toBeLessThan(2_000);
    e.behave({ vector: () => "broken" });
    expect(cacheOf(await gw.chat(asked(0)))).toBe("miss");
    e.behave({ status: 500 });
    for (let times = 0; times < 3; times += 1) expect((await gw.chat(asked(0))).status).toBe(200);
    // Three failures in a row, and it is left alone.
    expect([a.calls.length, e.calls.length]).toEqual([5, 3]);
    const helpers = gw.events().filter((event) => event.feature === "semantic-cache");
    expect(helpers.map((event) => [event.status, event.errorClass])).toEqual([
      ["timeout", "timeout"],
      ["error", "answer_incomplete"],
      ["error", "http_500"],
    ]);
    const metrics = await (await fetch(`${gw.url}/metrics`)).text();
    expect(metrics).toContain('headroom_gateway_question_embeddings_total{upstream="e",outcome="skipped"} 2');
  });

  it("checks a share of its hits: the same text agrees, another one is as alike as its vectors say", async () => {
    const { a, e, urls } = await twoUpstreams();
    const gw = await gateway(urls, policies({ falseHitSamplePercent: 100 }));
    // The upstream says 0, then 0, then turns away by 60°: a cosine of 0.5.
    const said = ["Go 0", "Go  0", "Go 60"];
    a.behave((_, call) => ({ text: said[call - 1] ?? "Go 0" }));
    await gw.chat(asked(0));
    const first = await gw.chat(asked(1));
    await expect.poll(() => gw.outcomes().length).toBe(1);
    const second = await gw.chat(asked(2));
    await expect.poll(() => gw.outcomes().length).toBe(2);
    expect([first, second].map(cacheOf)).toEqual(["semantic", "semantic"]);
    expect(gw.outcomes().map(({ kpi, label, tenant, endpoint }) => [kpi, label, tenant, endpoint])).toEqual([
      ["semantic_reuse", "agrees", "acme", "default"],
      ["semantic_reuse", "differs", "acme", "default"],
    ]);
    expect(gw.outcomes().map(({ value }) => value.toFixed(3))).toEqual(["1.000", "0.500"]);
    expect(gw.outcomes().map(({ requestId }) => requestId)).toEqual(
      [first, second].map((answer) => answer.headers.get("x-headroom-request-id")),
    );
    const copies = gw.events().filter((event) => event.tags?.["purpose"] === "reuse-check");
    expect(copies.map((event) => [event.shadow, event.final, event.modelServed, event.usage?.["completion_tokens"]])).toEqual([
      [true, false, "model-a", 5],
      [true, false, "model-a", 5],
    ]);
    expect(e.calls.at(-1)!.body["input"]).toEqual(["Go 0", "Go 60"]);
    // The console takes what the gateway says.
    const door = { now: Date.now(), rawRetentionDays: 30, tenants: "all" as const };
    for (const outcome of gw.outcomes()) expect(readOutcome(outcome, door)).toHaveProperty("item");
    for (const event of gw.events()) expect(nativeEventSchema.safeParse(event).error).toBeUndefined();
    // Neither question nor answer leaves the gateway.
    expect(JSON.stringify([gw.events(), gw.outcomes()])).not.toMatch(/Go|Which way/);
    const metrics = await (await fetch(`${gw.url}/metrics`)).text();
    expect(metrics).toContain('headroom_gateway_reuse_checks_total{result="differs"} 1');
  });
});

describe("the index of meanings", () => {
  const component = fc.double({ min: -1, max: 1, noNaN: true });
  const list = fc
    .array(component, { minLength: 1, maxLength: 24 })
    .filter((values) => values.some((value) => Math.abs(value) > 1e-3));
  const cosine = (a: number[], b: number[]) => {
    const dot = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  it("gives up only what could not have reached the threshold", () => {
    const pair = fc
      .integer({ min: 1, max: 24 })
      .chain((length) =>
        fc.tuple(
          fc.array(component, { minLength: length, maxLength: length }),
          fc.array(component, { minLength: length, maxLength: length }),
        ),
      )
      .filter(([a, b]) => vectorOf(a) !== null && vectorOf(b) !== null && [a, b].every((v) => v.some((x) => Math.abs(x) > 1e-3)));
    fc.assert(
      fc.property(pair, fc.double({ min: -1, max: 1, noNaN: true }), ([a, b], atLeast) => {
        const exact = cosine(a, b);
        const found = similarity(vectorOf(a)!, vectorOf(b)!, atLeast);
        if (found === null) expect(exact).toBeLessThan(atLeast + 1e-5);
        else expect(Math.abs(found - exact)).toBeLessThan(1e-5);
      }),
      { numRuns: 500 },
    );
  });

  it("finds the nearest of its partition, as a search of everything does, within its bytes", () => {
    const entry = fc.record({ partition: fc.nat(2), id: fc.nat(30), list });
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 40 }),
        list,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (entries, wanted, floor) => {
          const index = new MeaningIndex<number[]>(1_000_000);
          const kept = new Map<string, number[]>();
          for (const { partition, id, list: values } of entries) {
            index.add(String(partition), String(id), vectorOf(values)!, values, 0, 10);
            kept.set(`${partition}/${id}`, values);
          }
          const found = index.nearest("1", vectorOf(wanted)!, floor, 0);
          const best = [...kept]
            .filter(([at, values]) => at.startsWith("1/") && values.length === wanted.length)
            .map(([, values]) => cosine(values, wanted))
            .reduce((most, one) => Math.max(most, one), -1);
          if (found) expect(Math.abs(found.similarity - best)).toBeLessThan(1e-5);
          else expect(best).toBeLessThan(floor + 1e-5);
        },
      ),
    );
    const small = new MeaningIndex<null>(10_000);
    const [x, y]: Vector[] = [vectorOf([1, 0])!, vectorOf([0, 1])!];
    // 8 and 32 bytes of vector, 512 for the rest: 1,552 with a value of 1,000.
    for (const id of ["1", "2", "3", "4", "5", "6"]) small.add("p", id, x!, null, 1_000, 10);
    small.add("q", "1", y!, null, 1_000, 10);
    expect([small.size, small.bytes <= 10_000]).toEqual([6, true]);
    expect(small.nearest("q", y!, 0.9, 0)?.id).toBe("1");
    expect(small.nearest("q", y!, 0.9, 10)).toBeNull();
    small.add("p", "large", x!, null, 5_000, 10);
    expect(small.size).toBe(5);
  });

  it("takes no vector that is none", () => {
    for (const none of [null, "x", [], [0, 0], [1, "2"], [1, Number.NaN], [Number.POSITIVE_INFINITY], Array(9_000).fill(1)])
      expect(vectorOf(none)).toBeNull();
    expect(similarity(vectorOf([1, 0])!, vectorOf([1, 0, 0])!)).toBeNull();
  });
});
