/** An unmodified OpenTelemetry SDK, over real HTTP, through the real routes, into the real queue. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { context, SpanKind, SpanStatusCode, trace, type Attributes } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, SimpleSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hashApiKey } from "@/lib/auth/key-actor";
import { db } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { seedBasePriceBook } from "@/lib/pricing";
import { queues } from "@/lib/queue";
import { decodeEvents, INGEST_QUEUE, jobText, type IngestJob } from "@/lib/telemetry";
import type { UsageEvent } from "@/lib/telemetry/event";
import { decodeMessage, encodeMessage } from "@/lib/telemetry/otlp/proto/codec";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { serveRoutes, type ServedRoutes } from "@/lib/testing/serve-routes";
import { ingestEvents } from "@/workers/ingest";
import { GET as getCoverage } from "../../v1/otlp-coverage/route";
import { POST as postLogs } from "./logs/route";
import { POST as postMetrics } from "./metrics/route";
import { POST as postTraces } from "./traces/route";

const SECRET = "the patient asked about her diagnosis";

let database: TestDatabase;
let server: ServedRoutes;
let key: string;
let tenantKey: string;
let readKey: string;
let limitedReadKey: string;
let worker: { close(): Promise<void> };
let jobs: IngestJob[] = [];
let wake: () => void = () => undefined;

beforeAll(async () => {
  database = await testDatabase({ max: 3 });
  process.env["DATABASE_URL"] = database.url;
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await database.prisma.tenant.create({ data: { id: "globex", name: "Globex" } });
  key = await newKey({ scopes: ["ingest"] });
  tenantKey = await newKey({ scopes: ["ingest"], tenantId: "globex" });
  readKey = await newKey({ scopes: ["read"] });
  limitedReadKey = await newKey({ scopes: ["read"], tenantId: "globex" });
  server = await serveRoutes({
    "GET /api/v1/otlp-coverage": getCoverage,
    "POST /api/otlp/v1/traces": postTraces,
    "POST /api/otlp/v1/metrics": postMetrics,
    "POST /api/otlp/v1/logs": postLogs,
  });
  worker = queues({ databaseUrl: database.url }).worker<IngestJob>(INGEST_QUEUE, async (job) => {
    jobs.push(job.data);
    wake();
  });
});

afterEach(() => {
  jobs = [];
});

afterAll(async () => {
  await server.close();
  await worker.close();
  await queues({ databaseUrl: database.url }).close();
  await db().close();
  await database.close();
});

async function newKey(data: { scopes: string[]; tenantId?: string }): Promise<string> {
  const made = `hr_${randomBytes(32).toString("base64url")}`;
  await database.prisma.apiKey.create({ data: { name: "sdk", prefix: made.slice(0, 8), hash: hashApiKey(made), ...data } });
  return made;
}

/** The events of the next `count` jobs. */
async function queued(count = 1): Promise<UsageEvent[]> {
  while (jobs.length < count) await new Promise<void>((resolve) => (wake = resolve));
  return (await Promise.all(jobs.map(async (job) => decodeEvents(await jobText(job))))).flat();
}

/** Spans that a real tracer made. */
function recordSpans(resource: Attributes, make: (tracer: ReturnType<BasicTracerProvider["getTracer"]>) => void): ReadableSpan[] {
  const spans: ReadableSpan[] = [];
  const exporter: SpanExporter = {
    export: (batch, done) => {
      spans.push(...batch);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resource),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  make(provider.getTracer("test"));
  return spans;
}

function send(exporter: SpanExporter, spans: ReadableSpan[]): Promise<{ code: number; error?: Error }> {
  return new Promise((resolve) => exporter.export(spans, resolve)).finally(() => exporter.shutdown()) as Promise<{
    code: number;
    error?: Error;
  }>;
}

const settings = (apiKey = key) => ({ url: `${server.url}/api/otlp/v1/traces`, headers: { authorization: `Bearer ${apiKey}` } });

const post = (signal: string, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/api/otlp/v1/${signal}`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
  });

const NOW_NANO = BigInt(Date.now()) * 1_000_000n;

/** One OTLP/JSON chat span. */
function chatSpan(spanId: string, extra: { attributes?: Attributes; [key: string]: unknown } = {}) {
  const { attributes, ...rest } = extra;
  return {
    traceId: "5b8efff798038103d269b633813fc60c",
    spanId,
    name: "chat gpt-4o",
    kind: 3,
    startTimeUnixNano: String(NOW_NANO),
    endTimeUnixNano: String(NOW_NANO + 1_500_000_000n),
    attributes: toOtlp({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 5,
      ...attributes,
    }),
    ...rest,
  };
}

function toOtlp(attributes: Attributes) {
  return Object.entries(attributes).map(([name, value]) => ({
    key: name,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: String(value) },
  }));
}

const traces = (spans: unknown[], resource: Attributes = { "service.name": "shop" }) => ({
  resourceSpans: [{ resource: { attributes: toOtlp(resource) }, scopeSpans: [{ spans }] }],
});

describe("an unmodified OpenTelemetry SDK", () => {
  const agentTurn = () =>
    recordSpans({ "service.name": "support-bot", "tenant.id": "acme", "deployment.environment.name": "prod" }, (tracer) => {
      const agent = tracer.startSpan("invoke_agent helper", {
        attributes: {
          "gen_ai.operation.name": "invoke_agent",
          "gen_ai.usage.input_tokens": 1836,
          "gen_ai.usage.output_tokens": 203,
        },
      });
      const inAgent = trace.setSpan(context.active(), agent);
      const chat = tracer.startSpan(
        "chat claude-sonnet-4-5",
        {
          kind: SpanKind.CLIENT,
          attributes: {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.response.model": "claude-sonnet-4-5-20250929",
            "gen_ai.response.id": "msg_01",
            "gen_ai.response.finish_reasons": ["end_turn"],
            "gen_ai.response.time_to_first_chunk": 0.312,
            "gen_ai.usage.input_tokens": 1836,
            "gen_ai.usage.output_tokens": 203,
            "gen_ai.usage.cache_read.input_tokens": 1024,
            "gen_ai.usage.reasoning.output_tokens": 40,
            "gen_ai.conversation.id": "conv-7",
            "gen_ai.agent.name": "helper",
            "gen_ai.input.messages": `[{"role":"user","parts":[{"type":"text","content":"${SECRET}"}]}]`,
            "gen_ai.system_instructions": SECRET,
          },
        },
        inAgent,
      );
      chat.addEvent("gen_ai.user.message", { content: SECRET });
      chat.end();
      const failed = tracer.startSpan(
        "embeddings text-embedding-3-small",
        {
          kind: SpanKind.CLIENT,
          attributes: {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "text-embedding-3-small",
            "error.type": "429",
          },
        },
        inAgent,
      );
      failed.setStatus({ code: SpanStatusCode.ERROR, message: SECRET });
      failed.end();
      tracer.startSpan("GET /health").end();
      agent.end();
    });

  it("ends in the same events from JSON and from protobuf, billing the model calls only", async () => {
    const spans = agentTurn();
    expect(await send(new JsonExporter(settings()), spans)).toMatchObject({ code: 0 });
    const fromJson = await queued();
    jobs = [];
    expect(await send(new ProtobufExporter(settings()), spans)).toMatchObject({ code: 0 });
    const fromProtobuf = await queued();
    expect(fromProtobuf).toEqual(fromJson);

    const [chat, failed] = fromJson;
    expect(fromJson).toHaveLength(2);
    const span = spans[0]!.spanContext();
    expect(chat).toMatchObject({
      id: `${span.traceId}-${span.spanId}`,
      tenant: "acme",
      endpoint: "support-bot.chat",
      feature: "helper",
      provider: "anthropic",
      modelRequested: "claude-sonnet-4-5",
      modelServed: "claude-sonnet-4-5-20250929",
      requestId: "msg_01",
      actionId: span.traceId,
      status: "success",
      errorClass: null,
      stream: true,
      ttftMs: 312,
      // 1836 in total, of which 1024 came from the cache: 812 uncached.
      meters: { input: 812, cacheRead: 1024, cacheWrite5m: 0, cacheWrite1h: 0, output: 203, reasoning: 40 },
      tokenMismatch: 0,
      dialect: "otel",
      tags: { service: "support-bot", environment: "prod", finish_reason: "end_turn" },
    });
    const [seconds, nanos] = spans[0]!.duration;
    expect(chat!.latencyMs).toBeCloseTo(seconds * 1000 + nanos / 1e6, 5);
    expect(failed).toMatchObject({
      modelRequested: "text-embedding-3-small",
      status: "rate_limited",
      errorClass: "rate_limited",
      meters: { input: 0, output: 0 },
    });
  });

  it("is queued without a word of what was said", async () => {
    await send(new ProtobufExporter(settings()), agentTurn());
    await queued();
    const texts = await Promise.all(jobs.map(jobText));
    const everything = JSON.stringify(jobs) + texts.join("");
    expect(texts.join("")).toContain("claude-sonnet-4-5");
    expect(everything).not.toContain("patient");
    expect(everything).not.toContain("diagnosis");
  });

  it("compresses, and is refused with a reason when its key is wrong", async () => {
    const gzip = { ...settings(), compression: "gzip" as never };
    expect(await send(new JsonExporter(gzip), agentTurn())).toMatchObject({ code: 0 });
    expect(await queued()).toHaveLength(2);
    const refused = await send(new ProtobufExporter(settings("hr_wrong")), agentTurn());
    expect(refused.code).toBe(1);
    expect(refused.error).toMatchObject({ code: 401 });
  });

  it("attributes to the tenant of a limited key, and may not name another", async () => {
    const own = recordSpans({ "service.name": "s" }, (tracer) =>
      tracer
        .startSpan("chat", {
          attributes: { "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o" },
        })
        .end(),
    );
    await send(new JsonExporter(settings(tenantKey)), own);
    expect(await queued()).toMatchObject([{ tenant: "globex" }]);

    const other = await post("traces", JSON.stringify(traces([chatSpan("00f067aa0ba902b7")], { "tenant.id": "acme" })), {
      authorization: `Bearer ${tenantKey}`,
    });
    expect(other.status).toBe(200);
    expect(await other.json()).toEqual({
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage:
          'span 0 (5b8efff798038103d269b633813fc60c-00f067aa0ba902b7): This API key may not send for the tenant "acme".',
      },
    });
  });
});

it("a span is priced once, however often it is sent", async () => {
  await seedBasePriceBook(database, new Date());
  const body = JSON.stringify(
    traces([
      chatSpan("00000000000000bb", { attributes: { "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100 } }),
    ]),
  );
  for (let times = 0; times < 3; times++) await post("traces", body);
  await ingestEvents({ db: database, log: createLogger("test") }, await queued(3));
  const { rows } = await database.pool.query(
    "select pricing_state, cost_nano, usage_raw from telemetry.event where id like '%-00000000000000bb'",
  );
  // gpt-4o: 1000 × $2.50 + 100 × $10.00 per million = $0.0035.
  expect(rows).toEqual([
    {
      pricing_state: "priced",
      cost_nano: 3_500_000n,
      usage_raw: { "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100 },
    },
  ]);
});

describe("partial success", () => {
  it("rejects the bad spans and takes their neighbours", async () => {
    const body = traces([
      chatSpan("0000000000000001"),
      chatSpan("0000000000000002", { attributes: { "gen_ai.usage.input_tokens": -4 } }),
      chatSpan("0000000000000003", { traceId: "00000000000000000000000000000000" }),
      chatSpan("0000000000000004", { endTimeUnixNano: "1" }),
      chatSpan("0000000000000005", {
        startTimeUnixNano: String(NOW_NANO + 10n ** 18n),
        endTimeUnixNano: String(NOW_NANO + 10n ** 18n),
      }),
      null,
      chatSpan("0000000000000006", { unknownField: { nested: [1, 2] } }),
    ]);
    const answer = await post("traces", JSON.stringify(body));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    const { partialSuccess } = (await answer.json()) as { partialSuccess: { rejectedSpans: string; errorMessage: string } };
    expect(partialSuccess.rejectedSpans).toBe("5");
    expect(partialSuccess.errorMessage).toContain(
      'span 1 (5b8efff798038103d269b633813fc60c-0000000000000002): "gen_ai.usage.input_tokens"',
    );
    expect((await queued()).map((event) => event.id.slice(-1))).toEqual(["1", "6"]);
    const counted = await database.pool.query("select sum(rejected)::int n from telemetry.ingest_count");
    expect(counted.rows[0]).toMatchObject({ n: expect.any(Number) });
    expect(counted.rows[0].n).toBeGreaterThanOrEqual(5);
    // One letter a kind of refusal, however often it comes within the hour.
    await post("traces", JSON.stringify(body));
    const letters = await database.pool.query(
      "select code, field, count(*)::int n from telemetry.dead_letter where source = 'otlp' and code <> 'tenant_not_allowed' group by 1, 2 order by 1, 2",
    );
    expect(letters.rows).toEqual([
      { code: "future_time", field: "occurredAt", n: 1 },
      { code: "invalid_time", field: "endTimeUnixNano", n: 1 },
      { code: "invalid_type", field: null, n: 1 },
      { code: "invalid_value", field: "traceId", n: 1 },
      { code: "out_of_range", field: "gen_ai.usage.input_tokens", n: 1 },
    ]);
  });

  it("says so in protobuf to who spoke protobuf", async () => {
    const bytes = (text: string) => Buffer.from(text, "hex");
    const good = {
      ...chatSpan("0000000000000011"),
      traceId: bytes("5b8efff798038103d269b633813fc60c"),
      spanId: bytes("0000000000000011"),
    };
    const short = { ...good, spanId: bytes("11") };
    const body = encodeMessage("ExportTraceServiceRequest", traces([good, short]));
    const answer = await post("traces", body, { "content-type": "application/x-protobuf" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/x-protobuf");
    const message = decodeMessage("ExportTraceServiceResponse", new Uint8Array(await answer.arrayBuffer())) as {
      partialSuccess: { rejectedSpans: { toNumber(): number }; errorMessage: string };
    };
    expect(message.partialSuccess.rejectedSpans.toNumber()).toBe(1);
    expect(message.partialSuccess.errorMessage).toContain('"spanId" must be 8 bytes');
    expect(await queued()).toHaveLength(1);
  });

  it("leaves partialSuccess unset when all went well, also for an empty request", async () => {
    const answer = await post("traces", "{}");
    expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    const empty = await post("traces", new Uint8Array(), { "content-type": "application/x-protobuf" });
    expect([empty.status, (await empty.arrayBuffer()).byteLength]).toEqual([200, 0]);
  });
});

describe("bad bodies", () => {
  const status = async (answer: Response) => {
    const protobuf = answer.headers.get("content-type") === "application/x-protobuf";
    const body = protobuf ? decodeMessage("Status", new Uint8Array(await answer.arrayBuffer())) : await answer.json();
    return { http: answer.status, ...(body as { code: number; message: string }) };
  };

  it("are refused as google.rpc.Status in the type of the request", async () => {
    expect(await status(await post("traces", '{"resourceSpans":['))).toMatchObject({ http: 400, code: 3 });
    expect(await status(await post("traces", '{"resourceSpans":{}}'))).toEqual({
      http: 400,
      code: 3,
      message: 'The body is not an OTLP traces export request in json: "resourceSpans" must be a list',
    });
    expect(await status(await post("traces", "[]"))).toMatchObject({ http: 400, code: 3 });
    const junk = await status(
      await post("traces", new Uint8Array([0x0a, 0xff, 0x01]), { "content-type": "application/x-protobuf" }),
    );
    expect(junk).toMatchObject({ http: 400, code: 3, message: expect.stringContaining("in protobuf") });
    expect(await status(await post("traces", new Uint8Array([0xff]), {}))).toMatchObject({ http: 400, code: 3 });
    expect(await status(await post("traces", "not gzip", { "content-encoding": "gzip" }))).toMatchObject({ http: 400, code: 3 });
    const deep = `{"resourceSpans":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    expect(await status(await post("traces", deep))).toMatchObject({ http: 400, code: 3 });
  });

  it("of another type are 415, without a key 401, too large 413", async () => {
    expect(await status(await post("traces", "x", { "content-type": "text/plain" }))).toMatchObject({ http: 415, code: 3 });
    const keyless = await fetch(`${server.url}/api/otlp/v1/traces`, {
      method: "POST",
      body: new Uint8Array(),
      headers: { "content-type": "application/x-protobuf" },
    });
    expect(await status(keyless)).toMatchObject({ http: 401, code: 16 });
    expect(await status(await post("traces", " ".repeat(16 * 1024 * 1024 + 1)))).toMatchObject({ http: 413 });
  });

  it("stop inflating at the limit: a gzip bomb is 413", async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(300_000);
    const answer = await post("traces", bomb, { "content-type": "application/x-protobuf", "content-encoding": "gzip" });
    expect(await status(answer)).toMatchObject({ http: 413, message: expect.stringContaining("16 MiB") });
  });

  it("may be sent again later: 429 with Retry-After when the workers are behind", async () => {
    const { otlpRoute, receiveTraces } = await import("@/lib/telemetry/otlp");
    const behind = {
      add: async () => undefined,
      counts: async () => ({ waiting: 1e6, delayed: 0, active: 0, failed: 0 }),
      oldestAt: async () => null,
      retryFailed: async () => 0,
    };
    const handler = otlpRoute(({ ctx, request }, encoding) => receiveTraces(ctx, { encoding, request, queue: behind }));
    const request = new Request(`${server.url}/api/otlp/v1/traces`, {
      method: "POST",
      body: encodeMessage("ExportTraceServiceRequest", {}),
      headers: { authorization: `Bearer ${key}`, "content-type": "application/x-protobuf" },
    });
    const answer = await handler(request, { params: Promise.resolve({}) });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await status(answer)).toMatchObject({ http: 429, code: 8 });
  });
});

it("a fault of ours is retryable, so that the exporter does not drop its batch", async () => {
  const { otlpRoute } = await import("@/lib/telemetry/otlp");
  const broken = otlpRoute(() => Promise.reject(new Error("a bug")));
  const request = new Request(server.url, {
    method: "POST",
    body: "{}",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
  });
  const answer = await broken(request, { params: Promise.resolve({}) });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
  expect(await answer.json()).toEqual({ code: 14, message: expect.not.stringContaining("a bug") });
});

describe("metrics and logs", () => {
  const metric = (name: string, body: object) => ({
    resourceMetrics: [
      { resource: { attributes: toOtlp({ "tenant.id": "acme" }) }, scopeMetrics: [{ metrics: [{ name, ...body }] }] },
    ],
  });
  const attributes = (type?: string) =>
    toOtlp({
      "gen_ai.provider.name": "gcp.gemini",
      "gen_ai.request.model": "gemini-2.5-pro",
      ...(type ? { "gen_ai.token.type": type } : {}),
    });
  const point = { timeUnixNano: String(NOW_NANO), startTimeUnixNano: String(NOW_NANO - 60_000_000_000n) };

  it("keeps token counts once, by kind, and never a total", async () => {
    const histogram = metric("gen_ai.client.token.usage", {
      histogram: {
        aggregationTemporality: 1,
        dataPoints: [
          { ...point, attributes: attributes("input"), count: "3", sum: 1200 },
          { ...point, attributes: attributes("output"), count: 3, sum: 300.0 },
          { ...point, attributes: attributes("total"), count: 3, sum: 1500 },
        ],
      },
    });
    for (let times = 0; times < 2; times++) {
      const answer = await post("metrics", JSON.stringify(histogram));
      expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
    }
    const counter = metric("gen_ai.client.inference.usage.cache_read.input_tokens", {
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point, attributes: attributes(), asInt: "77" }] },
    });
    expect(
      (await post("metrics", encodeMessage("ExportMetricsServiceRequest", counter), { "content-type": "application/x-protobuf" }))
        .status,
    ).toBe(200);
    const { rows } = await database.pool.query(
      "select measure, temporality, tenant, provider, model, value, count::int from telemetry.otlp_metric_point order by value",
    );
    const common = { tenant: "acme", provider: "google", model: "gemini-2.5-pro" };
    expect(rows).toEqual([
      { ...common, measure: "cacheRead", temporality: "cumulative", value: 77, count: null },
      { ...common, measure: "output", temporality: "delta", value: 300, count: 3 },
      { ...common, measure: "input", temporality: "delta", value: 1200, count: 3 },
    ]);
  });

  it("rejects points that are not numbers, and ignores metrics about other things", async () => {
    const bad = metric("gen_ai.client.inference.usage.input_tokens", {
      sum: {
        dataPoints: [
          { ...point, attributes: attributes(), asDouble: "NaN" },
          { ...point, attributes: attributes(), asInt: 5 },
        ],
      },
    });
    const answer = await post("metrics", JSON.stringify(bad));
    expect(await answer.json()).toMatchObject({ partialSuccess: { rejectedDataPoints: "1" } });
    const other = await post(
      "metrics",
      JSON.stringify(metric("http.server.duration", { gauge: { dataPoints: [{ asDouble: "NaN" }] } })),
    );
    expect(await other.text()).toBe("{}");
  });

  it("are held against the spans: what sampling hides is a share below 1", async () => {
    await database.pool.query("truncate telemetry.otlp_metric_point, telemetry.event");
    const start = NOW_NANO - 7_200_000_000_000n;
    const at = (minutesAgo: number) => String(NOW_NANO - BigInt(minutesAgo) * 60_000_000_000n);
    const openai = (type: string) =>
      toOtlp({
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o",
        "gen_ai.token.type": type,
      });
    // Cumulative since two hours: 400 at the start of the last hour, 1000 at its end, then a restart that counted 50.
    const body = metric("gen_ai.client.token.usage", {
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          { startTimeUnixNano: String(start), timeUnixNano: at(70), attributes: openai("input"), count: 4, sum: 400 },
          { startTimeUnixNano: String(start), timeUnixNano: at(30), attributes: openai("input"), count: 9, sum: 900 },
          { startTimeUnixNano: String(start), timeUnixNano: at(20), attributes: openai("input"), count: 10, sum: 1000 },
          { startTimeUnixNano: at(15), timeUnixNano: at(5), attributes: openai("input"), count: 1, sum: 50 },
          { startTimeUnixNano: at(60), timeUnixNano: at(20), attributes: openai("output"), count: 10, sum: 200 },
        ],
      },
    });
    await post("metrics", JSON.stringify(body));
    await post(
      "traces",
      JSON.stringify(
        traces(
          [chatSpan("00000000000000aa", { attributes: { "gen_ai.usage.input_tokens": 70, "gen_ai.usage.output_tokens": 15 } })],
          { "tenant.id": "acme" },
        ),
      ),
    );
    await ingestEvents({ db: database, log: createLogger("test") }, await queued());
    const from = new Date(Number(NOW_NANO / 1_000_000n) - 3_600_000).toISOString();
    const answer = await fetch(`${server.url}/api/v1/otlp-coverage?from=${from}`, {
      headers: { authorization: `Bearer ${readKey}` },
    });
    expect(await answer.json()).toMatchObject({
      // 1000 − 400 + 50 = 650 in, 200 out; spans 70 + 15 = 85 of 850.
      rows: [
        {
          tenant: "acme",
          provider: "openai",
          model: "gpt-4o",
          counted: { input: "650", output: "200" },
          spans: { input: "70", output: "15" },
          share: "0.100000",
        },
      ],
    });
    const foreign = await fetch(`${server.url}/api/v1/otlp-coverage`, { headers: { authorization: `Bearer ${limitedReadKey}` } });
    expect(await foreign.json()).toMatchObject({ rows: [] });
  });

  it("takes logs and keeps nothing but their number", async () => {
    const logs = {
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: SECRET } }, { body: { stringValue: SECRET } }] }] }],
    };
    expect(await (await post("logs", JSON.stringify(logs))).text()).toBe("{}");
    const { rows } = await database.pool.query(
      "select received::int, stored::int from telemetry.otlp_count where signal = 'logs'",
    );
    expect(rows).toEqual([{ received: 2, stored: 0 }]);
  });
});
