/** The proxy alone, with a gateway of the test's own: what Portkey itself does not show. */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { portkeyConfigSchema } from "./config";
import { startInjectingProxy } from "./injecting-proxy";

async function proxyBefore(gateway: http.RequestListener, limits: object = {}) {
  const server = http.createServer(gateway).listen(0, "127.0.0.1");
  await once(server, "listening");
  const config = portkeyConfigSchema.parse({
    connector: "portkey",
    gateway: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    listen: { port: 0 },
    clients: "anybody",
    upstreams: {},
    limits: { drainSec: 0, ...limits },
  });
  const proxy = await startInjectingProxy(config, null);
  proxy.inject({ header: '{"a":1}', hash: "f".repeat(64), generation: 3, routes: ["chat"] });
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  const post = (init: RequestInit = {}) =>
    fetch(`${proxy.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
      ...init,
    });
  return { proxy, post, server };
}

describe("the injecting proxy", () => {
  it("ends its call to the gateway when the client goes away", async () => {
    const closed = deferred<void>();
    const { post, proxy } = await proxyBefore((_, response) => {
      response.once("close", () => closed.resolve());
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    });
    const client = new AbortController();
    const response = await post({ signal: client.signal });
    await response.body!.getReader().read();
    expect(proxy.figures()).toMatchObject({ under_way: 1 });
    client.abort();
    await closed.promise;
    expect(proxy.figures()).toMatchObject({ under_way: 0, cancelled: 1 });
  });

  it("ends its call also while the gateway has not answered yet", async () => {
    const asked = deferred<http.ServerResponse>();
    const { post } = await proxyBefore((_, response) => asked.resolve(response));
    const client = new AbortController();
    const answer = post({ signal: client.signal }).catch(() => "gone");
    const response = await asked.promise;
    const closed = once(response, "close");
    client.abort();
    expect(await answer).toBe("gone");
    await closed;
  });

  it("sends the client's body on before all of it has arrived", async () => {
    const first = deferred<string>();
    const { post } = await proxyBefore((request, response) => {
      request.once("data", (chunk: Buffer) => first.resolve(chunk.toString("utf8")));
      request.on("end", () => response.end("{}"));
    });
    const more = deferred<void>();
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("first"));
        await more.promise;
        controller.enqueue(new TextEncoder().encode("second"));
        controller.close();
      },
    });
    const answer = post({ body, duplex: "half" } as RequestInit);
    expect(await first.promise).toBe("first");
    more.resolve();
    expect((await answer).status).toBe(200);
  });

  it("breaks off what the gateway breaks off, so that half an answer does not look whole", async () => {
    const { post } = await proxyBefore((request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n", () => request.socket.destroy());
    });
    await expect(post().then((response) => response.text())).rejects.toThrow("terminated");
  });

  it("answers 502 when the gateway is gone, and 504 when it says nothing", async () => {
    const { post, server } = await proxyBefore(() => undefined, { idleSec: 1 });
    const silent = await post();
    expect([silent.status, await silent.json()]).toEqual([504, { error: expect.objectContaining({ code: "timeout" }) }]);
    server.closeAllConnections();
    server.close();
    const gone = await post();
    expect([gone.status, await gone.json()]).toEqual([502, { error: expect.objectContaining({ code: "gateway_unreachable" }) }]);
  });

  it("puts its own header in, only lets known headers pass, and says which configuration answered", async () => {
    const seen = deferred<http.IncomingHttpHeaders>();
    const { post } = await proxyBefore((request, response) => {
      seen.resolve(request.headers);
      response.writeHead(200, { "x-portkey-last-used-option-index": "config.targets[0]" }).end("{}");
    });
    const headers = {
      "content-type": "application/json",
      authorization: "Bearer x",
      cookie: "a=b",
      "x-api-key": "k",
      "x-portkey-trace-id": "t",
      traceparent: "00-1-2-01",
    };
    const response = await post({ headers });
    const arrived = await seen.promise;
    expect(arrived["x-portkey-config"]).toBe('{"a":1}');
    expect(arrived["traceparent"]).toBe("00-1-2-01");
    for (const name of ["authorization", "cookie", "x-api-key", "x-portkey-trace-id"]) expect(arrived).not.toHaveProperty(name);
    expect(response.headers.get("x-headroom-generation")).toBe("3");
    expect(response.headers.get("x-headroom-config")).toBe("f".repeat(12));
  });
});

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
