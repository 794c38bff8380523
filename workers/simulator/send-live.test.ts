import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { makeCalendar } from "./calendar";
import { readDemo, saveCalendar } from "./demo-state";
import { Fleet } from "./generate";
import { nodeReadings } from "./node-samples";
import { sendLive } from "./send-live";

// The fleet was stopped at ten past twelve and is started again half an hour later.
const STOPPED = Date.parse("2026-11-18T12:10:00Z");
const NOW = Date.parse("2026-11-18T12:40:00Z");
const calendar = makeCalendar(STOPPED, 7);

let database: TestDatabase;
let server: Server;
const received: Record<string, unknown[]> = { "/api/v1/usage": [], "/api/v1/outcomes": [], "/api/v1/samples": [] };
let refusals = 0;

beforeAll(async () => {
  database = await testDatabase();
  await saveCalendar(database.pool, calendar, new Date(STOPPED));
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      // The console is behind at first, and its outcomes door is broken all the time.
      if (request.url === "/api/v1/usage" && refusals++ < 2) {
        response.writeHead(429, { "retry-after": "0.1" }).end();
      } else if (request.url === "/api/v1/outcomes") {
        response.writeHead(500).end();
      } else {
        const body = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as Record<string, unknown[]>;
        received[request.url!]!.push(...Object.values(body)[0]!);
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ rejected: 0, items: [] }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.close();
  await database.close();
});

it("catches up after a pause, waits when told to, and lets one closed door hold up no other", async () => {
  const stopping = new AbortController();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running = sendLive(
    {
      db: database.pool,
      log: createLogger("test"),
      sender: { url, apiKey: "hr_key" },
      stopping: stopping.signal,
      now: () => NOW,
    },
    () => new Fleet(calendar),
  );
  const cursors = async () => (await readDemo(database.pool))!.liveAtMs;
  await expect.poll(async () => [(await cursors()).usage, (await cursors()).samples], { timeout: 20_000 }).toEqual([NOW, NOW]);
  stopping.abort();
  await running;

  const fleet = new Fleet(calendar);
  // Each once, in order, although the first batch was refused twice.
  expect(received["/api/v1/usage"]).toEqual(JSON.parse(JSON.stringify(fleet.between(STOPPED, NOW).events)));
  expect(refusals).toBeGreaterThan(2);
  // 8 nodes × 60 half-minutes
  expect(received["/api/v1/samples"]).toHaveLength(480);
  const ids = (list: unknown[]) => list.map((item) => JSON.stringify(item)).sort();
  expect(ids(received["/api/v1/samples"]!)).toEqual(ids(nodeReadings(fleet, STOPPED, NOW, 30_000)));
  expect((await cursors()).outcomes).toBe(STOPPED);
});
