/**
 * The same 1,000 requests through four doors cost the same, request by request, to the nano-dollar: native with the
 * provider's own usage object, OTLP as JSON, OTLP as protobuf, LiteLLM's callback. Real doors over HTTP, real database.
 */
import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { POST as postLitellm } from "@/app/api/integrations/litellm/route";
import { POST as postTraces } from "@/app/api/otlp/v1/traces/route";
import { POST as postUsage } from "@/app/api/v1/usage/route";
import { db as processDb } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { seededRandom } from "@/lib/metrics/testing";
import { seedBasePriceBook } from "@/lib/pricing";
import { openQueues, queues as processQueues, type Queues } from "@/lib/queue";
import { encodeMessage } from "@/lib/telemetry/otlp/proto/codec";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { serveRoutes, type ServedRoutes } from "@/lib/testing/serve-routes";
import { readNextDelivery } from "../litellm/read-deliveries";
import { startIngestWorker, type IngestWorker } from "./index";

const KEY = "hr_same-cost-test-key-0123456789abcdefghi";
const REQUESTS = 1_000;
const STARTED = Date.now() - 3_600_000;

/** What really happened, in disjoint parts. `output` holds the reasoning. */
interface Request {
  n: number;
  provider: "openai" | "anthropic" | "google";
  model: string;
  input: number;
  read: number;
  write: number;
  output: number;
  reasoning: number;
  tier: string | null;
}

const MODELS = {
  openai: ["gpt-4o", "gpt-4o-mini", "o3", "gpt-4.1"],
  anthropic: ["claude-sonnet-4-5", "claude-opus-4-1", "claude-haiku-4-5"],
  // Above 200,000 tokens of context the whole request costs more.
  google: ["gemini-2.5-pro", "gemini-2.5-flash"],
} as const;

function makeRequests(): Request[] {
  const random = seededRandom(20_261_120);
  const int = (max: number) => Math.floor(random() * max);
  const pick = <T>(list: readonly T[]) => list[int(list.length)]!;
  return Array.from({ length: REQUESTS }, (_, n) => {
    const provider = pick(["openai", "anthropic", "google"] as const);
    const long = random() < 0.1;
    const reasoning = provider !== "anthropic" && random() < 0.4 ? int(4_000) : 0;
    return {
      n,
      provider,
      model: pick(MODELS[provider]),
      input: int(long ? 300_000 : 5_000),
      read: random() < 0.5 ? int(50_000) : 0,
      write: provider === "anthropic" && random() < 0.5 ? int(8_000) : 0,
      output: 1 + int(2_000) + reasoning,
      reasoning,
      tier: provider === "openai" && random() < 0.2 ? "flex" : null,
    };
  });
}

const started = (n: number) => STARTED + n * 1_000;

function native({ n, provider, model, input, read, write, output, reasoning, tier }: Request) {
  const total = input + read + write + output;
  const shapes = {
    openai:
      n % 2 === 0
        ? {
            usageFormat: "openai",
            usage: {
              prompt_tokens: input + read,
              completion_tokens: output,
              total_tokens: total,
              prompt_tokens_details: { cached_tokens: read },
              completion_tokens_details: { reasoning_tokens: reasoning },
              ...(tier ? { service_tier: tier } : {}),
            },
          }
        : {
            usageFormat: "openai-responses",
            usage: {
              input_tokens: input + read,
              output_tokens: output,
              total_tokens: total,
              input_tokens_details: { cached_tokens: read },
              output_tokens_details: { reasoning_tokens: reasoning },
              ...(tier ? { service_tier: tier } : {}),
            },
          },
    anthropic: {
      usageFormat: "anthropic",
      usage: { input_tokens: input, cache_read_input_tokens: read, cache_creation_input_tokens: write, output_tokens: output },
    },
    google: {
      usageFormat: "gemini",
      usage: {
        promptTokenCount: input + read,
        cachedContentTokenCount: read,
        candidatesTokenCount: output - reasoning,
        thoughtsTokenCount: reasoning,
        totalTokenCount: total,
      },
    },
  };
  return {
    id: `native-${n}`,
    occurredAt: new Date(started(n)).toISOString(),
    tenant: "native",
    endpoint: `request-${n}`,
    provider,
    modelRequested: model,
    status: "success",
    ...shapes[provider],
  };
}

/** Three generations of the GenAI names and OpenInference, in turn. */
function spanAttributes({
  n,
  provider,
  model,
  input,
  read,
  write,
  output,
  reasoning,
  tier,
}: Request): Record<string, string | number> {
  const total = input + read + write;
  const vendor = provider === "google" ? "gcp.gemini" : provider;
  const common: Record<string, string> = tier ? { "openai.response.service_tier": tier } : {};
  switch (n % 4) {
    case 0:
      return {
        ...common,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": vendor,
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": total,
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.cache_write.input_tokens": write,
        "gen_ai.usage.output_tokens": output,
        "gen_ai.usage.reasoning.output_tokens": reasoning,
      };
    case 1:
      return {
        ...common,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": vendor,
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": total,
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.cache_creation.input_tokens": write,
        "gen_ai.usage.output_tokens": output,
        "gen_ai.usage.reasoning.output_tokens": reasoning,
      };
    case 2:
      return {
        ...common,
        "gen_ai.operation.name": "chat",
        "gen_ai.system": vendor,
        "gen_ai.request.model": model,
        "gen_ai.usage.prompt_tokens": total,
        "gen_ai.usage.cache_read_input_tokens": read,
        "gen_ai.usage.cache_creation_input_tokens": write,
        "gen_ai.usage.completion_tokens": output,
        "gen_ai.usage.reasoning_tokens": reasoning,
      };
    default:
      return {
        ...common,
        "openinference.span.kind": "LLM",
        "llm.provider": provider,
        "llm.model_name": model,
        "llm.token_count.prompt": total,
        "llm.token_count.prompt_details.cache_read": read,
        "llm.token_count.prompt_details.cache_write": write,
        "llm.token_count.completion": output,
        "llm.token_count.completion_details.reasoning": reasoning,
        "llm.token_count.total": total + output,
      };
  }
}

function traces(requests: readonly Request[], tenant: string, id: (hex: string) => unknown) {
  const attribute = (key: string, value: string | number) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  });
  const spans = requests.map((request) => {
    const hash = createHash("sha256").update(`${tenant}-${request.n}`).digest("hex");
    return {
      traceId: id(hash.slice(0, 32)),
      spanId: id(hash.slice(32, 48)),
      name: "chat",
      kind: 3,
      startTimeUnixNano: String(BigInt(started(request.n)) * 1_000_000n),
      endTimeUnixNano: String(BigInt(started(request.n) + 900) * 1_000_000n),
      attributes: Object.entries({
        ...spanAttributes(request),
        "headroom.tenant": tenant,
        "headroom.endpoint": `request-${request.n}`,
      }).map(([key, value]) => attribute(key, value)),
    };
  });
  return { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans }] }] };
}

function litellm({ n, provider, model, input, read, write, output, reasoning, tier }: Request) {
  const prompt = input + read + write;
  return {
    id: `chatcmpl-${n}`,
    trace_id: `trace-${n}`,
    call_type: "acompletion",
    status: "success",
    stream: false,
    custom_llm_provider: provider === "google" ? "gemini" : provider,
    startTime: started(n) / 1_000,
    endTime: started(n) / 1_000 + 0.9,
    model: n % 3 === 0 && provider !== "google" ? `${provider}/${model}` : model,
    model_group: `group-${n % 5}`,
    metadata: {
      user_api_key_team_alias: "litellm",
      spend_logs_metadata: { endpoint: `request-${n}` },
      usage_object: {
        prompt_tokens: prompt,
        completion_tokens: output,
        total_tokens: prompt + output,
        prompt_tokens_details: { cached_tokens: read, ...(provider === "anthropic" ? { cache_creation_tokens: write } : {}) },
        completion_tokens_details: { reasoning_tokens: reasoning },
        ...(provider === "anthropic" ? { cache_read_input_tokens: read, cache_creation_input_tokens: write } : {}),
        ...(tier ? { service_tier: tier } : {}),
      },
    },
    messages: [{ role: "user", content: "never stored" }],
  };
}

let database: TestDatabase;
let server: ServedRoutes;
let queues: Queues;
let worker: IngestWorker;

beforeAll(async () => {
  database = await testDatabase({ max: 10 });
  process.env["DATABASE_URL"] = database.url;
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await seedBasePriceBook(database, new Date());
  await database.prisma.apiKey.create({
    data: {
      id: randomUUID(),
      name: "test",
      prefix: KEY.slice(0, 8),
      hash: createHash("sha256").update(KEY).digest("hex"),
      scopes: ["ingest"],
    },
  });
  server = await serveRoutes({
    "POST /api/v1/usage": postUsage,
    "POST /api/otlp/v1/traces": postTraces,
    "POST /api/integrations/litellm": postLitellm,
  });
  queues = openQueues({ databaseUrl: database.url });
  worker = startIngestWorker({ db: database, log: createLogger("test") }, queues);
});

afterAll(async () => {
  await server.close();
  await worker.close();
  await queues.close();
  await processQueues({ databaseUrl: database.url }).close();
  await processDb().close();
  await database.close();
});

async function send(path: string, body: BodyInit, type = "application/json"): Promise<void> {
  const headers = { authorization: `Bearer ${KEY}`, "content-type": type };
  const response = await fetch(`${server.url}${path}`, { method: "POST", body, headers });
  expect([path, response.status]).toEqual([path, 200]);
}

it("the same 1,000 requests cost the same through every door, and meters sum to every source's total", async () => {
  const requests = makeRequests();
  await send("/api/v1/usage", JSON.stringify({ events: requests.map(native) }));
  await send("/api/otlp/v1/traces", JSON.stringify(traces(requests, "otlp-json", (hex) => hex)));
  const binary = encodeMessage(
    "ExportTraceServiceRequest",
    traces(requests, "otlp-protobuf", (hex) => Buffer.from(hex, "hex")),
  );
  await send("/api/otlp/v1/traces", new Uint8Array(binary), "application/x-protobuf");
  const calls = requests.map(litellm);
  await send("/api/integrations/litellm", JSON.stringify(calls.slice(0, 400)));
  await send(
    "/api/integrations/litellm",
    calls
      .slice(400, 999)
      .map((call) => JSON.stringify(call))
      .join("\n"),
  );
  await send("/api/integrations/litellm", JSON.stringify(calls[999]));
  while ((await readNextDelivery({ db: database, log: createLogger("test") }, new Date())) !== null);

  await expect
    .poll(async () => (await database.pool.query("select count(*)::int as n from telemetry.event")).rows[0].n, {
      timeout: 30_000,
    })
    .toBe(4 * REQUESTS);

  interface Row {
    endpoint: string;
    costs: Record<string, string>;
    meters: string[];
    mismatches: number;
    states: string[];
  }
  const { rows } = await database.pool.query<Row>(
    `select endpoint, jsonb_object_agg(tenant, cost_nano::text) as costs, array_agg(distinct pricing_state) as states,
            array_agg(distinct (provider, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning)::text) as meters,
            count(*) filter (where token_mismatch <> 0)::int as mismatches
     from telemetry.event group by endpoint`,
  );
  expect(rows).toHaveLength(REQUESTS);
  const wrong = rows.filter(
    ({ costs, meters, mismatches, states }) =>
      new Set(Object.values(costs)).size !== 1 ||
      meters.length !== 1 ||
      mismatches !== 0 ||
      states.length !== 1 ||
      states[0] !== "priced",
  );
  expect(wrong).toEqual([]);

  const totals = await database.pool.query<{ tenant: string; n: number; cost: string }>(
    "select tenant, count(*)::int as n, sum(cost_nano)::text as cost from telemetry.event group by tenant order by tenant",
  );
  expect(totals.rows.map(({ tenant, n }) => [tenant, n])).toEqual(
    ["litellm", "native", "otlp-json", "otlp-protobuf"].map((tenant) => [tenant, REQUESTS]),
  );
  expect(new Set(totals.rows.map(({ cost }) => cost)).size).toBe(1);
  expect(BigInt(totals.rows[0]!.cost)).toBeGreaterThan(1_000_000_000n);
}, 90_000);
