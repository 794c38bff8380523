import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let fleet: http.Server;
let port: number;
/** What the fleet server does with the next request. */
let handle: http.RequestListener;
/** Requests that it holds. */
const held = new Set<http.ServerResponse>();
let POST: (request: Request) => Promise<Response>;

beforeAll(async () => {
  fleet = http.createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => fleet.listen(0, "127.0.0.1", resolve));
  port = (fleet.address() as AddressInfo).port;
  process.env["HEADROOM_FLEET_PORT"] = String(port);
  ({ POST } = await import("./route"));
});
afterAll(() => {
  fleet.closeAllConnections();
  fleet.close();
});

const ask = (path: string, init: RequestInit = {}) =>
  new Request(`http://console${path}`, {
    method: "POST",
    body: '{"seq":1}',
    headers: { "content-type": "application/json" },
    ...init,
  });

describe("the console's way to the fleet server", () => {
  it("hands body and token on, and status, headers and body back", async () => {
    const seen: unknown[] = [];
    handle = (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        seen.push(request.url, request.headers["authorization"], request.headers["cookie"], Buffer.concat(chunks).toString());
        response.writeHead(503, { "content-type": "application/problem+json", "retry-after": "7", "x-inner": "secret" });
        response.end('{"code":"unavailable"}');
      });
    };
    const headers = { authorization: "Bearer abc", cookie: "session=1" };
    const answer = await POST(ask("/api/fleet/v1/sync", { headers }));
    expect(seen).toEqual(["/api/fleet/v1/sync", "Bearer abc", undefined, '{"seq":1}']);
    expect([answer.status, answer.headers.get("retry-after"), answer.headers.get("x-inner")]).toEqual([503, "7", null]);
    expect(await answer.json()).toEqual({ code: "unavailable" });
  });

  it("gives the first half of an answer on before the second is there", async () => {
    let finish = () => {};
    handle = (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"desired":');
      finish = () => response.end("1}");
    };
    const answer = await POST(ask("/api/fleet/v1/sync"));
    const reader = answer.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('{"desired":');
    finish();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("1}");
  });

  it("frees the poll of a target that hangs up", async () => {
    const gone = new Promise<void>((resolve) => {
      handle = (_, response) => {
        held.add(response);
        response.once("close", () => {
          held.delete(response);
          resolve();
        });
      };
    });
    const target = new AbortController();
    const answer = POST(ask("/api/fleet/v1/sync", { signal: target.signal }));
    await expect.poll(() => held.size).toBe(1);
    target.abort();
    await gone;
    expect(held.size).toBe(0);
    await answer;
  });

  it("holds hundreds of polls at once", async () => {
    handle = (_, response) => held.add(response);
    const answers = Array.from({ length: 300 }, () => POST(ask("/api/fleet/v1/sync")));
    await expect.poll(() => held.size, { timeout: 10_000 }).toBe(300);
    for (const response of held) response.end("{}");
    held.clear();
    expect((await Promise.all(answers)).every((answer) => answer.status === 200)).toBe(true);
  });

  it.each([
    ["/api/fleet/v1/metrics", {}, 404],
    ["/api/fleet/v1/../../../metrics", {}, 404],
    ["/api/fleet/v1/sync", { headers: { "content-length": "100000" } }, 413],
  ])("refuses %s %j", async (path, init, status) => {
    handle = (_, response) => response.end("reached");
    expect((await POST(ask(path, init))).status).toBe(status);
  });

  it("says 503 while the fleet server is away", async () => {
    handle = (request) => request.socket.destroy();
    const answer = await POST(ask("/api/fleet/v1/enrol"));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await answer.json()).toMatchObject({ code: "unavailable", detail: expect.stringMatching(/keep what they run/) });
  });
});
