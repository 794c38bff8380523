/** The real role on a real database against a real server over HTTP, and through the real gateway. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  benchmarkCsv,
  cancelBenchmark,
  compareBenchmarks,
  estimateBenchmark,
  getBenchmark,
  startBenchmark,
} from "@/lib/advisor/benchmark";
import type { BenchmarkDetail, BenchmarkOrderInput } from "@/lib/advisor/benchmark/schemas";
import { verifyAudit } from "@/lib/audit/verify-audit";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { parseConfig } from "@/lib/config";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { CLIENT_KEYS } from "../gateway/testing/gateway-process";
import { routeOf } from "../gateway/testing/in-process";
import { gatewayProgram, upstream } from "../gateway/testing/opened";
import type { RunningRole } from "../role";
import { startBenchmarksRole, type BenchmarksOptions } from "./role";

const log = createLogger("test");
let db: TestDatabase;
const roles: RunningRole[] = [];
const servers: http.Server[] = [];
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
});
afterAll(() => db.close());
afterEach(async () => {
  await Promise.all(roles.splice(0).map((role) => role.close()));
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

function startRole(hosts: string, options: BenchmarksOptions = {}, key = "key-of-a-client"): RunningRole {
  const config = parseConfig({ HEADROOM_EVALUATION_HOSTS: hosts, HEADROOM_EVALUATION_API_KEY: key });
  const role = startBenchmarksRole(
    { config, db, queues: undefined as never, log, metrics: new Registry() },
    { lookMs: 20, ...options },
  );
  roles.push(role);
  return role;
}

interface Asked {
  prompt: string;
  key: string | undefined;
  body: Record<string, unknown>;
}
type Reply = (asked: number) => { tokens?: number; status?: number; whole?: true; cut?: true; cached?: true } | Promise<never>;

/** An OpenAI-compatible server that streams as the test says, and keeps what it was asked. */
async function streaming(reply: Reply) {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const body = JSON.parse(text) as Record<string, unknown> & { messages: { content: string }[] };
      asked.push({ prompt: body.messages[0]!.content, key: request.headers.authorization, body });
      void (async () => {
        const { tokens = 3, status = 200, whole, cut, cached } = await reply(asked.length);
        const usage = { prompt_tokens: 210, completion_tokens: tokens };
        if (status !== 200) return response.writeHead(status).end("broken inside");
        const headers = cached ? { "x-headroom-cache": "hit" } : {};
        if (whole) {
          const choices = [{ message: { content: "all at once" } }];
          return response
            .writeHead(200, { ...headers, "content-type": "application/json" })
            .end(JSON.stringify({ model: "m", choices, usage }));
        }
        response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
        const say = (event: object) => response.write(`data: ${JSON.stringify({ model: "m-2026", ...event })}\n\n`);
        say({ choices: [{ delta: { role: "assistant", content: "" } }] });
        for (let token = 0; token < tokens; token++) say({ choices: [{ delta: { content: ` t${token}` } }] });
        if (cut) return response.destroy();
        say({ choices: [{ delta: {}, finish_reason: "stop" }] });
        say({ choices: [], usage });
        return response.end("data: [DONE]\n\n");
      })();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, baseUrl: `http://${host}/v1`, asked };
}

const orderAt = (baseUrl: string, more: Partial<BenchmarkOrderInput> = {}): BenchmarkOrderInput => ({
  endpoint: { kind: "url", baseUrl },
  model: "chat-default",
  warmUps: 3,
  runs: 20,
  promptTokens: 30,
  ...more,
});

const over = async (id: string): Promise<BenchmarkDetail> => {
  await expect
    .poll(async () => (await getBenchmark(ctx(), id)).status, { timeout: 25_000, interval: 20 })
    .not.toMatch(/queued|running/);
  return getBenchmark(ctx(), id);
};

describe("a benchmark over HTTP", () => {
  it("sends its warm-ups and its measured requests once each, and says what came of them", async () => {
    const server = await streaming(() => ({ tokens: 5 }));
    const { id } = await startBenchmark(ctx(), orderAt(server.baseUrl), [server.host]);
    startRole(server.host);
    const run = await over(id);
    expect([run.status, run.done, run.total, server.asked.length]).toEqual(["done", 23, 23, 23]);
    expect(new Set(server.asked.map(({ prompt }) => prompt)).size).toBe(23);
    expect(server.asked[0]).toMatchObject({
      key: "Bearer key-of-a-client",
      body: { model: "chat-default", stream: true, max_tokens: 64, stream_options: { include_usage: true } },
    });
    const { sent, answered, errors, models, tokensInMean, tokensOutMean, times, fromCache, costUsd, connect } = run.summary!;
    expect([sent, answered, errors, models, tokensInMean, tokensOutMean, fromCache, costUsd]).toEqual([
      20,
      20,
      0,
      ["m-2026"],
      210,
      5,
      0,
      null,
    ]);
    for (const time of [times.ttft, times.total, times.interToken]) expect(time.answers).toBe(20);
    expect(connect.answers).toBe(20);
    expect(times.ttft.p50!).toBeGreaterThan(0);
    expect(times.total.p50!).toBeGreaterThanOrEqual(times.ttft.p50!);
    expect(run.curve).toHaveLength(99);
    expect((await db.prisma.auditEvent.findMany({ where: { subject: `benchmark:${id}` } })).map(({ action }) => action)).toEqual([
      "benchmark.start",
      "benchmark.finish",
    ]);
    const lines = (await benchmarkCsv(ctx(), id)).trimEnd().split("\r\n");
    expect(lines).toHaveLength(24);
    expect(lines[1]).toMatch(/^0,warm-up,[\d.e-]+,[\d.e-]+,[\d.e-]+,210,5,m-2026,false,,$/);
    expect(lines[4]).toMatch(/^3,measured,/);
  });

  it("counts what failed, knows an answer that broke off, one in one piece and one from a cache", async () => {
    const server = await streaming((asked) =>
      asked % 4 === 0 ? { status: 503 } : asked % 4 === 1 ? { cut: true } : asked % 4 === 2 ? { whole: true } : { cached: true },
    );
    const { id } = await startBenchmark(ctx(), orderAt(server.baseUrl, { warmUps: 0 }), [server.host]);
    startRole(server.host);
    const { status, summary } = await over(id);
    expect(status).toBe("done");
    expect([summary!.sent, summary!.answered, summary!.errors, summary!.fromCache]).toEqual([20, 10, 10, 5]);
    expect(summary!.errorKinds.map(({ count }) => count)).toEqual([5, 5]);
    expect(summary!.errorKinds.map(({ error }) => error).join()).toMatch(/503: broken inside/);
    expect(summary!.times.total.answers).toBe(10);
    // Fewer than 20 answers: no percentile is claimed.
    expect([summary!.times.total.p95, summary!.times.ttft.answers]).toEqual([null, 5]);
  });

  it("keeps as many requests in the air as was asked for, and no warm-up beside a measured one", async () => {
    let [inAir, most] = [0, 0];
    const waiting: (() => void)[] = [];
    const server = await streaming(async () => {
      most = Math.max(most, ++inAir);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 4) for (const go of waiting.splice(0)) go();
      });
      inAir -= 1;
      return {} as never;
    });
    const { id } = await startBenchmark(ctx(), orderAt(server.baseUrl, { warmUps: 4, concurrency: 4 }), [server.host]);
    startRole(server.host);
    const run = await over(id);
    expect([run.status, most]).toEqual(["done", 4]);
    const { requestsPerSecond, requestsPerSecondPublished } = run.summary!;
    expect(requestsPerSecond! / requestsPerSecondPublished!).toBeCloseTo(4, 9);
  });

  it("a place that answers nothing, or is not there, fails with its own words after ten requests", async () => {
    const server = await streaming(() => ({ status: 401 }));
    const broken = await startBenchmark(ctx(), orderAt(server.baseUrl), [server.host]);
    const gone = await startBenchmark(ctx(), orderAt("http://127.0.0.1:9/v1"), ["127.0.0.1:9"]);
    startRole(`${server.host},127.0.0.1:9`);
    const failed = await over(broken.id);
    expect([failed.status, failed.done, failed.reason]).toEqual(["failed", 10, "It answers nothing. 401: broken inside"]);
    expect((await over(gone.id)).reason).toMatch(/^It answers nothing\. Not reached: /);
  });

  it("a worker that takes over sends only what is missing; a cancelled one sends nothing more", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let holding = true;
    const server = await streaming(async (asked) => {
      if (holding && asked > 8) await held;
      return {} as never;
    });
    const { id } = await startBenchmark(ctx(), orderAt(server.baseUrl), [server.host]);
    const first = startRole(server.host);
    await expect
      .poll(async () => [(await getBenchmark(ctx(), id)).done, server.asked.length], { timeout: 20_000 })
      .toEqual([8, 9]);
    await first.close();
    roles.splice(0);
    holding = false;
    release();
    startRole(server.host);
    const run = await over(id);
    // The one in the air was asked twice and stored once.
    expect([run.status, run.done, server.asked.length]).toEqual(["done", 23, 24]);

    const other = await startBenchmark(ctx(), orderAt(server.baseUrl), [server.host]);
    await cancelBenchmark(ctx(), other.id);
    await expect(cancelBenchmark(ctx(), other.id)).rejects.toThrow(/already ended/);
    expect(await over(other.id)).toMatchObject({ status: "cancelled", reason: "Cancelled by Headroom", summary: null });
    expect((await verifyAudit(ctx())).ok).toBe(true);
  });
});

describe("through the reference gateway", () => {
  it("asks with a client's key and streams; an exact cache answers none of it", async () => {
    const up = await upstream();
    up.behave((_, call) => ({ text: `the answer of call ${call}` }));
    const policies = { routing: { routes: { chat: routeOf({ a: 1 }) } }, caching: { exact: { enabled: true } } };
    const gw = await gatewayProgram({ upstreams: { a: up.url }, policies });
    const { host } = new URL(gw.url);
    const { id } = await startBenchmark(ctx(), orderAt(`${gw.url}/v1`, { model: "chat", warmUps: 2 }), [host]);
    startRole(host, {}, CLIENT_KEYS.acme);
    const { status, reason, summary } = await over(id);
    expect([status, reason, summary?.answered, summary?.fromCache, up.calls.length]).toEqual(["done", null, 20, 0, 22]);
    expect(summary!.times.ttft.answers).toBe(20);
  });
});

describe("who may, where, and for how much", () => {
  it("only allowed hosts, only gateways that are there, only people of the whole workspace", async () => {
    const order = orderAt("http://127.0.0.1:4180/v1");
    await expect(startBenchmark(ctx(), order, [])).rejects.toThrow(/not among the hosts/);
    await expect(startBenchmark(ctx(), orderAt("http://a:b@127.0.0.1:4180/v1"), ["127.0.0.1:4180"])).rejects.toThrow(/no user/);
    const byName = { ...order, endpoint: { kind: "gateway" as const, name: "gw-nowhere" } };
    await expect(startBenchmark(ctx(), byName, [])).rejects.toThrow(/no gateway gw-nowhere/);
    const limited = { ...ctx(), actor: { ...SYSTEM_ACTOR, tenants: ["a"] } };
    await expect(startBenchmark(limited, order, ["127.0.0.1:4180"])).rejects.toThrow(/limited to some/);
    const viewer = { ...ctx(), actor: { ...SYSTEM_ACTOR, role: "viewer" as const } };
    await expect(startBenchmark(viewer, order, ["127.0.0.1:4180"])).rejects.toThrow(/needs the role analyst/);
  });

  it("without traffic of that name there is no price, and that is said", async () => {
    const estimate = await estimateBenchmark(ctx(), {
      model: "unheard-of",
      warmUps: 10,
      runs: 100,
      promptTokens: 200,
      maxTokens: 64,
    });
    // 110 × (200 words × 2 + 64), 110 × 64
    expect(estimate).toMatchObject({ requests: 110, tokensIn: 51_040, tokensOut: 7_040, price: null, mostUsd: null });
    expect(estimate.basis).toMatch(/not known, and not capped/);
  });

  it("two runs: a ratio with its interval, and what makes them unequal", async () => {
    const server = await streaming(() => ({ tokens: 2 }));
    const a = await startBenchmark(ctx(), orderAt(server.baseUrl, { warmUps: 0 }), [server.host]);
    const b = await startBenchmark(ctx(), orderAt(server.baseUrl, { warmUps: 0, maxTokens: 32 }), [server.host]);
    startRole(server.host);
    await over(a.id);
    await over(b.id);
    const { times, warnings, before, after } = await compareBenchmarks(ctx(), b.id, a.id);
    expect([before.id, after.id]).toEqual([a.id, b.id]);
    expect(warnings).toEqual(["The two asked for different longest answers (64 and 32): that alone moves latency."]);
    const { ratio } = times.find(({ time }) => time === "total")!;
    expect(ratio!.low).toBeLessThan(ratio!.value);
    expect(ratio!.value).toBeLessThan(ratio!.high);
    await expect(compareBenchmarks(ctx(), a.id, a.id)).rejects.toThrow(/compared with itself/);
  });
});
