/** LiteLLM as it speaks, over real HTTP, through the real door and the real worker into a real database. */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { POST as postLitellm } from "@/app/api/integrations/litellm/route";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { db as processDb } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { seedBasePriceBook } from "@/lib/pricing";
import { openQueues, type Queues } from "@/lib/queue";
import { INGEST_QUEUE, listDeadLetters, replayDeadLetter } from "@/lib/telemetry";
import * as recorded from "@/lib/telemetry/litellm/recorded";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { serveRoutes, type ServedRoutes } from "@/lib/testing/serve-routes";
import { startIngestWorker } from "../ingest";
import { readNextDelivery } from "./read-deliveries";
import { reconcileSpendLogs } from "./reconcile";

const KEY = "hr_litellm-test-key-0123456789abcdefghijk";
/** A moment ahead: what the door took is due. */
const NOW = new Date(Date.now() + 60_000);
const log = createLogger("test");

// The recorded calls, moved to two hours ago: what is older than the raw events that are kept is refused.
const SHIFT_SEC = Math.floor(NOW.getTime() / 1_000) - 7_200 - 1_795_168_800;
function moved<T extends object>(item: T): T {
  const shift = (value: unknown): unknown => {
    if (typeof value === "number") return value + SHIFT_SEC;
    const text = String(value);
    const at = Date.parse(text.includes("T") ? text : `${text.replace(" ", "T")}Z`) + SHIFT_SEC * 1_000;
    const iso = new Date(at).toISOString();
    return text.includes("T") ? iso : iso.replace("T", " ").replace("Z", "");
  };
  const times = ["startTime", "endTime", "completionStartTime"].filter((name) => name in item);
  return { ...item, ...Object.fromEntries(times.map((name) => [name, shift((item as Record<string, unknown>)[name])])) };
}
const [success, failure, legacy, spendRow] = [recorded.success, recorded.failure, recorded.legacy, recorded.spendRow].map(
  moved,
) as [typeof recorded.success, typeof recorded.failure, typeof recorded.legacy, typeof recorded.spendRow];

let database: TestDatabase;
let server: ServedRoutes;
let queues: Queues;
let proxy: Server;
let proxyUrl: string;
let asked: { url: string; key: string | undefined }[] = [];
let spendLogs: { status: number; body: unknown } = { status: 200, body: [] };

beforeAll(async () => {
  database = await testDatabase({ max: 8 });
  process.env["DATABASE_URL"] = database.url;
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await seedBasePriceBook(database, new Date());
  await database.prisma.apiKey.create({
    data: {
      id: randomUUID(),
      name: "litellm",
      prefix: KEY.slice(0, 8),
      hash: createHash("sha256").update(KEY).digest("hex"),
      scopes: ["ingest"],
    },
  });
  server = await serveRoutes({ "POST /api/integrations/litellm": postLitellm });
  queues = openQueues({ databaseUrl: database.url });
  proxy = createServer((request, response) => {
    asked.push({ url: request.url ?? "", key: request.headers.authorization });
    response.writeHead(spendLogs.status, { "content-type": "application/json" });
    response.end(JSON.stringify(spendLogs.body));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

afterAll(async () => {
  proxy.close();
  await server.close();
  await queues.close();
  await processDb().close();
  await database.close();
});

beforeEach(async () => {
  asked = [];
  await database.pool.query(
    "truncate telemetry.litellm_delivery, telemetry.litellm_pull, telemetry.event, telemetry.event_identity, telemetry.dead_letter, telemetry.ingest_count",
  );
});

const send = (body: string, key = KEY) =>
  fetch(`${server.url}/api/integrations/litellm`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
  });

async function drain(now = NOW): Promise<void> {
  while ((await readNextDelivery({ db: database, log }, now)) !== null);
}

interface Row {
  id: string;
  tenant: string;
  request_id: string;
  attempt: number;
  final: boolean;
  status: string;
  cost_nano: bigint;
  provider_cost_nano: bigint | null;
  shadow: boolean;
}
const stored = async () =>
  (
    await database.pool.query<Row>(
      "select id, tenant, request_id, attempt, final, status, cost_nano, provider_cost_nano, shadow from telemetry.event order by occurred_at, id",
    )
  ).rows;
const deliveries = async () => (await database.pool.query("select 1 from telemetry.litellm_delivery")).rowCount;

describe("the callback", () => {
  const other = { ...success, id: "chatcmpl-2" };
  it.each([
    ["json_array", JSON.stringify([success, other])],
    ["ndjson", `${JSON.stringify(success)}\n${JSON.stringify(other)}`],
  ])("as %s: kept, answered, read later, charged once however often it comes", async (_, body) => {
    for (let time = 0; time < 2; time++) expect((await send(body)).status).toBe(200);
    expect(await deliveries()).toBe(2);
    await drain();
    expect(await deliveries()).toBe(0);
    // 812 × 0.15 + 1024 × 0.075 + 203 × 0.60 dollars per million, as LiteLLM reported it.
    expect(await stored()).toMatchObject([
      { id: "litellm:chatcmpl-2", cost_nano: 320_400n, provider_cost_nano: 320_400n },
      { id: "litellm:chatcmpl-D0a1", tenant: "acme", cost_nano: 320_400n, provider_cost_nano: 320_400n },
    ]);
  });

  it("as single bodies, legacy text payloads included", async () => {
    await send(JSON.stringify(success));
    await send(JSON.stringify(legacy));
    await drain();
    expect((await stored()).map(({ id, cost_nano }) => [id, cost_nano])).toEqual([
      ["litellm:chatcmpl-D0a1", 320_400n],
      ["litellm:chatcmpl-V1", 320_400n],
    ]);
  });

  it("refuses only who may not send; everything else is answered, because LiteLLM forgets it", async () => {
    expect((await send("[]", "hr_nobody-0123456789abcdefghijklmnopqrst")).status).toBe(401);
    expect((await send("{ broken")).status).toBe(200);
    expect((await send("")).status).toBe(200);
  });

  it("an attempt that failed waits for the one that follows, in whatever delivery it comes", async () => {
    await send(JSON.stringify([failure]));
    await drain();
    expect(await stored()).toEqual([]);
    await send(JSON.stringify([success]));
    await drain();
    const request = "litellm:chatcmpl-D0a1";
    expect(await stored()).toMatchObject([
      { status: "rate_limited", attempt: 1, final: false, request_id: request, cost_nano: 0n },
      { status: "success", attempt: 2, final: true, request_id: request, cost_nano: 320_400n },
    ]);
    expect(await deliveries()).toBe(0);
  });

  it("a failure that nothing follows is a failed request after a minute", async () => {
    await send(JSON.stringify([failure]));
    await drain();
    await drain(new Date(NOW.getTime() + 59_000));
    expect(await stored()).toEqual([]);
    await drain(new Date(NOW.getTime() + 61_000));
    expect(await stored()).toMatchObject([{ status: "rate_limited", attempt: 1, final: true }]);
  });

  it("one that cannot be read becomes a dead letter without content, its neighbours go in, and it can be replayed", async () => {
    const broken = { ...success, id: "chatcmpl-B", startTime: null };
    await send(`${JSON.stringify(broken)}\n{"messages": "her diagnosis\n${JSON.stringify(success)}`);
    await drain();
    expect((await stored()).map(({ id }) => id)).toEqual(["litellm:chatcmpl-D0a1"]);
    const ctx: Ctx = { actor: SYSTEM_ACTOR, db: database, now: NOW, log };
    const { items } = await listDeadLetters(ctx, { source: "litellm" });
    expect(items.map(({ code, field }) => [code, field]).toSorted()).toEqual([
      ["invalid_time", "startTime"],
      ["not_json", null],
    ]);
    expect(JSON.stringify(items)).not.toContain("diagnosis");

    const letter = items.find(({ code }) => code === "invalid_time")!;
    const payload = { ...(letter.payload as object), startTime: success.startTime };
    expect(await replayDeadLetter(ctx, queues.queue(INGEST_QUEUE), { id: BigInt(letter.id), payload })).toMatchObject({
      status: "queued",
      eventId: "litellm:chatcmpl-B",
    });
    const worker = startIngestWorker({ db: database, log }, queues);
    await expect.poll(async () => (await stored()).map(({ id }) => id), { timeout: 20_000 }).toContain("litellm:chatcmpl-B");
    await worker.close();
  });

  it("a delivery that the database refuses waits and is read later", async () => {
    await send(JSON.stringify([success]));
    await database.pool.query("alter table telemetry.event_identity rename to away");
    await drain();
    await database.pool.query("alter table telemetry.away rename to event_identity");
    expect(await stored()).toEqual([]);
    await drain(new Date(NOW.getTime() + 2_000));
    expect(await stored()).toHaveLength(1);
  });
});

describe("reconciliation with the spend logs", () => {
  const rows = [
    spendRow,
    { ...spendRow, request_id: "chatcmpl-lost", metadata: success.metadata },
    { request_id: "chatcmpl-odd", model: "x" },
  ];
  const source = () => ({ url: proxyUrl, key: "sk-master" });
  const deps = () => ({ db: database, log });

  it("fills only what is missing, asks for single calls, and never doubles", async () => {
    await send(JSON.stringify([success]));
    await drain();
    spendLogs = { status: 200, body: rows };
    expect(await reconcileSpendLogs(deps(), source(), NOW)).toEqual({ seen: 2, filled: 1, done: true });
    const day = (at: number) => new Date(at).toISOString().slice(0, 10);
    const settled = NOW.getTime() - 600_000;
    const days = `start_date=${day(settled - 86_400_000)}&end_date=${day(settled + 86_400_000)}`;
    expect(asked).toEqual([{ url: `/spend/logs?${days}&summarize=false`, key: "Bearer sk-master" }]);
    expect((await stored()).map(({ id, cost_nano }) => [id, cost_nano])).toEqual([
      ["litellm:chatcmpl-D0a1", 320_400n],
      ["litellm:chatcmpl-lost", 320_400n],
    ]);
    // The next window begins where this one ended; asked for the same time again, everything is known.
    await database.pool.query("delete from telemetry.litellm_pull");
    expect(await reconcileSpendLogs(deps(), source(), NOW)).toMatchObject({ seen: 2, filled: 0 });
    const letters = await database.pool.query("select code, payload from telemetry.dead_letter");
    expect(letters.rows).toMatchObject([{ code: "invalid_time", payload: { request_id: "chatcmpl-odd" } }]);
  });

  it("a refusal keeps the window open and is noted, without the key", async () => {
    spendLogs = { status: 401, body: { error: "no" } };
    await expect(reconcileSpendLogs(deps(), source(), NOW)).rejects.toThrow(/HEADROOM_LITELLM_KEY/);
    const noted = await database.pool.query("select last_error from telemetry.litellm_pull");
    expect(noted.rows[0].last_error).toMatch(/answered 401/);
    expect(JSON.stringify(noted.rows)).not.toContain("sk-master");
    spendLogs = { status: 200, body: rows };
    expect(await reconcileSpendLogs(deps(), source(), NOW)).toMatchObject({ filled: 2 });
  });

  it("sums by day, from a LiteLLM that does not know summarize=false, are refused and not taken for calls", async () => {
    spendLogs = { status: 200, body: [{ startTime: "2026-11-20", spend: 1.2, users: {}, models: {} }] };
    await expect(reconcileSpendLogs(deps(), source(), NOW)).rejects.toThrow(/summarize=false/);
  });

  it("waits for what the callback brought before", async () => {
    await send(JSON.stringify([success]));
    await database.pool.query("update telemetry.litellm_delivery set received_at = now() - interval '3 days'");
    expect(await reconcileSpendLogs(deps(), source(), NOW)).toEqual({ seen: 0, filled: 0, done: true });
    expect(asked).toEqual([]);
  });
});
