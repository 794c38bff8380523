import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SyncRequest } from "@/lib/protocol";
import { TEST_TOKEN, testConsole, type TestConsole } from "@/lib/protocol/testing/test-console";
import type { NativeEvent } from "@/lib/telemetry/schemas";
import { CLIENT_KEYS, type GatewayProcess } from "./testing/gateway-process";
import { readSpool, routeOf } from "./testing/in-process";
import { gatewayProgram, upstream } from "./testing/opened";

let server: TestConsole;

beforeEach(async () => {
  server = await testConsole();
});
afterEach(() => server.close());

const payload = (policies: object, layers: object[] = []) => ({
  schema: 1,
  connector: "headroom-gateway",
  content: { layers: [{ scope: { level: "global" }, policies }, ...layers] },
});
const chatTo = (targets: Record<string, number>) => ({ routing: { routes: { chat: routeOf(targets) } } });
const runs = (generation: number) => (sync: SyncRequest) => sync.running?.generation === generation;

const ask = async (gw: GatewayProcess, body: object = {}) => {
  const response = await fetch(`${gw.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${CLIENT_KEYS.acme}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hi" }], ...body }),
  });
  return {
    status: response.status,
    generation: response.headers.get("x-headroom-generation"),
    model: response.headers.get("x-headroom-model-served"),
    text: await response.text(),
  };
};
const health = async (gw: GatewayProcess) => (await (await fetch(`${gw.url}/health`)).json()) as Record<string, unknown>;

describe("a gateway whose policy comes from the console", () => {
  it("enrols itself, says what it can do, and serves by the first order as soon as it comes", async () => {
    const a = await upstream();
    const gw = await gatewayProgram({ upstreams: { a: a.url }, console: { url: server.url, token: TEST_TOKEN } });
    expect(server.enrolments).toMatchObject([
      { name: "gw-test", connector: "headroom-gateway", version: "0.1.0", simulated: false },
    ]);
    expect(await ask(gw)).toMatchObject({ status: 503, text: expect.stringContaining("no policy yet") });
    expect(await health(gw)).toMatchObject({ generation: 0, policySource: "console", console: "connected" });

    const { hash } = server.order(payload(chatTo({ a: 1 })), { generation: 41 });
    const told = await server.heard(runs(41));
    expect(told).toMatchObject({ effectiveHash: hash, health: { ok: true, figures: { requestsInFlight: 0, spoolBytes: 0 } } });
    expect(told.capabilities).toEqual(expect.arrayContaining(["routing", "canary", "cacheSemantic", "readBack"]));
    expect(await ask(gw)).toMatchObject({ status: 200, generation: "41", model: "model-a" });
    expect(await health(gw)).toMatchObject({ generation: 41, policyHash: hash, policyRefused: null, newestGeneration: 41 });
    // The same content again is a new generation, and telemetry says so.
    server.order(payload(chatTo({ a: 1 })), { generation: 42 });
    await server.heard(runs(42));
    expect(await ask(gw)).toMatchObject({ generation: "42" });
    expect(readSpool<NativeEvent>(path.join(gw.dir, "state/spool")).map((event) => event.generation)).toEqual([41, 42]);
  });

  it("takes only the layers of the environment it is enrolled in", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gatewayProgram({
      upstreams: { a: a.url, b: b.url },
      console: { url: server.url, token: TEST_TOKEN },
      config: { environment: "staging" },
    });
    const production = { scope: { level: "environment", value: "production" }, policies: chatTo({ a: 0, b: 1 }) };
    server.order(payload(chatTo({ a: 1, b: 0 }), [production]));
    await server.heard(runs(1));
    expect(await ask(gw)).toMatchObject({ model: "model-b" });
  });

  it("refuses what does not fit it, with the reason, and keeps what it has", async () => {
    const a = await upstream();
    const gw = await gatewayProgram({ upstreams: { a: a.url }, console: { url: server.url, token: TEST_TOKEN } });
    server.order(payload(chatTo({ a: 1 })));
    await server.heard(runs(1));
    const refusals: [object, RegExp][] = [
      [payload(chatTo({ nowhere: 1 })), /"nowhere" is not in the gateway's own file/],
      [payload({ routing: { rutes: {} } }), /Unknown key "rutes"/],
      [{ ...payload({}), content: { files: [] } }, /not \{layers/],
      [{ ...payload({}), connector: "engine" }, /is for engine/],
    ];
    for (const [index, [bad, why]] of refusals.entries()) {
      server.order(bad as Record<string, unknown>);
      const told = await server.heard(
        (sync) => sync.lastAttempt?.generation === index + 2 && sync.lastAttempt.status === "refused",
      );
      expect(told.lastAttempt!.error).toMatch(why);
      expect(told.running?.generation).toBe(1);
      expect((await health(gw))["policyRefused"]).toMatch(why);
      expect(await ask(gw)).toMatchObject({ status: 200, generation: "1" });
    }
  });

  it("starts and serves with the console away, by what it ran before, also after it was killed", async () => {
    const a = await upstream();
    const setup = { upstreams: { a: a.url }, console: { url: server.url, token: TEST_TOKEN } };
    const first = await gatewayProgram(setup);
    server.order(payload(chatTo({ a: 1 })));
    await server.heard(runs(1));
    await first.kill("SIGKILL");
    server.behave({ status: 503 });
    const second = await gatewayProgram({ upstreams: setup.upstreams, console: { url: server.url }, dir: first.dir });
    expect(await ask(second)).toMatchObject({ status: 200, generation: "1" });
    await expect.poll(() => health(second)).toMatchObject({ console: "lost", consoleReason: expect.stringContaining("503") });
    expect(server.enrolments).toHaveLength(1);
    // Its own file has lost an upstream meanwhile: it says so and serves what it can.
    await second.kill("SIGTERM");
    const third = await gatewayProgram({ upstreams: { b: a.url }, console: { url: server.url }, dir: first.dir });
    await third.said("the policy that ran before does not fit this gateway's file any more");
    expect(await health(third)).toMatchObject({ generation: 1 });
  });

  it("does not start without a token, and says where to get one", async () => {
    const start = gatewayProgram({ upstreams: {}, console: { url: server.url } });
    await expect(start).rejects.toThrow(/not enrolled yet: make an enrolment token on the page Fleet/);
  });
});
