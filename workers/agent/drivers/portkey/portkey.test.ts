/**
 * The real Portkey gateway from npm behind the injecting proxy, with real upstreams: what it does is seen from outside,
 * by who was asked and what came back.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { renderFor } from "@/lib/policies/render";
import type { PolicyLayer } from "@/lib/policies/schemas";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { Payload } from "@/lib/protocol/payload";
import type { Driver, DriverDeps } from "../driver";
import { payloadOf } from "../foreign/read-content";
import { step, testDeps } from "../foreign/testing/driver-deps";
import { freePort } from "../foreign/testing/free-port";
import { serve } from "../foreign/testing/http-server";
import { portkeyConfigSchema } from "./config";
import { openPortkey } from "./open-portkey";
import { portkeyProcess, type PortkeyProcess } from "./testing/portkey-process";
import { chunk, namedUpstream, type NamedUpstream } from "./testing/upstream";

let portkey: PortkeyProcess;
beforeAll(async () => {
  portkey = await portkeyProcess();
});
afterAll(() => portkey.stop());

const ENV = { APP_KEY: "key-of-app", A_KEY: "sk-a", B_KEY: "sk-b" };

interface Running {
  driver: Driver;
  url: string;
  apply(route: object, generation?: number): Promise<void>;
  chat(over?: object, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
}

async function running(
  a: NamedUpstream,
  b: NamedUpstream,
  config: object = {},
  deps: Partial<DriverDeps> = {},
): Promise<Running> {
  const port = await freePort();
  const driver = await openPortkey(
    portkeyConfigSchema.parse({
      connector: "portkey",
      gateway: portkey.url,
      listen: { port },
      clients: [{ keyEnv: "APP_KEY" }],
      upstreams: {
        a: { provider: "openai", baseUrl: `${a.url}/v1`, apiKeyEnv: "A_KEY" },
        b: { provider: "openai", baseUrl: `${b.url}/v1`, apiKeyEnv: "B_KEY" },
      },
      limits: { drainSec: 1 },
      ...config,
    }),
    testDeps({ env: ENV, ...deps }),
  );
  onTestFinished(() => driver.close());
  const url = `http://127.0.0.1:${port}`;
  return {
    driver,
    url,
    apply: (route, generation = 7) => driver.apply(payloadFor(route), step("offer", { generation })),
    chat: (over = {}, headers = {}, signal) =>
      fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: "Bearer key-of-app", "content-type": "application/json", ...headers },
        body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hi" }], ...over }),
        ...(signal ? { signal } : {}),
      }),
  };
}

/** By the console's own renderer: what a person writes as a policy is what arrives here. */
function payloadFor(route: object): Payload {
  const targets = { a: { upstream: "a", model: "model-a", weight: 1 }, b: { upstream: "b", model: "model-b", weight: 3 } };
  const layer: PolicyLayer = {
    scope: { level: "global", value: null },
    policies: { routing: { routes: { chat: { targets, ...route } } } },
  };
  const target = { name: "pk-1", connector: "portkey" as const, environment: "eu", pool: null, capabilities: [], hardware: null };
  const rendered = renderFor(target, { gateway: [layer], engine: [] });
  if (rendered.kind !== "payload") throw new Error(JSON.stringify(rendered));
  return rendered.payload;
}

const only = (id: "a" | "b") => ({ targets: { [id]: { upstream: id, model: `model-${id}`, weight: 1 } } });
const saidBy = async (response: Response) =>
  ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content;

describe("Portkey behind the injecting proxy", () => {
  it("splits 1 to 3: of 400 requests a gets 100, give or take 39 (4.5 standard deviations of 8.66)", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat } = await running(a, b);
    await apply({});
    const before = [a.count(), b.count()];
    const answers: string[] = [];
    for (let n = 0; n < 50; n++)
      answers.push(...(await Promise.all(Array.from({ length: 8 }, async () => saidBy(await chat())))));

    const byA = answers.filter((name) => name === "a").length;
    expect(answers).toHaveLength(400);
    expect(byA).toBeGreaterThanOrEqual(61);
    expect(byA).toBeLessThanOrEqual(139);
    // The upstreams saw the same as the clients.
    expect([a.count() - before[0]!, b.count() - before[1]!]).toEqual([byA, 400 - byA]);
  }, 60_000);

  it("gives each upstream its own model name and key, and never the client's key or the configuration", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat } = await running(a, b);
    await apply(only("b"));
    await chat();
    const { headers, text } = b.asked.at(-1)!;
    expect(JSON.parse(text)).toMatchObject({ model: "model-b", messages: [{ role: "user", content: "hi" }] });
    expect(headers.authorization).toBe("Bearer sk-b");
    expect(Object.keys(headers).filter((name) => name.startsWith("x-portkey"))).toEqual([]);
    expect(JSON.stringify(headers)).not.toContain("key-of-app");
  });

  it("says model names that are not ASCII, though headers cannot", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat } = await running(a, b);
    await apply({ targets: { a: { upstream: "a", model: "modèle-模型", weight: 1 } } });
    await chat();
    expect(JSON.parse(a.asked.at(-1)!.text)).toMatchObject({ model: "modèle-模型" });
  });

  it.each([
    ["answers 503", (a: NamedUpstream) => void (a.behave.status = 503)],
    ["answers 429", (a: NamedUpstream) => void (a.behave.status = 429)],
    ["is gone", (a: NamedUpstream) => a.close()],
  ])("falls back when an upstream %s", async (_, breakIt) => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat } = await running(a, b);
    const targets = { a: { upstream: "a", model: "model-a", weight: 1 }, b: { upstream: "b", model: "model-b", weight: 0 } };
    await apply({ targets, fallback: { order: ["b"] } });
    const healthy = await chat();
    expect(healthy.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[0].targets[0]");
    expect(await saidBy(healthy)).toBe("a");
    await breakIt(a);
    const rescued = await chat();
    expect(rescued.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[0].targets[1]");
    expect(await saidBy(rescued)).toBe("b");
  });

  it("does not fall back for a request that is the client's mistake", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat } = await running(a, b);
    const targets = { a: { upstream: "a", model: "model-a", weight: 1 }, b: { upstream: "b", model: "model-b", weight: 0 } };
    await apply({ targets, fallback: { order: ["b"] } });
    a.behave.status = 400;
    expect((await chat()).status).toBe(400);
    expect(b.count()).toBe(0);
  });

  it("changes policy under load without one broken request", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat, driver } = await running(a, b);
    await apply(only("a"), 1);
    const over = new AbortController();
    const seen: { status: number; by: string; generation: string | null }[] = [];
    const clients = Array.from({ length: 6 }, async () => {
      while (!over.signal.aborted) {
        const response = await chat();
        seen.push({
          status: response.status,
          by: await saidBy(response),
          generation: response.headers.get("x-headroom-generation"),
        });
      }
    });
    const until = async (generation: string) => {
      while (seen.filter((one) => one.generation === generation).length < 60) await chat().then((response) => response.text());
    };
    await until("1");
    await apply(only("b"), 2);
    await until("2");
    over.abort();
    await Promise.all(clients);

    expect(seen.filter((one) => one.status !== 200)).toEqual([]);
    expect([...new Set(seen.map((one) => `${one.generation} ${one.by}`))].sort()).toEqual(["1 a", "2 b"]);
    expect(await driver.effectiveHash()).toBe(canonicalHash(payloadFor(only("b"))));
  }, 60_000);

  it("streams as it comes: the first chunk is there while the upstream still holds the rest", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat } = await running(a, b);
    await apply(only("a"));
    a.behave.hold = true;
    const response = await chat({ stream: true });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('"content":"a"');
    a.held[0]!.response.end(`${chunk("last")}data: [DONE]\n\n`);
    let rest = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) rest += next.value;
    expect(rest).toContain('"content":"last"');
    expect(rest).toContain("[DONE]");
  });

  it("goes on when a client goes away in the middle of a stream", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat, driver } = await running(a, b);
    await apply(only("a"));
    a.behave.hold = true;
    const client = new AbortController();
    const response = await chat({ stream: true }, {}, client.signal);
    await response.body!.getReader().read();
    client.abort();
    a.behave.hold = false;
    expect((await chat({ stream: true })).status).toBe(200);
    expect((await driver.health()).figures).toMatchObject({ cancelled: 1 });
  });

  it("drops what a client sends as x-portkey-*, which could send our key to any host", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat } = await running(a, b);
    await apply(only("a"));
    const before = b.count();
    const headers = {
      "x-portkey-custom-host": `${b.url}/v1`,
      "x-portkey-config": JSON.stringify({ provider: "openai", api_key: "x", custom_host: `${b.url}/v1` }),
      "x-portkey-provider": "openai",
    };
    expect(await saidBy(await chat({}, headers))).toBe("a");
    expect(b.count()).toBe(before);
  });

  it("answers a model that is no route with 400, lists its routes, and knows its clients", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat, url } = await running(a, b);
    expect((await chat()).status).toBe(503);
    await apply(only("a"));
    expect((await chat({ model: "other" })).status).toBe(400);
    expect((await chat({}, { authorization: "Bearer wrong" })).status).toBe(401);
    const models = await fetch(`${url}/v1/models`, { headers: { authorization: "Bearer key-of-app" } });
    expect(await models.json()).toMatchObject({ data: [{ id: "chat" }] });
    expect((await fetch(`${url}/v1/files`, { headers: { authorization: "Bearer key-of-app" } })).status).toBe(404);
  });

  it("refuses bodies that are too large, with and without a length", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat, url } = await running(a, b, { limits: { bodyBytes: 2_048, drainSec: 1 } });
    await apply(only("a"));
    expect((await chat({ long: "x".repeat(5_000) })).status).toBe(413);
    const chunked = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 5; n++) controller.enqueue(new TextEncoder().encode("x".repeat(1_000)));
        controller.close();
      },
    });
    const headers = { authorization: "Bearer key-of-app", "content-type": "application/json" };
    const sent = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers,
      body: chunked,
      duplex: "half",
    } as RequestInit);
    expect(sent.status).toBe(413);
  });

  it("tries a candidate before clients get it: one that does not answer is never in force", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { apply, chat, driver } = await running(a, b);
    await apply(only("a"), 1);
    b.behave.status = 503;
    await expect(apply(only("b"), 2)).rejects.toThrow(/Route chat does not answer \(b\): Portkey answered 503.*b is broken/);
    const response = await chat();
    expect([await saidBy(response), response.headers.get("x-headroom-generation")]).toEqual(["a", "1"]);
    expect(await driver.effectiveHash()).toBe(canonicalHash(payloadFor(only("a"))));
  });

  it("says how to make Portkey trust a private host", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const upstreams = { a: { provider: "openai", baseUrl: "http://10.1.2.3:8000/v1" } };
    const { apply } = await running(a, b, { upstreams });
    await expect(apply(only("a"))).rejects.toThrow("Start it with TRUSTED_CUSTOM_HOSTS=localhost,127.0.0.1,10.1.2.3");
  });

  it("has its last configuration at once after a restart, from its own disk", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { stateDir } = testDeps();
    const first = await running(a, b, {}, { stateDir });
    await first.apply(only("b"), 5);
    await first.driver.close();
    const { chat } = await running(a, b, {}, { stateDir });
    const response = await chat();
    expect([await saidBy(response), response.headers.get("x-headroom-generation")]).toEqual(["b", "5"]);
  });

  it("refuses what does not fit into a header once hosts and keys are in it, and upstreams it does not know", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { driver } = await running(a, b);
    const serve = { upstream: "a", override_params: { model: "m" }, request_timeout: 1_000 };
    const routes = Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`route-${n}`, [{ weight: 10_000, serve }]]));
    expect(await driver.refuse(payloadOf("portkey", { routes }))).toMatch(/With hosts and keys it is a header of \d+ bytes/);
    const unknown = { routes: { chat: [{ weight: 1, serve: { ...serve, upstream: "c" } }] } };
    expect(await driver.refuse(payloadOf("portkey", unknown))).toContain('no upstream "c"; it has: a, b');
    expect(await driver.refuse(payloadOf("portkey", { routes: {}, cache: { mode: "simple" } }))).toContain("cache");
  });

  it("says when the gateway cannot stream, as it does from npm with a newer @hono/node-server, and goes on", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const broken = await serve(({ text }) =>
      text.includes('"stream":true')
        ? { status: 500, json: { status: "failure", message: "Something went wrong" } }
        : { headers: { "x-portkey-last-used-option-index": "config.targets[0]" } },
    );
    const { driver, apply } = await running(a, b, { gateway: broken.url });
    await apply(only("a"));
    expect(await driver.health()).toMatchObject({
      ok: true,
      reason: expect.stringContaining("overrides.@hono/node-server=1.14.1"),
    });
  });

  it("says that it is not well when Portkey is not there", async () => {
    const [a, b] = [await namedUpstream("a"), await namedUpstream("b")];
    const { driver } = await running(a, b, { gateway: "http://127.0.0.1:9" });
    expect(await driver.health()).toMatchObject({ ok: false, reason: expect.stringContaining("Portkey cannot be reached") });
  });
});
