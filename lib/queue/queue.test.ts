import { spawn, type ChildProcess } from "node:child_process";
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "@/lib/db/embedded";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { openQueues, type Queues } from "./index";

/** Redis is optional on a developer's machine: the reason of a skip is printed. */
function redisServer(): string | undefined {
  try {
    return execFileSync("sh", ["-c", "command -v redis-server"]).toString().trim();
  } catch {
    return undefined;
  }
}

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => {
  await database.close();
});

function behavesLikeAQueue(open: () => Promise<Queues>): void {
  it("delivers every job once and counts what waits", async () => {
    const queues = await open();
    const queue = queues.queue<{ n: number }>("numbers");
    expect(await queue.oldestAt()).toBeNull();
    const before = Date.now();
    for (let n = 0; n < 20; n++) await queue.add("n", { n });
    expect(await queue.oldestAt()).toBeGreaterThanOrEqual(before);
    expect((await queue.counts()).waiting).toBe(20);
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      queues.worker<{ n: number }>("numbers", async (job) => {
        seen.push(job.data.n);
        if (seen.length === 20) resolve();
      });
    });
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    await queues.close();
  });

  it("gives a failed job another try, and can sweep failed jobs back in", async () => {
    const queues = await open();
    const queue = queues.queue<{ n: number }>("failing");
    await queue.add("n", { n: 1 }, { attempts: 1 });
    let calls = 0;
    let failed!: () => void;
    let succeeded!: () => void;
    const hasFailed = new Promise<void>((resolve) => (failed = resolve));
    const hasSucceeded = new Promise<void>((resolve) => (succeeded = resolve));
    queues.worker<{ n: number }>(
      "failing",
      async () => {
        calls += 1;
        if (calls === 1) throw new Error("first try fails");
        succeeded();
      },
      { onFailed: () => failed() },
    );
    await hasFailed;
    expect((await queue.counts()).failed).toBe(1);
    expect(await queue.oldestAt()).toBeLessThanOrEqual(Date.now());
    expect(await queue.retryFailed(10)).toBe(1);
    await hasSucceeded;
    expect(calls).toBe(2);
    await queues.close();
  });
}

describe("queues in PostgreSQL", () => {
  behavesLikeAQueue(async () => openQueues({ databaseUrl: database.url }));
});

const redisBinary = redisServer();
if (!redisBinary) console.warn("skipped: queues in Redis — redis-server is not installed (apt-get install redis-server)");
describe.skipIf(!redisBinary)("queues in Redis", () => {
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => {
    const port = await freePort();
    url = `redis://127.0.0.1:${port}`;
    server = spawn(redisBinary!, ["--port", String(port), "--save", "", "--appendonly", "no"], { stdio: "ignore" });
  });
  afterAll(() => {
    server.kill();
  });
  behavesLikeAQueue(async () => openQueues({ databaseUrl: database.url, redisUrl: url }));
});
