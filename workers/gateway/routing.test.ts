import { describe, expect, it } from "vitest";
import { routeOf } from "./testing/in-process";
import { gateway, upstream } from "./testing/opened";

const routing = (route: object) => ({ routing: { routes: { chat: route } } });

describe("a request", () => {
  it("goes to its target with the target's model and key, and says who answered", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 })));
    const answer = await gw.ask(
      "/support/v1/chat/completions",
      { model: "chat", messages: [{ role: "user", content: "hi" }], temperature: 0.2 },
      { headers: { "x-headroom-user": "u1", "x-headroom-action": "act-1", "x-headroom-request-id": "req-1" } },
    );
    expect(answer.status).toBe(200);
    expect(a.calls).toEqual([
      {
        path: "/v1/chat/completions",
        body: { model: "model-a", messages: [{ role: "user", content: "hi" }], temperature: 0.2 },
        authorization: "Bearer key-of-upstream",
      },
    ]);
    expect(Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith("x-headroom")))).toEqual({
      "x-headroom-request-id": "req-1",
      "x-headroom-model-served": "model-a",
      "x-headroom-variant": "control",
      "x-headroom-generation": "1",
      "x-headroom-cache": "none",
      "x-headroom-attempts": "1",
    });
    expect(gw.events()).toMatchObject([
      {
        tenant: "acme",
        endpoint: "support.answer",
        route: "chat",
        provider: "self-hosted",
        node: "node-of-a",
        modelRequested: "chat",
        modelServed: "model-a",
        gateway: "gw-test",
        requestId: "req-1",
        actionId: "act-1",
        attempt: 1,
        final: true,
        status: "success",
        usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
        usageFormat: "openai",
        variant: "control",
        generation: 1,
        stream: false,
      },
    ]);
    // What was asked and answered is nobody's business but the client's.
    expect(JSON.stringify(gw.events())).not.toContain("hello");
  });

  it("is refused in OpenAI's shape when it cannot be answered", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 })));
    const unknown = await gw.chat({ model: "nope" });
    expect([unknown.status, unknown.json["error"]]).toMatchObject([
      404,
      { code: "model_not_found", type: "invalid_request_error" },
    ]);
    expect((await gw.chat({ model: "constructor" })).status).toBe(404);
    expect((await gw.chat({ model: "chat" }, { key: "wrong" })).json["error"]).toMatchObject({ code: "invalid_api_key" });
    expect((await gw.chat({ model: 7 })).json["error"]).toMatchObject({ code: "model_missing" });
    expect((await gw.chat({ model: "chat", messages: [] })).json["error"]).toMatchObject({ code: "messages_missing" });
    expect((await gw.chat({ model: "chat" }, { headers: { "x-headroom-lane": "fast" } })).status).toBe(400);
    expect((await gw.ask("/v1/completions", {})).status).toBe(404);
    expect((await gw.ask("/other/v1/chat/completions", { model: "chat" })).status).toBe(404);
    const bad = await fetch(`${gw.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer key-of-acme" },
      body: "{",
    });
    expect([bad.status, await bad.json()]).toMatchObject([400, { error: { code: "invalid_json" } }]);
    expect(a.calls).toEqual([]);
  });

  it("that the upstream refuses gets the upstream's words; the gateway's bad key is not the client's fault", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 })));
    a.behave({ status: 422 });
    const refused = await gw.chat({ model: "chat" });
    expect([refused.status, refused.json["error"]]).toMatchObject([422, { message: "the upstream says 422", code: "told_to" }]);
    a.behave({ status: 429, retryAfter: "7" });
    const limited = await gw.chat({ model: "chat" });
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    a.behave({ status: 401 });
    expect((await gw.chat({ model: "chat" })).json["error"]).toMatchObject({ code: "upstream_key_refused" });
    expect(gw.events().map((event) => [event.status, event.errorClass])).toEqual([
      ["error", "http_422"],
      ["rate_limited", "http_429"],
      ["error", "http_401"],
    ]);
  });

  it("is limited and capped by the policy of its tenant", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...routing(routeOf({ a: 1 })), tokens: { maxOutputTokens: 100 } }, [
      { scope: { level: "tenant", value: "globex" }, policies: { tokens: { maxInputTokens: 10 } } },
    ]);
    await gw.chat({ model: "chat", max_tokens: 5_000 });
    await gw.chat({ model: "chat" });
    expect(a.calls.map(({ body }) => [body["max_tokens"], body["max_completion_tokens"]])).toEqual([
      [100, undefined],
      [undefined, 100],
    ]);
    const long = { model: "chat", messages: [{ role: "user", content: "x".repeat(400) }] };
    expect((await gw.chat(long)).status).toBe(200);
    const refused = await gw.chat(long, { key: "key-of-globex" });
    expect([refused.status, refused.json["error"]]).toMatchObject([400, { code: "context_length_exceeded" }]);
    expect(a.calls).toHaveLength(3);
  });
});

describe("what an answer cost", () => {
  const prices = { "self-hosted/model-a": { input: "1.5", output: "6" }, "self-hosted/model-b": { input: "15", output: "60" } };

  it("is in a header, by the prices of the gateway's own file: every call that answered, nothing for a hit", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const cascade = { first: "a", escalateTo: "b", when: { truncated: true } };
    const policies = { ...routing(routeOf({ a: 1, b: 0 }, { cascade })), caching: { exact: { enabled: true } } };
    const gw = await gateway({ a: a.url, b: b.url }, policies, [], { config: { prices } });
    const costOf = async (body: object) => (await gw.chat({ model: "chat", ...body })).headers.get("x-headroom-cost-usd");
    // 20 tokens in and 5 out: 20 × $1.5 + 5 × $6 = $60 per million.
    expect(await costOf({})).toBe("0.00006");
    expect(await costOf({})).toBe("0");
    a.behave({ finishReason: "length" });
    // The small answer that was not good enough was paid for too: $60 + $600 per million.
    expect(await costOf({ seed: 1 })).toBe("0.00066");
    a.behave({ noUsage: true });
    expect(await costOf({ seed: 2 })).toBeNull();
    expect(await costOf({ seed: 3, stream: true })).toBeNull();
  });

  it("is not guessed: without a price there is no header", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 })), [], {
      config: { prices: { "openai/gpt-4o": { input: "2" } } },
    });
    expect((await gw.chat({ model: "chat" })).headers.has("x-headroom-cost-usd")).toBe(false);
  });
});

describe("when a target fails", () => {
  const failover = (over: object = {}) =>
    routing(routeOf({ a: 1, b: 0 }, { fallback: { order: ["b"] }, retry: { attempts: 1, budgetPercent: 100 }, ...over }));

  it("the next one answers, and each try is an event of one request", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway({ a: a.url, b: b.url }, failover({ retry: { attempts: 2, budgetPercent: 100, backoffMs: 1 } }));
    a.behave({ status: 500 });
    const answer = await gw.chat({ model: "chat" });
    expect([answer.status, answer.headers.get("x-headroom-model-served"), answer.headers.get("x-headroom-attempts")]).toEqual([
      200,
      "model-b",
      "3",
    ]);
    expect(gw.events().map((e) => [e.attempt, e.final, e.status, e.errorClass, e.modelServed])).toEqual([
      [1, false, "error", "http_500", "model-a"],
      [2, false, "error", "http_500", "model-a"],
      [3, true, "success", null, "model-b"],
    ]);
    expect(new Set(gw.events().map((event) => event.requestId)).size).toBe(1);
  });

  it.each([
    ["timeout", { delayMs: 5_000 }, "timeout", "timeout"],
    ["429", { status: 429 }, "rate_limited", "http_429"],
  ] as const)("of %s", async (_cause, behaviour, status, errorClass) => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway({ a: a.url, b: b.url }, failover({ timeoutMs: 100 }));
    a.behave(behaviour);
    expect((await gw.chat({ model: "chat" })).headers.get("x-headroom-model-served")).toBe("model-b");
    expect(gw.events()[0]).toMatchObject({ status, errorClass, final: false });
  });

  it("of a dead address, and a stream whose first token does not come", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway({ a: a.url, b: b.url }, failover({ firstTokenTimeoutMs: 100 }));
    a.behave({ delayMs: 5_000 });
    const streamed = await gw.chat({ model: "chat", stream: true });
    expect(streamed.headers.get("x-headroom-model-served")).toBe("model-b");
    await a.close();
    expect((await gw.chat({ model: "chat" })).headers.get("x-headroom-model-served")).toBe("model-b");
    expect(gw.events().map((event) => event.errorClass)).toEqual(["timeout_first_token", null, "ECONNREFUSED", null]);
  });

  it("also when it says 200 and means an error, or cannot stream", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway({ a: a.url, b: b.url }, failover());
    const json = { contentType: "application/json", body: '{"error":{"message":"overloaded"}}' };
    for (const [raw, stream, errorClass] of [
      [json, false, "answer_is_error"],
      [json, true, "answer_not_stream"],
      [{ contentType: "text/html", body: "<html>" }, false, "answer_not_json"],
    ] as const) {
      a.behave({ raw });
      expect((await gw.chat({ model: "chat", stream })).headers.get("x-headroom-model-served")).toBe("model-b");
      expect(gw.events().at(-2)).toMatchObject({ status: "error", errorClass, final: false });
    }
  });

  it("only for the causes the policy names, and a refused request is never tried again", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway({ a: a.url, b: b.url }, failover({ fallback: { order: ["b"], on: ["timeout"] } }));
    a.behave({ status: 500 });
    expect((await gw.chat({ model: "chat" })).status).toBe(502);
    a.behave({ status: 400 });
    expect((await gw.chat({ model: "chat" })).status).toBe(400);
    expect(b.calls).toEqual([]);
  });

  it("second tries stay within the budget: the reserve of 10, then 10 % of the requests", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway({ a: a.url, b: b.url }, failover({ retry: { attempts: 1, budgetPercent: 10 } }));
    a.behave({ status: 500 });
    const statuses: number[] = [];
    for (let index = 0; index < 40; index += 1) statuses.push((await gw.chat({ model: "chat" })).status);
    // 10 in reserve; 40 requests pay in a tenth each, of which the first one's finds the reserve full.
    expect(b.calls).toHaveLength(13);
    expect(statuses.filter((status) => status === 502)).toHaveLength(27);
    expect(gw.events().filter((event) => event.final)).toHaveLength(40);
  });
});

describe("splits", () => {
  it("a canary's share is sticky by user, and is what the policy says", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway(
      { a: a.url, b: b.url },
      {
        ...routing(routeOf({ a: 1, b: 0 }, { sticky: "user", canary: { target: "b", sharePercent: 25 } })),
      },
    );
    const variantOf = async (user: number) =>
      (await gw.chat({ model: "chat" }, { headers: { "x-headroom-user": `user-${user}` } })).headers.get("x-headroom-variant");
    const users = Array.from({ length: 200 }, (_, index) => index);
    const first = await Promise.all(users.map(variantOf));
    const second = await Promise.all(users.map(variantOf));
    expect(second).toEqual(first);
    const share = first.filter((variant) => variant === "canary").length / users.length;
    // Binomial, n = 200, p = 0.25: 4 standard deviations are 0.122.
    expect(Math.abs(share - 0.25)).toBeLessThan(0.122);
    expect(b.calls).toHaveLength(first.filter((variant) => variant === "canary").length * 2);
  });

  it("a shadow gets a copy, serves nobody, and is recorded as mirrored", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gateway(
      { a: a.url, b: b.url },
      routing(routeOf({ a: 1, b: 0 }, { shadow: { target: "b", sharePercent: 100 } })),
    );
    b.behave({ status: 500 });
    expect((await gw.chat({ model: "chat", stream: true })).status).toBe(200);
    await expect
      .poll(() =>
        gw
          .events()
          .map((e) => [e.modelServed, e.shadow, e.final, e.status])
          .sort(),
      )
      .toEqual([
        ["model-a", false, true, "success"],
        ["model-b", true, false, "error"],
      ]);
    expect(b.calls[0]!.body["stream"]).toBeUndefined();
  });

  it("a cascade asks the large model only when the small answer is not good enough", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const cascade = { first: "a", escalateTo: "b", when: { truncated: true, invalidJson: true, shorterThanChars: 1 } };
    const gw = await gateway({ a: a.url, b: b.url }, routing(routeOf({ a: 1, b: 0 }, { cascade })));
    const served = async (body: object) => (await gw.chat({ model: "chat", ...body })).headers.get("x-headroom-model-served");
    expect(await served({})).toBe("model-a");
    a.behave({ finishReason: "length" });
    expect(await served({})).toBe("model-b");
    a.behave({ text: "{broken" });
    expect(await served({ response_format: { type: "json_object" } })).toBe("model-b");
    a.behave({ text: "" });
    expect(await served({})).toBe("model-b");
    b.behave({ status: 500 });
    a.behave({ text: "weak", finishReason: "length" });
    expect(await served({})).toBe("model-a");
    expect(gw.events().map((e) => [e.modelServed, e.attempt, e.final, e.status])).toEqual([
      ["model-a", 1, true, "success"],
      ["model-a", 1, false, "success"],
      ["model-b", 2, true, "success"],
      ["model-a", 1, false, "success"],
      ["model-b", 2, true, "success"],
      ["model-a", 1, false, "success"],
      ["model-b", 2, true, "success"],
      ["model-b", 2, false, "error"],
      ["model-a", 1, true, "success"],
    ]);
  });
});
