import http from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { createLogger } from "@/lib/log";
import type { NativeEvent } from "@/lib/telemetry";
import { Reports } from "./reports";

it("sends what is due, each once, waits when told to, and lets one closed door hold up no other", async () => {
  const received: unknown[] = [];
  let refusals = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url === "/api/v1/outcomes") response.writeHead(500).end();
      else if (refusals++ < 2) response.writeHead(429, { "retry-after": "0.1" }).end();
      else {
        received.push(...(JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as { events: unknown[] }).events);
        response.end(JSON.stringify({ rejected: 0, items: [] }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reports = new Reports({ url, apiKey: "hr_key" }, createLogger("test"), 20);
  const event = (id: string) => ({ id }) as NativeEvent;
  reports.outcome(0, { id: "o", kpi: "resolved", value: 1, label: null, occurredAt: "2026-11-20T12:00:00Z", tenant: "t" });
  reports.usage(0, event("a"));
  reports.usage(Date.now() + 700, event("b"));
  reports.usage(Date.now() + 3_600_000, event("in an hour"));
  await expect.poll(() => received, { timeout: 10_000 }).toEqual([{ id: "a" }, { id: "b" }]);
  expect(refusals).toBeGreaterThan(2);
  reports.close();
  server.close();
});
