import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { TEST_TOKEN, testConsole } from "@/lib/protocol/testing/test-console";
import { StreamReader } from "./stream-reader";
import { CLIENT_KEYS } from "./testing/gateway-process";
import { routeOf } from "./testing/in-process";
import { gateway, gatewayProgram, upstream } from "./testing/opened";

const routing = (route: object) => ({ routing: { routes: { chat: route } } });

const ask = (url: string, body: object, signal?: AbortSignal) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${CLIENT_KEYS.acme}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hi" }], ...body }),
    ...(signal ? { signal } : {}),
  });

const health = async (url: string) => (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;

/** The numbers that a test upstream's stream counts up. */
const counted = (text: string) => [...text.matchAll(/"content":"(\d+) "/g)].map((match) => Number(match[1]));

/** A gateway process with its first policy in force, and how to give it another one. */
async function changeable(synced: boolean, upstreams: Record<string, string>, policies: object) {
  if (!synced) {
    const gw = await gatewayProgram({ upstreams, policies });
    return { gw, change: (next: object) => gw.writePolicy(next) };
  }
  const server = await testConsole();
  onTestFinished(() => server.close());
  const order = (next: object) => {
    const layers = [{ scope: { level: "global" }, policies: next }];
    server.order({ schema: 1, connector: "headroom-gateway", content: { layers } });
  };
  const gw = await gatewayProgram({ upstreams, console: { url: server.url, token: TEST_TOKEN } });
  order(policies);
  await server.heard((sync) => sync.running?.generation === 1);
  return { gw, change: order };
}

describe("streams", () => {
  it.each(["the file", "the console"])(
    "200 at once survive a policy change by %s: none breaks, the next request is served by the new one",
    async (by) => {
      const [a, b] = [await upstream(), await upstream()];
      const { gw, change } = await changeable(by === "the console", { a: a.url, b: b.url }, routing(routeOf({ a: 1, b: 0 })));
      let goOn: () => void = () => undefined;
      const changed = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      a.behave({ events: 30, gapMs: 20, after: { event: 3, wait: changed } });
      const streams = Array.from({ length: 200 }, async () => {
        const response = await ask(gw.url, { stream: true });
        return { generation: response.headers.get("x-headroom-generation"), text: await response.text() };
      });
      await expect.poll(() => a.open(), { timeout: 20_000 }).toBe(200);
      change(routing(routeOf({ a: 0, b: 1 })));
      await expect.poll(async () => (await health(gw.url))["generation"], { timeout: 10_000 }).toBe(2);
      expect((await ask(gw.url, { stream: true })).headers.get("x-headroom-model-served")).toBe("model-b");
      // A bad one changes nothing, and says why.
      change({ routing: { routes: { chat: { targets: { z: { upstream: "nowhere", model: "m", weight: 1 } } } } } });
      await expect.poll(async () => (await health(gw.url))["policyRefused"], { timeout: 10_000 }).toMatch(/"nowhere" is not in/);
      expect((await health(gw.url))["generation"]).toBe(2);
      goOn();
      const expected = Array.from({ length: 30 }, (_, index) => index);
      for (const { generation, text } of await Promise.all(streams)) {
        expect(generation).toBe("1");
        expect(counted(text)).toEqual(expected);
        expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
      }
      expect([a.calls.length, a.cancelled(), b.calls.length]).toEqual([200, 0, 1]);
    },
  );

  it("begin at the client while the upstream still writes", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 })));
    let goOn: () => void = () => undefined;
    const wait = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    a.behave({ events: 2, after: { event: 1, wait } });
    const response = await ask(gw.url, { stream: true });
    const reader = response.body!.getReader();
    expect(counted(new TextDecoder().decode((await reader.read()).value))).toEqual([0]);
    goOn();
    await reader.cancel();
  });

  it("that the client leaves free their upstream, and cost what came until then", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 })));
    a.behave({ events: 1_000, gapMs: 5 });
    const leaving = new AbortController();
    const response = await ask(gw.url, { stream: true }, leaving.signal);
    await response.body!.getReader().read();
    leaving.abort();
    await expect.poll(() => [a.open(), a.cancelled()]).toEqual([0, 1]);
    await expect.poll(() => gw.events().length).toBe(1);
    const [event] = gw.events();
    expect(event).toMatchObject({ status: "cancelled", errorClass: "client_closed", final: true, tags: { usage: "estimated" } });
    expect(event!.meters!.output).toBeGreaterThan(0);
  });

  it("an answer that nobody waits for any more is given up as well", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 })));
    a.behave({ delayMs: 20_000 });
    const leaving = new AbortController();
    const asked = ask(gw.url, {}, leaving.signal).catch((error: Error) => error.name);
    await expect.poll(() => a.open()).toBe(1);
    leaving.abort();
    expect(await asked).toBe("AbortError");
    await expect.poll(() => [a.open(), a.cancelled()]).toEqual([0, 1]);
    await expect.poll(() => gw.events().map((event) => event.status)).toEqual(["cancelled"]);
  });

  it("that break off say so: half an answer is never a whole one", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 }, { timeoutMs: 300 })));
    a.behave({ events: 5, gapMs: 5, cutAfter: 2 });
    const cut = await (await ask(gw.url, { stream: true })).text();
    expect(counted(cut)).toEqual([0, 1]);
    expect(cut).toContain('"code":"stream_cut_short"');
    expect(cut).not.toContain("[DONE]");
    a.behave({ events: 100, gapMs: 50 });
    expect(await (await ask(gw.url, { stream: true })).text()).toContain('"code":"upstream_timeout"');
    expect(gw.events().map((event) => [event.status, event.errorClass])).toEqual([
      ["error", "stream_cut_short"],
      ["timeout", "timeout"],
    ]);
  });

  it("in which the upstream says that it failed are failures, and are not kept", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...routing(routeOf({ a: 1 })), caching: { exact: { enabled: true } } });
    const delta = JSON.stringify({ choices: [{ index: 0, delta: { content: "half" }, finish_reason: "stop" }] });
    const body = `data: ${delta}\n\ndata: {"error":{"message":"out of memory"}}\n\ndata: [DONE]\n\n`;
    a.behave({ raw: { contentType: "text/event-stream", body } });
    expect(await (await ask(gw.url, { stream: true })).text()).toBe(body);
    expect(gw.events()).toMatchObject([{ status: "error", errorClass: "stream_error_event", final: true }]);
    a.behave({});
    expect((await ask(gw.url, { stream: true })).headers.get("x-headroom-cache")).toBe("miss");
  });

  it("carry the usage only to clients that asked for it; the event has it always", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, routing(routeOf({ a: 1 })));
    const plain = await (await ask(gw.url, { stream: true })).text();
    const asked = await (await ask(gw.url, { stream: true, stream_options: { include_usage: true } })).text();
    expect([plain.includes("usage"), asked.includes('"prompt_tokens":20')]).toEqual([false, true]);
    a.behave({ noUsage: true });
    await (await ask(gw.url, { stream: true })).text();
    const events = gw.events();
    expect(events.map((event) => event.usage?.["completion_tokens"])).toEqual([5, 5, undefined]);
    // Five tokens and the end: six events with a delta.
    expect(events[2]).toMatchObject({ meters: { output: 6 }, tags: { usage: "estimated" } });
    expect(events.every((event) => event.timing!.ttftMs! <= event.timing!.latencyMs!)).toBe(true);
  });
});

describe("the stream reader", () => {
  const event = fc.record({ text: fc.string(), usage: fc.option(fc.nat()), crlf: fc.boolean() }).map(({ text, usage, crlf }) => {
    const end = crlf ? "\r\n\r\n" : "\n\n";
    const choices = usage === null ? [{ delta: { content: text } }] : [];
    return {
      usage,
      text: `data: ${JSON.stringify({ choices, ...(usage === null ? {} : { usage: { prompt_tokens: usage } }) })}${end}`,
    };
  });

  it("lets everything but the usage through, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(fc.nat(40)), fc.boolean(), (events, cuts, keep) => {
        const bytes = Buffer.from(events.map(({ text }) => text).join("") + "data: [DONE]\n\n");
        const reader = new StreamReader(keep);
        const out: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          out.push(reader.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        out.push(reader.push(bytes.subarray(at)), reader.flush());
        const kept = events.filter(({ usage }) => keep || usage === null).map(({ text }) => text);
        expect(Buffer.concat(out).toString()).toBe(`${kept.join("")}data: [DONE]\n\n`);
        expect(reader.done).toBe(true);
        expect(reader.usage?.["prompt_tokens"]).toBe(events.findLast(({ usage }) => usage !== null)?.usage ?? undefined);
      }),
    );
  });
});
