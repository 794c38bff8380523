import { deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INGEST_QUEUE, decodeEvents, jobText, type IngestJob, type NativeEvent } from "@/lib/telemetry";
import { openQueues } from "@/lib/queue";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { openUsageDoor, type UsageDoor } from "@/lib/testing/usage-door";

/** Every "Bad input" line of the requirements, against the real handler. */
let database: TestDatabase;
let door: UsageDoor;
beforeAll(async () => {
  database = await testDatabase();
  door = await openUsageDoor(database.url);
});
afterAll(async () => {
  await door.close();
  await database.close();
});

const json = (...events: unknown[]) => JSON.stringify({ events });
const without = (field: keyof NativeEvent): unknown => {
  const { [field]: _, ...rest } = nativeEvent(1);
  return rest;
};
const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();
const deep = (levels: number): unknown => (levels === 0 ? 1 : { d: deep(levels - 1) });

describe("one bad item", () => {
  it.each<[string, unknown, string, string | null]>([
    ["no id", without("id"), "missing_field", "id"],
    ["no tenant", without("tenant"), "missing_field", "tenant"],
    ["no status", without("status"), "missing_field", "status"],
    ["neither meters nor usage", without("meters"), "usage_missing", "meters"],
    ["an unknown field", { ...nativeEvent(1), colour: "red" }, "unknown_field", "colour"],
    ["an unknown meter", nativeEvent(1, { meters: { inputs: 1 } as never }), "unknown_field", "meters.inputs"],
    ["a negative number", nativeEvent(1, { meters: { input: -1 } }), "out_of_range", "meters.input"],
    ["half a token", nativeEvent(1, { meters: { input: 1.5 } }), "invalid_value", "meters.input"],
    ["too many tokens", nativeEvent(1, { meters: { output: 1e12 } }), "out_of_range", "meters.output"],
    ["tokens as text", nativeEvent(1, { meters: { output: "12" as never } }), "invalid_type", "meters.output"],
    ["a negative duration", nativeEvent(1, { timing: { latencyMs: -0.5 } }), "out_of_range", "timing.latencyMs"],
    ["an unknown status", nativeEvent(1, { status: "ok" as never }), "unknown_value", "status"],
    ["an unknown cache layer", nativeEvent(1, { cache: { layer: "l2" as never } }), "unknown_value", "cache.layer"],
    ["a hit of no layer", nativeEvent(1, { cache: { hit: true } }), "invalid_value", "cache.layer"],
    ["no time", nativeEvent(1, { occurredAt: "yesterday" }), "invalid_time", "occurredAt"],
    ["a day that does not exist", nativeEvent(1, { occurredAt: "2026-02-30T00:00:00Z" }), "invalid_time", "occurredAt"],
    ["a time without zone", nativeEvent(1, { occurredAt: "2026-11-20T10:00:00" }), "invalid_time", "occurredAt"],
    ["a year ahead", nativeEvent(1, { occurredAt: hours(24 * 365) }), "future_time", "occurredAt"],
    ["25 hours ahead", nativeEvent(1, { occurredAt: hours(25) }), "future_time", "occurredAt"],
    ["a year old", nativeEvent(1, { occurredAt: hours(-24 * 365) }), "too_old", "occurredAt"],
    ["an id of 201 characters", nativeEvent(1, { id: "x".repeat(201) }), "too_long", "id"],
    ["an empty tenant", nativeEvent(1, { tenant: "" }), "invalid_value", "tenant"],
    ["a NUL character", nativeEvent(1, { endpoint: "a\u0000b" }), "invalid_value", "endpoint"],
    ["half a surrogate pair", nativeEvent(1, { tags: { team: "\ud800" } }), "invalid_value", "tags.team"],
    [
      "21 tags",
      nativeEvent(1, { tags: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, "v"])) }),
      "out_of_range",
      "tags",
    ],
    ["usage without format", nativeEvent(1, { meters: null, usage: { prompt_tokens: 1 } }), "missing_field", "usageFormat"],
    ["usage and meters", nativeEvent(1, { usage: { prompt_tokens: 1 }, usageFormat: "openai" }), "usage_ambiguous", "usage"],
    [
      "usage of another format",
      nativeEvent(1, { meters: null, usage: { promptTokenCount: 1 }, usageFormat: "openai" }),
      "usage_missing",
      "usage",
    ],
    [
      "a negative number in usage",
      nativeEvent(1, { meters: null, usage: { prompt_tokens: -5 }, usageFormat: "openai" }),
      "out_of_range",
      "usage.prompt_tokens",
    ],
    [
      "usage nested too deep",
      nativeEvent(1, { meters: null, usage: { prompt_tokens: 1, x: deep(9) }, usageFormat: "openai" }),
      "too_deep",
      "usage",
    ],
    ["null", null, "invalid_type", null],
    ["a list", [], "invalid_type", null],
    ["a number", 7, "invalid_type", null],
  ])("%s is rejected with index, id, code and field; its neighbours are accepted", async (_name, bad, code, field) => {
    const { status, usage } = await door.post(json(nativeEvent(2), bad, nativeEvent(3)));
    expect(status).toBe(207);
    expect(usage).toMatchObject({ accepted: 2, duplicates: 0, conflicts: 0, rejected: 1 });
    expect(usage.items).toHaveLength(1);
    expect(usage.items[0]).toMatchObject({ index: 1, status: "rejected", code, field });
    expect(usage.items[0]!.message).toBeTruthy();
  });

  it("a number that is no number is rejected in NDJSON by line, and makes a JSON body not JSON", async () => {
    const line = JSON.stringify(nativeEvent(5)).replace(/"input":\d+/, '"input":NaN');
    const lines = await door.post(`${JSON.stringify(nativeEvent(4))}\n${line}\n`, { "content-type": "application/x-ndjson" });
    expect(lines.usage).toMatchObject({ accepted: 1, rejected: 1, items: [{ index: 1, id: null, code: "not_json" }] });
    expect((await door.post(`{"events":[${line}]}`)).status).toBe(400);
  });

  it("1e999 overflows to infinity and is out of range", async () => {
    const { usage } = await door.post(json(nativeEvent(5)).replace(/"input":\d+/, '"input":1e999'));
    expect(usage.items[0]).toMatchObject({ code: "out_of_range", field: "meters.input" });
  });

  it("bytes that are not UTF-8 spoil their item only", async () => {
    const text = json(nativeEvent(6), nativeEvent(7, { endpoint: "caf@" }), nativeEvent(8, { endpoint: "café" }));
    const bytes = Buffer.from(text);
    bytes[bytes.indexOf("caf@") + 3] = 0xe9; // é in Latin-1
    const { usage } = await door.post(bytes);
    expect(usage).toMatchObject({ accepted: 2, rejected: 1, items: [{ index: 1, code: "invalid_utf8", field: "endpoint" }] });
  });
});

describe("a bad body", () => {
  it.each([
    ["not JSON", "{", 400],
    ["empty", "", 400],
    ["a number", "7", 400],
    ["events that are no list", '{"events":{}}', 400],
    ["something beside events", '{"events":[],"more":1}', 400],
  ])("%s", async (_name, body, status) => {
    const answer = await door.post(body);
    expect(answer.status).toBe(status);
    expect(answer.problem.detail).toBeTruthy();
  });

  it("100,000 brackets deep is answered, not a crash", async () => {
    const answer = await door.post("[".repeat(100_000) + "]".repeat(100_000));
    expect(answer.status).toBe(207);
    expect(answer.usage).toMatchObject({ accepted: 0, rejected: 1 });
  });

  it("1,001 events are too many, 1,000 are not", async () => {
    const many = (count: number) => JSON.stringify({ events: Array.from({ length: count }, (_, seed) => nativeEvent(seed)) });
    expect((await door.post(many(1_001))).status).toBe(413);
    expect((await door.post(many(1_000))).usage).toMatchObject({ accepted: 1_000 });
  });

  it("more than 4 MiB is too large, said by Content-Length or found while reading", async () => {
    const large = json(nativeEvent(1, { endpoint: "x".repeat(4 * 1024 * 1024) }));
    expect((await door.post(large)).status).toBe(413);
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    });
    const { POST } = await import("./route");
    const request = new Request("http://localhost:3000/api/v1/usage", {
      method: "POST",
      headers: { authorization: `Bearer ${await door.key({})}` },
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect((await POST(request, { params: Promise.resolve({}) })).status).toBe(413);
  });

  it("a gzip bomb is too large and does not fill the memory", async () => {
    const bomb = gzipSync(Buffer.alloc(400 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(500 * 1024);
    const before = process.memoryUsage().rss;
    const answer = await door.post(bomb, { "content-encoding": "gzip" });
    expect(answer.status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("gzip and deflate are read; damaged gzip is 400; another encoding is 415", async () => {
    const body = Buffer.from(json(nativeEvent(11)));
    expect((await door.post(gzipSync(body), { "content-encoding": "gzip" })).status).toBe(200);
    expect((await door.post(deflateSync(body), { "content-encoding": "deflate" })).status).toBe(200);
    expect((await door.post(gzipSync(body).subarray(0, 40), { "content-encoding": "gzip" })).status).toBe(400);
    expect((await door.post(body, { "content-encoding": "gzip" })).status).toBe(400);
    expect((await door.post(body, { "content-encoding": "br" })).status).toBe(415);
  });
});

describe("who sends", () => {
  const as = (key: string) => ({ authorization: `Bearer ${key}` });

  it("an unknown, an expired and no key are 401; a key without the scope is 403", async () => {
    const body = json(nativeEvent(1));
    expect((await door.post(body, as("hr_unknown"))).status).toBe(401);
    expect((await door.post(body, { authorization: "Basic abc" })).status).toBe(401);
    expect((await door.post(body, as(await door.key({ expiresAt: new Date(Date.now() - 1_000) })))).status).toBe(401);
    expect((await door.post(body, as(await door.key({ scopes: ["read"] })))).status).toBe(403);
  });

  it("a key of one tenant cannot write another, item by item", async () => {
    const key = await door.key({ tenantId: "acme" });
    const { status, usage } = await door.post(
      json(nativeEvent(0, { tenant: "acme" }), nativeEvent(1, { tenant: "globex" })),
      as(key),
    );
    expect(status).toBe(207);
    expect(usage).toMatchObject({ accepted: 1, rejected: 1 });
    expect(usage.items[0]).toMatchObject({ index: 1, id: "evt-00000001", code: "tenant_not_allowed", field: "tenant" });
  });
});

describe("shapes that are fine", () => {
  it("NDJSON, labelled so or as JSON, a single event and a list", async () => {
    const lines = `${JSON.stringify(nativeEvent(1))}\r\n\n${JSON.stringify(nativeEvent(2))}`;
    expect((await door.post(lines, { "content-type": "application/x-ndjson" })).usage.accepted).toBe(2);
    expect((await door.post(lines)).usage.accepted).toBe(2);
    expect((await door.post(JSON.stringify(nativeEvent(1)))).usage.accepted).toBe(1);
    expect((await door.post(JSON.stringify([nativeEvent(1), nativeEvent(2)]))).usage.accepted).toBe(2);
    expect((await door.post(json())).usage).toEqual({ accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, items: [] });
  });

  it("an error that used nothing sends empty meters; a cache hit needs none", async () => {
    const refused = nativeEvent(1, { status: "rate_limited", meters: {} });
    const hit = nativeEvent(2, { meters: null, cache: { layer: "exact", hit: true } });
    expect((await door.post(json(refused, hit))).usage.accepted).toBe(2);
  });

  it("duplicates and conflicts inside the batch are said; verbose lists every item", async () => {
    const twice = nativeEvent(20);
    const other = { ...twice, endpoint: "elsewhere" };
    const { status, usage } = await door.post(json(twice, twice, other), {}, "?verbose=1");
    expect(status).toBe(207);
    expect(usage).toMatchObject({ accepted: 1, duplicates: 1, conflicts: 1, rejected: 0 });
    expect(usage.items.map((item) => item.status)).toEqual(["accepted", "duplicate", "conflict"]);
  });

  it("a batch is one queue job that holds the normalised events and the key", async () => {
    const queues = openQueues({ databaseUrl: database.url });
    let take!: (job: IngestJob) => void;
    const taken = new Promise<IngestJob>((resolve) => (take = resolve));
    const event = nativeEvent(31, {
      id: "the-one",
      meters: null,
      usage: { prompt_tokens: 10, completion_tokens: 5 },
      usageFormat: "openai",
    });
    await door.post(json(event));
    queues.worker<IngestJob>(INGEST_QUEUE, async ({ data }) => {
      const events = decodeEvents(await jobText(data));
      if (events[0]?.id === "the-one") take(data);
    });
    const job = await taken;
    expect(job).toMatchObject({ v: 1, kind: "usage", encoding: "gzip", count: 1 });
    const [decoded] = decodeEvents(await jobText(job));
    expect(decoded).toMatchObject({ id: "the-one", dialect: "openai", tokenMismatch: 0, apiKeyId: job.apiKeyId });
    expect(decoded!.meters).toMatchObject({ input: 10, output: 5, cacheRead: 0 });
    await queues.close();
  });
});

describe("what was refused is counted", () => {
  it("by minute; by name only for the tenants of a limited key", async () => {
    const limited = await door.key({ tenantId: "initech" });
    await door.post(json({ tenant: "initech" }), { authorization: `Bearer ${limited}` });
    const { rows } = await database.pool.query(
      "select sum(rejected)::int as n from telemetry.ingest_count where tenant = 'initech'",
    );
    expect(rows[0].n).toBe(1);
    const unnamed = await database.pool.query("select sum(rejected)::int as n from telemetry.ingest_count where tenant = ''");
    expect(unnamed.rows[0].n).toBeGreaterThan(30);
  });
});
