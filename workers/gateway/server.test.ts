import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { routeOf } from "./testing/in-process";
import { gateway, gatewayProgram, upstream } from "./testing/opened";

const policies = { routing: { routes: { chat: routeOf({ a: 1 }), embed: routeOf({ a: 1 }) } } };
const acme = { authorization: "Bearer key-of-acme" };

describe("the gateway's own pages", () => {
  it("list the routes that this client may ask for", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, policies, [
      { scope: { level: "tenant", value: "globex" }, policies: { routing: { routes: { embed: null } } } },
    ]);
    const models = async (key: string) => {
      const response = await fetch(`${gw.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
      return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
    };
    expect(await models("key-of-acme")).toEqual(["chat", "embed"]);
    expect(await models("key-of-globex")).toEqual(["chat"]);
    expect((await fetch(`${gw.url}/v1/models`)).status).toBe(401);
    expect((await fetch(`${gw.url}/v1/models`, { method: "DELETE", headers: acme })).status).toBe(405);
  });

  it("count for Prometheus by names of the policy, never of clients", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, policies);
    await gw.chat({ model: "chat" });
    a.behave({ status: 500 });
    await gw.chat({ model: "chat" });
    await gw.chat({ model: "made-up-by-a-client" });
    const text = await (await fetch(`${gw.url}/metrics`)).text();
    expect(text).toContain('headroom_gateway_requests_total{route="chat",status="200"} 1');
    expect(text).toContain('headroom_gateway_requests_total{route="chat",status="502"} 1');
    expect(text).toContain('headroom_gateway_requests_total{route="none",status="404"} 1');
    expect(text).toContain('headroom_gateway_attempts_total{upstream="a",status="error"} 1');
    expect(text).toContain("headroom_gateway_policy_generation 1");
    expect(text).not.toContain("made-up");
    expect(await (await fetch(`${gw.url}/health`)).json()).toMatchObject({
      status: "ok",
      gateway: "gw-test",
      generation: 1,
      policyRefused: null,
    });
  });
});

describe("a disk that takes nothing more", () => {
  it("leaves the old policy in force, and the new one comes into force when there is room", async () => {
    const a = await upstream();
    const gw = await gatewayProgram({ upstreams: { a: a.url }, policies });
    const health = async () => (await (await fetch(`${gw.url}/health`)).json()) as Record<string, unknown>;
    // Where the next generation would be written nothing can be written.
    const taken = path.join(gw.dir, "state/generation.json.next");
    fs.mkdirSync(taken);
    gw.writePolicy({ routing: { routes: { chat: routeOf({ a: 1 }) } } });
    await expect.poll(async () => (await health())["policyRefused"]).toMatch(/generation cannot be written/);
    const ask = () =>
      fetch(`${gw.url}/v1/chat/completions`, {
        method: "POST",
        headers: acme,
        body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hi" }] }),
      });
    const answer = await ask();
    expect([answer.status, answer.headers.get("x-headroom-generation")]).toEqual([200, "1"]);
    fs.rmdirSync(taken);
    await expect.poll(async () => (await health())["generation"], { timeout: 10_000 }).toBe(2);
    expect((await health())["policyRefused"]).toBeNull();
  });
});

describe("bad clients", () => {
  it("with JSON nested beyond reason or a body in disguise are told so", async () => {
    const a = await upstream();
    const gw = await gateway({ a: a.url }, { ...policies, caching: { exact: { enabled: true } } });
    const send = (body: string, headers: Record<string, string> = {}) =>
      fetch(`${gw.url}/v1/chat/completions`, { method: "POST", headers: { ...acme, ...headers }, body });
    const deep = `{"model":"chat","messages":[{"role":"user","content":${"[".repeat(200_000)}${"]".repeat(200_000)}}]}`;
    expect((await send(deep)).status).toBe(400);
    const zipped = await send("{}", { "content-encoding": "gzip" });
    expect([zipped.status, await zipped.json()]).toMatchObject([415, { error: { code: "unsupported_encoding" } }]);
    expect((await fetch(`${gw.url}/health`)).status).toBe(200);
  });

  it("with a body too large are told so, whether they say its length or not", async () => {
    const a = await upstream();
    const gw = await gatewayProgram({ upstreams: { a: a.url }, policies, config: { limits: { bodyBytes: 2_048 } } });
    const send = (headers: http.OutgoingHttpHeaders) =>
      new Promise<number>((resolve, reject) => {
        const request = http.request(
          `${gw.url}/v1/chat/completions`,
          { method: "POST", headers: { ...acme, ...headers } },
          (response) => {
            response.resume();
            resolve(response.statusCode!);
          },
        );
        request.on("error", reject);
        request.write("x".repeat(1_500));
        request.end("x".repeat(1_500));
      });
    expect([await send({ "content-length": 3_000 }), await send({ "transfer-encoding": "chunked" })]).toEqual([413, 413]);
  });

  it("that leave in the middle of their question are no failure of the gateway", async () => {
    const a = await upstream();
    const gw = await gatewayProgram({ upstreams: { a: a.url }, policies });
    const request = http.request(`${gw.url}/v1/chat/completions`, {
      method: "POST",
      headers: { ...acme, "content-length": 1_000 },
    });
    request.on("error", () => undefined);
    await new Promise<void>((resolve) => request.write("half", () => resolve()));
    const inFlight = async () => /requests_in_flight (\d+)/.exec(await (await fetch(`${gw.url}/metrics`)).text())![1];
    await expect.poll(inFlight).toBe("1");
    request.destroy();
    await expect.poll(inFlight).toBe("0");
    expect(gw.messages).not.toContain("a request failed");
  });
});

describe("a restart", () => {
  it("keeps the generation of the same policy, and gives the next one to another", async () => {
    const a = await upstream();
    const setup = { upstreams: { a: a.url }, policies };
    const generation = async (url: string) =>
      ((await (await fetch(`${url}/health`)).json()) as { generation: number }).generation;
    const first = await gatewayProgram(setup);
    expect(await generation(first.url)).toBe(1);
    await first.kill("SIGKILL");
    const same = await gatewayProgram({ ...setup, dir: first.dir });
    expect(await generation(same.url)).toBe(1);
    await same.kill("SIGTERM");
    const other = await gatewayProgram({
      ...setup,
      dir: first.dir,
      policies: { ...policies, caching: { semantic: { enabled: true, embedding: { upstream: "a", model: "e" } } } },
    });
    expect(await generation(other.url)).toBe(2);
  });
});
