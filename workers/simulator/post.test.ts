import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { post, waitAfter } from "./post";

describe("waitAfter", () => {
  it("does what the answer asks, within half a second and a minute", () => {
    expect(waitAfter(200, null)).toBe(0);
    expect(waitAfter(207, null)).toBe(0);
    expect(waitAfter(429, "7")).toBe(7_000);
    expect(waitAfter(503, "600")).toBe(60_000);
    expect(waitAfter(429, "0.1")).toBe(500);
    expect(waitAfter(503, null)).toBe(2_000);
    expect(waitAfter(401, null)).toBe(10_000);
  });
});

describe("post", () => {
  it("sends gzip with the key, reads what was refused, and waits for a console that is away", async () => {
    const bodies: unknown[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        bodies.push([request.url, request.headers.authorization, JSON.parse(gunzipSync(Buffer.concat(chunks)).toString())]);
        response.writeHead(207, { "content-type": "application/json" });
        response.end(JSON.stringify({ accepted: 1, rejected: 1, items: [{ message: "no" }] }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const sender = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: "hr_key" };
    expect(await post(sender, "/api/v1/usage", { events: [1, 2] })).toEqual({ kind: "taken", rejected: 1, first: "no" });
    expect(bodies).toEqual([["/api/v1/usage", "Bearer hr_key", { events: [1, 2] }]]);
    await new Promise((resolve) => server.close(resolve));
    expect(await post(sender, "/api/v1/usage", {})).toMatchObject({ kind: "wait", ms: 2_000 });
  });
});
