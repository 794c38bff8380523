import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerCollector } from "./collect-answer";
import { ExactCache } from "./exact-cache";
import { SharedCalls } from "./shared-calls";
import { routeOf } from "./testing/in-process";
import { gateway, upstream } from "./testing/opened";

const chat = (over: object = {}) => ({ routing: { routes: { chat: routeOf({ a: 1 }, over) } } });
const exact = { caching: { exact: { enabled: true } } };
const cacheOf = (answer: { headers: Headers }) => answer.headers.get("x-headroom-cache");
const globex = { key: "key-of-globex" };

describe("the exact cache", () => {
  it("answers the same question once, per tenant, and says what the hit saved", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...chat(), ...exact });
    const first = await gw.chat({ model: "chat" });
    const again = await gw.chat({ model: "chat", user: "someone", metadata: { at: 1 } });
    expect([cacheOf(first), cacheOf(again), again.headers.get("x-headroom-attempts")]).toEqual(["miss", "hit", "0"]);
    expect(again.text).toBe(first.text);
    expect(cacheOf(await gw.chat({ model: "chat" }, globex))).toBe("miss");
    expect(cacheOf(await gw.chat({ model: "chat", temperature: 0.1 }))).toBe("miss");
    expect(cacheOf(await gw.chat({ model: "chat" }, { headers: { "cache-control": "no-cache" } }))).toBe("miss");
    expect(a.calls).toHaveLength(4);
    expect(cacheOf(await gw.chat({ model: "chat" }, { headers: { "cache-control": "no-store" } }))).toBe("none");
    expect(
      gw
        .events()
        .slice(0, 5)
        .map((e) => [e.tenant, e.cache!.layer, e.cache!.hit, e.final, e.usage?.["completion_tokens"]]),
    ).toEqual([
      ["acme", "exact", false, true, 5],
      ["acme", "exact", true, true, 5],
      ["globex", "exact", false, true, 5],
      ["acme", "exact", false, true, 5],
      ["acme", "exact", false, true, 5],
    ]);
  });

  it("answers a streamed request with a stream", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...chat(), ...exact });
    await gw.chat({ model: "chat" });
    const streamed = await gw.chat({ model: "chat", stream: true, stream_options: { include_usage: true } });
    expect([cacheOf(streamed), streamed.headers.get("content-type")]).toEqual(["hit", "text/event-stream; charset=utf-8"]);
    const events = streamed.text.split("\n\n").filter((text) => text !== "");
    expect(events.at(-1)).toBe("data: [DONE]");
    const chunks = events.slice(0, -1).map((text) => JSON.parse(text.slice(6)) as { choices: object[]; usage?: object });
    expect(chunks.map(({ choices, usage }) => ({ choices, usage }))).toEqual([
      { choices: [{ index: 0, delta: { role: "assistant", content: "hello model-a" }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      { choices: [], usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 } },
    ]);
  });

  it("keeps a stream that was plain text and came to its end, as the whole answer it was", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...chat(), ...exact });
    await gw.chat({ model: "chat", stream: true });
    const whole = await gw.chat({ model: "chat" });
    expect([cacheOf(whole), whole.json["object"], whole.json["choices"], whole.json["usage"]]).toEqual([
      "hit",
      "chat.completion",
      [{ index: 0, message: { role: "assistant", content: "0 1 2 3 4 " }, finish_reason: "stop" }],
      { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
    ]);
    a.behave({ events: 4, cutAfter: 2 });
    await gw.chat({ model: "chat", stream: true, temperature: 0 });
    a.behave({});
    expect(cacheOf(await gw.chat({ model: "chat", temperature: 0 }))).toBe("miss");
    const collector = new AnswerCollector();
    collector.add({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0 }] }, finish_reason: null }] });
    collector.add({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    expect(collector.whole(null)).toBeNull();
  });

  it("in user scope never crosses users, and asks anew where no user is named", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...chat(), caching: { exact: { enabled: true, scope: "user" } } });
    const as = (user: string) => ({ headers: { "x-headroom-user": user } });
    const outcomes = [];
    for (const options of [as("u1"), as("u1"), as("u2"), {}, { ...globex, ...as("u1") }])
      outcomes.push(cacheOf(await gw.chat({ model: "chat" }, options)));
    expect(outcomes).toEqual(["miss", "hit", "miss", "none", "miss"]);
  });

  it("keeps neither errors nor what a filter stopped nor a fallback's answer", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway(
      { a: a.url, b: b.url },
      { routing: { routes: { chat: routeOf({ a: 1, b: 0 }, { fallback: { order: ["b"] } }) } }, ...exact },
    );
    a.behave({ finishReason: "content_filter" });
    await gw.chat({ model: "chat" });
    a.behave({ status: 500 });
    expect((await gw.chat({ model: "chat" })).headers.get("x-headroom-model-served")).toBe("model-b");
    a.behave({});
    const served = await gw.chat({ model: "chat" });
    expect([cacheOf(served), served.headers.get("x-headroom-model-served")]).toEqual(["miss", "model-a"]);
  });

  it("never holds more than its bytes, forgets the least recently used first, and honours the lifetime", () => {
    const answer = (size: number) => ({ body: Buffer.alloc(size), usage: null, model: "m", provider: "p" });
    fc.assert(
      fc.property(fc.array(fc.record({ key: fc.integer({ min: 0, max: 20 }), size: fc.nat(4_000) })), (writes) => {
        const cache = new ExactCache(10_000);
        for (const { key, size } of writes) {
          cache.set(String(key), answer(size), 10, 0);
          expect(cache.bytes).toBeLessThanOrEqual(10_000);
          // 512 bytes are counted for its key; one answer takes at most a quarter.
          expect(cache.get(String(key), 0) !== null).toBe(size + 512 <= 2_500);
        }
      }),
    );
    // 2,000 bytes each: four fit, and the fifth puts out y, which nobody asked for since.
    const cache = new ExactCache(8_000);
    for (const key of ["x", "y", "z"]) cache.set(key, answer(1_488), 10, 0);
    cache.get("x", 0);
    cache.set("w", answer(1_488), 10, 0);
    cache.set("v", answer(1_488), 10, 0);
    expect(["v", "w", "x", "y", "z"].filter((key) => cache.get(key, 0))).toEqual(["v", "w", "x", "z"]);
    expect([cache.get("x", 9_999) !== null, cache.get("x", 10_000)]).toEqual([true, null]);
  });
});

describe("identical requests in flight", () => {
  it("are one upstream call, and one event each", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, chat({ coalesce: true }));
    a.behave({ delayMs: 300 });
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, () => gw.chat({ model: "chat" })),
      gw.chat({ model: "chat" }, globex),
    ]);
    expect(a.calls).toHaveLength(2);
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
    expect(answers.map(cacheOf).sort()).toEqual([...Array(19).fill("coalesced"), "none", "none"]);
    const events = gw.events();
    expect(events.filter((event) => event.cache!.hit)).toHaveLength(19);
    expect(new Set(events.map((event) => event.requestId)).size).toBe(21);
    expect(await gw.chat({ model: "chat" }).then(cacheOf)).toBe("none");
  });

  it("fail together, and are given up when the last one has left", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, chat({ coalesce: true }));
    a.behave({ status: 500, delayMs: 200 });
    const failed = await Promise.all([gw.chat({ model: "chat" }), gw.chat({ model: "chat" })]);
    expect(failed.map((answer) => answer.status)).toEqual([502, 502]);
    expect(a.calls).toHaveLength(1);
    a.behave({ delayMs: 20_000 });
    const leaving = [new AbortController(), new AbortController()];
    const asked = leaving.map(({ signal }) => gw.chat({ model: "chat" }, { signal }).catch(() => "left"));
    await expect.poll(() => a.open()).toBe(1);
    await expect.poll(async () => /in_flight (\d)/.exec(await (await fetch(`${gw.url}/metrics`)).text())?.[1]).toBe("2");
    leaving[0]!.abort();
    await asked[0];
    expect(a.cancelled()).toBe(0);
    leaving[1]!.abort();
    await expect.poll(() => a.cancelled()).toBe(1);
  });

  it("a call that was given up is not joined", async () => {
    const calls = new SharedCalls<string>();
    const first = new AbortController();
    const hang = (signal: AbortSignal) =>
      new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up"))));
    const given = calls.join("k", first.signal, hang);
    first.abort();
    const second = calls.join("k", new AbortController().signal, () => Promise.resolve("new"));
    expect([second.leader, await second.result]).toEqual([true, "new"]);
    await expect(given.result).rejects.toThrow("given up");
    expect(calls.size).toBe(0);
  });
});

describe("embeddings", () => {
  const embed = (over: object) => ({ routing: { routes: { embed: routeOf({ a: 1 }) } }, ...over });
  const vectors = (answer: { json: Record<string, unknown> }) =>
    (answer.json["data"] as { embedding: number[] }[]).map(({ embedding }) => embedding);

  it("of several requests are one upstream call; each gets its own vectors and its share of the tokens", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, embed({ batching: { embeddings: { enabled: true, maxWaitMs: 300, maxItems: 4 } } }));
    const answers = await Promise.all(
      ["a", ["bb", "ccc"], "dddd"].map((input) => gw.ask("/v1/embeddings", { model: "embed", input })),
    );
    expect(a.calls.map(({ body }) => (body["input"] as string[]).toSorted())).toEqual([["a", "bb", "ccc", "dddd"]]);
    expect(answers.map(vectors)).toEqual([
      [[1, 97]],
      [
        [2, 98],
        [3, 99],
      ],
      [[4, 100]],
    ]);
    const tokens = gw.events().map((event) => Number(event.usage!["prompt_tokens"]));
    // The upstream counts a character a token: 10 in all, none lost and none twice.
    expect(tokens.reduce((sum, count) => sum + count, 0)).toBe(10);
    expect(gw.events()).toHaveLength(3);
  });

  it("that the upstream refuses together are asked alone: one bad input is not everybody's", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, embed({ batching: { embeddings: { enabled: true, maxWaitMs: 300, maxItems: 2 } } }));
    a.behave((body) => ((body["input"] as string[]).includes("bad") ? { status: 400 } : {}));
    const answers = await Promise.all(["bad", "ok"].map((input) => gw.ask("/v1/embeddings", { model: "embed", input })));
    expect(answers.map(({ status }) => status)).toEqual([400, 200]);
  });

  it("are kept text by text", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, embed({ caching: { retrieval: { enabled: true } } }));
    const ask = (input: string[], options = {}) => gw.ask("/v1/embeddings", { model: "embed", input }, options);
    await ask(["a", "bb"]);
    const mixed = await ask(["bb", "ccc", "a"]);
    expect(vectors(mixed)).toEqual([
      [2, 98],
      [3, 99],
      [1, 97],
    ]);
    const known = await ask(["ccc", "bb"]);
    expect([cacheOf(known), vectors(known)]).toEqual([
      "hit",
      [
        [3, 99],
        [2, 98],
      ],
    ]);
    expect(a.calls.map(({ body }) => body["input"])).toEqual([["a", "bb"], ["ccc"]]);
    await ask(["a"], globex);
    expect(a.calls).toHaveLength(3);
    expect(gw.events()[2]).toMatchObject({ cache: { layer: "embedding", hit: true }, usage: { prompt_tokens: 5 } });
  });

  it("with an input that is none are refused", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, embed({}));
    for (const input of [undefined, "", [], [""], [{}], 7]) {
      expect((await gw.ask("/v1/embeddings", { model: "embed", input })).json["error"]).toMatchObject({ code: "invalid_input" });
    }
  });
});

describe("the batch lane", () => {
  const background = (over: object) => ({ batching: { background: { enabled: true, concurrency: 2, ...over } } });
  const batch = { headers: { "x-headroom-lane": "batch" } };

  it("runs few at a time, and interactive requests pass it", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...chat(), ...background({}) });
    let most = 0;
    a.behave(() => {
      most = Math.max(most, a.open());
      return { delayMs: 60 };
    });
    const answers = await Promise.all(Array.from({ length: 8 }, () => gw.chat({ model: "chat" }, batch)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(most).toBe(2);
    const queued = gw.events().map((event) => event.timing!.queueMs!);
    expect(gw.events().every((event) => event.lane === "batch")).toBe(true);
    // Eight in pairs: the last pair waited for three others.
    expect(Math.max(...queued)).toBeGreaterThanOrEqual(3 * 55);
    expect((await gw.chat({ model: "chat" })).status).toBe(200);
    expect(gw.events().at(-1)).toMatchObject({ lane: "interactive", timing: { queueMs: 0 } });
  });

  it("says so when nobody's turn came in time, and forgets those who left", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...chat(), ...background({ concurrency: 1, maxWaitSec: 1 }) });
    a.behave({ delayMs: 1_500 });
    const first = gw.chat({ model: "chat" }, batch);
    await expect.poll(() => a.open()).toBe(1);
    const leaving = new AbortController();
    const left = gw.chat({ model: "chat" }, { ...batch, signal: leaving.signal }).catch(() => "left");
    const late = gw.chat({ model: "chat" }, batch);
    leaving.abort();
    expect(await left).toBe("left");
    expect((await late).json["error"]).toMatchObject({ code: "batch_wait_exceeded" });
    expect((await first).status).toBe(200);
    expect(a.calls).toHaveLength(1);
    expect((await gw.chat({ model: "chat" }, batch)).status).toBe(200);
  });
});
