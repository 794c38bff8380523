import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "@/lib/db/embedded";
import { createLogger } from "@/lib/log";
import { openQueues, type Queues } from "@/lib/queue";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { serveRoutes, type ServedRoutes } from "@/lib/testing/serve-routes";
import { openUsageDoor, type UsageDoor } from "@/lib/testing/usage-door";
import { startIngestWorker, type IngestWorker } from "../ingest";
import { CLIENT_KEYS } from "./testing/gateway-process";
import { readSpool, routeOf } from "./testing/in-process";
import { gatewayProgram, upstream } from "./testing/opened";

describe("telemetry across an outage of the console and kill -9 of the gateway", () => {
  let database: TestDatabase;
  let door: UsageDoor;
  let queues: Queues;
  let worker: IngestWorker;
  let POST: Parameters<typeof serveRoutes>[0][string];
  let served: ServedRoutes | undefined;

  beforeAll(async () => {
    database = await testDatabase({ max: 10 });
    door = await openUsageDoor(database.url);
    POST = (await import("@/app/api/v1/usage/route")).POST as typeof POST;
    queues = openQueues({ databaseUrl: database.url });
    worker = startIngestWorker({ db: database, log: createLogger("test", "silent") }, queues);
  });
  afterAll(async () => {
    await served?.close();
    await worker.close();
    await queues.close();
    await door.close();
    await database.close();
  });

  it("every answered request is in the console exactly once, and no client notices", async () => {
    const a = await upstream();
    const ingestKey = await door.key({});
    const port = await freePort();
    const setup = {
      upstreams: { a: a.url },
      policies: { routing: { routes: { chat: routeOf({ a: 1 }) } } },
      config: { console: { url: `http://127.0.0.1:${port}`, ingestKeyEnv: "HEADROOM_INGEST_KEY" } },
      env: { HEADROOM_INGEST_KEY: ingestKey },
    };
    const answered: string[] = [];
    const ask = async (url: string, id: string, stream: boolean) => {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${CLIENT_KEYS.acme}`, "x-headroom-request-id": id },
        body: JSON.stringify({ model: "chat", stream, messages: [{ role: "user", content: id }] }),
      });
      expect(response.status).toBe(200);
      await response.text();
      answered.push(id);
    };
    const many = (url: string, name: string) =>
      Promise.all(Array.from({ length: 100 }, (_, index) => ask(url, `${name}-${index}`, index % 2 === 0)));

    // The console is away: everything waits on disk.
    const first = await gatewayProgram(setup);
    await many(first.url, "away");
    await first.said("the console does not take telemetry; it waits on disk");
    await first.kill("SIGKILL");
    expect(readSpool(path.join(first.dir, "state/spool"))).toHaveLength(100);

    // It comes back in the middle of traffic, first with 503, then half-way: it takes a batch and its answer is lost.
    let answers = 0;
    served = await serveRoutes(
      {
        "POST /api/v1/usage": async (request, next) => {
          answers += 1;
          if (answers === 1) return new Response("busy", { status: 503, headers: { "retry-after": "1" } });
          const answer = await POST(request, next);
          return answers === 2 ? new Response("lost", { status: 502 }) : answer;
        },
      },
      port,
    );
    const second = await gatewayProgram({ ...setup, dir: first.dir });
    await many(second.url, "back");
    await second.said("the console takes telemetry again");
    await second.kill("SIGKILL");

    const third = await gatewayProgram({ ...setup, dir: first.dir });
    await many(third.url, "again");
    await third.kill("SIGTERM");
    expect(third.child.exitCode).toBe(0);

    const rows = async () =>
      (await database.pool.query<{ request_id: string }>("select request_id from telemetry.event")).rows.map(
        (row) => row.request_id,
      );
    await expect.poll(async () => (await rows()).length, { timeout: 20_000 }).toBe(300);
    expect((await rows()).sort()).toEqual(answered.sort());
    // What SIGTERM left behind: nothing.
    expect(fs.readdirSync(path.join(first.dir, "state/spool"))).toEqual([]);
  }, 90_000);
});
