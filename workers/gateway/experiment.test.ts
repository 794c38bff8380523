import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SyncRequest } from "@/lib/protocol";
import { TEST_TOKEN, testConsole, type TestConsole } from "@/lib/protocol/testing/test-console";
import { CLIENT_KEYS, type GatewayProcess } from "./testing/gateway-process";
import { routeOf } from "./testing/in-process";
import { gatewayProgram, upstream } from "./testing/opened";

let server: TestConsole;

beforeEach(async () => {
  server = await testConsole();
});
afterEach(() => server.close());

const layersTo = (target: string) => [
  { scope: { level: "global" }, policies: { routing: { routes: { chat: routeOf({ [target]: 1 }) } } } },
];
const ordered = (experiment?: object) => ({
  schema: 1,
  connector: "headroom-gateway",
  content: { layers: layersTo("a"), ...(experiment ? { experiment } : {}) },
});
const trial = (more: object) => ({
  id: "change-7",
  mode: "serve",
  sharePercent: 30,
  sticky: "user",
  layers: layersTo("b"),
  ...more,
});
const runs = (generation: number) => (sync: SyncRequest) => sync.running?.generation === generation;

async function ask(gw: GatewayProcess, user: number): Promise<string> {
  const response = await fetch(`${gw.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${CLIENT_KEYS.acme}`,
      "content-type": "application/json",
      "x-headroom-action": `action-${user}`,
    },
    body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hi" }] }),
  });
  return `${response.headers.get("x-headroom-variant")} by ${response.headers.get("x-headroom-model-served")}`;
}

describe("a change on trial at a gateway", () => {
  it("serves its share of actions, always the same ones, wholly under the change; the rest as before", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gatewayProgram({ upstreams: { a: a.url, b: b.url }, console: { url: server.url, token: TEST_TOKEN } });
    server.order(ordered());
    await server.heard(runs(1));
    expect(await ask(gw, 0)).toBe("control by model-a");

    server.order(ordered(trial({ sticky: "action" })));
    await server.heard(runs(2));
    const actions = Array.from({ length: 120 }, (_, index) => index);
    const first = await Promise.all(actions.map((action) => ask(gw, action)));
    expect(new Set(first)).toEqual(new Set(["control by model-a", "canary by model-b"]));
    const share = first.filter((one) => one.startsWith("canary")).length;
    // Binomial(120, 0.3): 36 ± 5σ of 5.0.
    expect(Math.abs(share - 36)).toBeLessThan(25);
    expect(await Promise.all(actions.map((action) => ask(gw, action)))).toEqual(first);

    server.order(ordered(trial({ sticky: "action", sharePercent: 60 })));
    await server.heard(runs(3));
    const more = await Promise.all(actions.map((action) => ask(gw, action)));
    expect(more.filter((one) => one.startsWith("canary")).length).toBeGreaterThan(share);
    for (const [action, before] of first.entries()) if (before.startsWith("canary")) expect(more[action]).toBe(before);

    server.order(ordered());
    await server.heard(runs(4));
    expect(new Set(await Promise.all(actions.map((action) => ask(gw, action))))).toEqual(new Set(["control by model-a"]));
  });

  it("as a shadow answers nobody: a copy goes where the change would have sent it", async () => {
    const [a, b] = [await upstream(), await upstream()];
    const gw = await gatewayProgram({ upstreams: { a: a.url, b: b.url }, console: { url: server.url, token: TEST_TOKEN } });
    server.order(ordered(trial({ mode: "shadow", sharePercent: 100 })));
    await server.heard(runs(1));
    expect(await ask(gw, 1)).toBe("control by model-a");
    await expect.poll(() => b.calls.length).toBe(1);
    expect(a.calls).toHaveLength(1);
  });

  it("is refused whole when the change does not fit this gateway", async () => {
    const a = await upstream();
    const gw = await gatewayProgram({ upstreams: { a: a.url }, console: { url: server.url, token: TEST_TOKEN } });
    server.order(ordered());
    await server.heard(runs(1));
    server.order(ordered(trial({})));
    const told = await server.heard((sync) => sync.lastAttempt?.status === "refused");
    expect(told.lastAttempt!.error).toMatch(/With the change on trial: .*"b" is not in the gateway's own file/s);
    expect(await ask(gw, 1)).toBe("control by model-a");
  });
});
