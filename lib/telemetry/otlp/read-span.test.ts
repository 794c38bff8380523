import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sumOf } from "../dialects";
import { DEFAULT_OTLP_MAPPING, parseOtlpMapping } from "./mapping";
import { readOtelUsage } from "./read-usage";
import { readSpan, type SpanDoor } from "./read-span";
import { readAttributes, readId, readInt64 } from "./scalars";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const START = BigInt(NOW) * 1_000_000n;
const door: SpanDoor = { now: NOW, rawRetentionDays: 35, tenants: "all", apiKeyId: null, mapping: DEFAULT_OTLP_MAPPING };

type Plain = Record<string, string | number | boolean | string[]>;

function toOtlp(attributes: Plain) {
  const scalar = (value: string | number | boolean) =>
    typeof value === "number"
      ? Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value }
      : typeof value === "boolean"
        ? { boolValue: value }
        : { stringValue: value };
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: Array.isArray(value) ? { arrayValue: { values: value.map(scalar) } } : scalar(value),
  }));
}

function span(attributes: Plain, extra: object = {}) {
  return {
    traceId: "5B8EFFF798038103D269B633813FC60C",
    spanId: "EEE19B7EC3C1B174",
    kind: 3,
    startTimeUnixNano: String(START),
    endTimeUnixNano: String(START + 2_210_500_000n),
    attributes: toOtlp(attributes),
    ...extra,
  };
}

function read(attributes: Plain, extra: object = {}, resource: Plain = { "service.name": "shop" }, at: SpanDoor = door) {
  return readSpan(span(attributes, extra), readAttributes(toOtlp(resource)), at);
}

function eventOf(...args: Parameters<typeof read>) {
  const reading = read(...args);
  if (reading.kind !== "event") throw new Error(JSON.stringify(reading));
  return reading.event;
}

const CHAT = { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o" };

describe("three generations of names and OpenInference", () => {
  const shared = {
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.operation.name": "chat",
  };
  const newest: Plain = {
    ...shared,
    "gen_ai.provider.name": "openai",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200,
    "gen_ai.usage.cache_read.input_tokens": 600,
    "gen_ai.usage.cache_write.input_tokens": 100,
    "gen_ai.usage.reasoning.output_tokens": 50,
  };
  const v141: Plain = {
    ...shared,
    "gen_ai.provider.name": "openai",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200,
    "gen_ai.usage.cache_read.input_tokens": 600,
    "gen_ai.usage.cache_creation.input_tokens": 100,
    "gen_ai.usage.reasoning.output_tokens": 50,
  };
  const older: Plain = {
    ...shared,
    "gen_ai.system": "openai",
    "gen_ai.usage.prompt_tokens": 1000,
    "gen_ai.usage.completion_tokens": 200,
    "gen_ai.usage.cache_read_input_tokens": 600,
    "gen_ai.usage.cache_creation_input_tokens": 100,
    "gen_ai.usage.reasoning_tokens": 50,
  };
  const openInference: Plain = {
    "openinference.span.kind": "LLM",
    "llm.provider": "openai",
    "llm.model_name": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "llm.token_count.prompt": 1000,
    "llm.token_count.completion": 200,
    "llm.token_count.prompt_details.cache_read": 600,
    "llm.token_count.prompt_details.cache_write": 100,
    "llm.token_count.completion_details.reasoning": 50,
  };

  it.each([
    ["1.37 to 1.41", v141],
    ["older", older],
    ["OpenInference", openInference],
  ])("%s reads as the newest does", (_, attributes) => {
    const { usageRaw: _raw, ...expected } = eventOf(newest);
    const { usageRaw, ...event } = eventOf(attributes);
    expect(event).toEqual(expected);
    // 1000 − 600 read − 100 written = 300 uncached.
    expect(event.meters).toMatchObject({ input: 300, cacheRead: 600, cacheWrite5m: 100, output: 200, reasoning: 50 });
    expect(Object.values(usageRaw as object).toSorted((a, b) => a - b)).toEqual([50, 100, 200, 600, 1000]);
  });

  it("prefers the newest name when a sender writes several", () => {
    expect(eventOf({ ...older, "gen_ai.usage.input_tokens": 900 }).meters.input).toBe(200);
  });
});

describe("what is billed", () => {
  it.each(["chat", "text_completion", "generate_content", "embeddings"])("%s is", (operation) => {
    expect(read({ ...CHAT, "gen_ai.operation.name": operation }).kind).toBe("event");
  });

  it.each([
    "invoke_agent",
    "create_agent",
    "execute_tool",
    "invoke_workflow",
    "retrieval",
    "fetch_response",
    "AGENT",
    "TOOL",
    "CHAIN",
  ])("%s is not: it repeats its children or costs nothing", (operation) => {
    expect(read({ ...CHAT, "gen_ai.operation.name": operation, "gen_ai.usage.input_tokens": 5 }).kind).toBe("ignored");
  });

  it("a call without an operation name is a chat when a client states tokens", () => {
    const attributes = { "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.prompt_tokens": 3 };
    expect(eventOf(attributes).meters.input).toBe(3);
    expect(read(attributes, { kind: 2 }).kind).toBe("ignored");
    expect(read({ "gen_ai.system": "openai" }).kind).toBe("ignored");
    expect(read({ "http.request.method": "GET" }, { traceId: "junk" }).kind).toBe("ignored");
  });
});

describe("tokens", () => {
  const usage = (attributes: Plain) => readOtelUsage(readAttributes(toOtlp(attributes)));

  it("believes an input without its cached part only when the stated total proves it", () => {
    const anthropicStyle = {
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.cache_read.input_tokens": 1000,
      "gen_ai.usage.output_tokens": 20,
    };
    // 1120 = 100 + 1000 + 20: the 100 are beside the cached ones.
    const proven = usage({ ...anthropicStyle, "gen_ai.usage.total_tokens": 1120 });
    expect(proven).toMatchObject({ meters: { input: 100, cacheRead: 1000, output: 20 }, tokenMismatch: 0 });
    // Unproven: 100 in total cannot include 1000. Nothing is invented, the contradiction is kept: 120 − 1020.
    expect(usage(anthropicStyle)).toMatchObject({ meters: { input: 0, cacheRead: 1000, output: 20 }, tokenMismatch: -900 });
  });

  it("keeps audio apart and a total that does not add up", () => {
    expect(
      usage({
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.audio.input_tokens": 80,
        "gen_ai.usage.audio.cache_read.input_tokens": 30,
        "gen_ai.usage.cache_read.input_tokens": 30,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.audio.output_tokens": 10,
        "gen_ai.usage.total_tokens": 175,
      }),
    ).toMatchObject({ meters: { input: 40, cacheRead: 30, audioIn: 50, audioOut: 10, output: 40 }, tokenMismatch: 5 });
  });

  it("are whole numbers or the span is refused with the sender's own name for them", () => {
    for (const value of [-1, 1.5, 2_000_000_000, "many"]) {
      const reading = read({ ...CHAT, "gen_ai.usage.prompt_tokens": value });
      expect(reading).toMatchObject({ kind: "refused", refusal: { code: "out_of_range", field: "gen_ai.usage.prompt_tokens" } });
    }
    const nan = readSpan(
      span({}, { attributes: [...toOtlp(CHAT), { key: "gen_ai.usage.input_tokens", value: { doubleValue: "NaN" } }] }),
      new Map(),
      door,
    );
    expect(nan.kind).toBe("refused");
  });

  it("property: the parts and the mismatch always give back what was stated", () => {
    const count = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined });
    fc.assert(
      fc.property(fc.record({ input: count, output: count, total: count, read: count, write: count }), (stated) => {
        const names = {
          input: "gen_ai.usage.input_tokens",
          output: "gen_ai.usage.output_tokens",
          total: "gen_ai.usage.total_tokens",
          read: "gen_ai.usage.cache_read.input_tokens",
          write: "gen_ai.usage.cache_write.input_tokens",
        };
        const attributes = new Map(
          Object.entries(names).flatMap(([key, name]) => {
            const value = stated[key as keyof typeof stated];
            return value === undefined ? [] : [[name, value] as const];
          }),
        );
        const { meters, tokenMismatch } = readOtelUsage(attributes);
        for (const value of Object.values(meters)) expect(value).toBeGreaterThanOrEqual(0);
        if (attributes.size === 0) expect(tokenMismatch).toBeNull();
        else if (stated.total !== undefined) expect(sumOf(meters) + tokenMismatch!).toBe(stated.total);
        else if (stated.input !== undefined) expect(sumOf(meters) + tokenMismatch!).toBe(stated.input + (stated.output ?? 0));
        if (stated.read !== undefined) expect(meters.cacheRead).toBe(stated.read);
      }),
    );
  });
});

describe("outcome of the call", () => {
  it.each([
    ["timeout", "timeout", "timeout"],
    ["openai.APITimeoutError", "timeout", "timeout"],
    ["504", "timeout", "timeout"],
    ["429", "rate_limited", "rate_limited"],
    ["RateLimitError", "rate_limited", "rate_limited"],
    ["torch.cuda.OutOfMemoryError", "oom", "oom"],
    ["asyncio.CancelledError", "cancelled", "cancelled"],
    ["400", "error", "invalid"],
    ["AuthenticationError", "error", "invalid"],
    ["500", "error", "provider"],
    ["java.net.UnknownHostException", "error", "provider"],
    ["mushroom_error", "error", "provider"],
  ])("error.type %s is %s of class %s", (errorType, status, errorClass) => {
    expect(eventOf({ ...CHAT, "error.type": errorType })).toMatchObject({ status, errorClass });
  });

  it("a failed span without a type is an error of the provider; a finish reason can say error too", () => {
    expect(eventOf(CHAT, { status: { code: 2 } })).toMatchObject({ status: "error", errorClass: "provider" });
    expect(eventOf({ ...CHAT, "gen_ai.response.finish_reasons": ["stop", "error"] })).toMatchObject({ status: "error" });
    expect(eventOf(CHAT, { status: { code: 1 } })).toMatchObject({ status: "success", errorClass: null });
  });

  it("times are milliseconds: 2.2105 s of span, 0.312 s to the first chunk", () => {
    const event = eventOf({ ...CHAT, "gen_ai.response.time_to_first_chunk": 0.312 });
    expect(event).toMatchObject({ occurredAt: NOW, latencyMs: 2210.5, ttftMs: 312, stream: true });
    expect(eventOf(CHAT)).toMatchObject({ ttftMs: null, stream: false });
    expect(eventOf({ ...CHAT, "gen_ai.request.stream": true }).stream).toBe(true);
  });
});

describe("who pays", () => {
  const other = (stored: object) => ({ ...door, mapping: parseOtlpMapping(stored) });

  it("reads span before resource, in the order of the rules, and keeps what it cannot place visible", () => {
    expect(eventOf({ ...CHAT, "tenant.id": "span" }, {}, { "tenant.id": "resource" }).tenant).toBe("span");
    expect(eventOf(CHAT, {}, { "enduser.id": "u1", "service.namespace": "ns" }).tenant).toBe("ns");
    expect(eventOf(CHAT, {}, {})).toMatchObject({ tenant: "unattributed", endpoint: "chat", provider: "openai" });
    expect(eventOf({ ...CHAT, "headroom.endpoint": "checkout.help" }).endpoint).toBe("checkout.help");
  });

  it("follows a mapping that an admin wrote", () => {
    const mapped = other({
      tenant: ["customer"],
      endpoint: ["{team}/{gen_ai.operation.name}"],
      tags: { plan: ["plan"] },
      unmappedTenant: "nobody",
    });
    expect(eventOf({ ...CHAT, customer: 42, team: "a", plan: "pro" }, {}, {}, mapped)).toMatchObject({
      tenant: "42",
      endpoint: "a/chat",
      tags: { plan: "pro" },
    });
    expect(eventOf(CHAT, {}, {}, mapped)).toMatchObject({ tenant: "nobody", endpoint: "unattributed", tags: {} });
  });

  it("serves the defaults where the stored mapping does not parse", () => {
    expect(parseOtlpMapping({ tenant: "not a list" })).toEqual(DEFAULT_OTLP_MAPPING);
    expect(parseOtlpMapping({ endpoint: ["{half"] })).toEqual(DEFAULT_OTLP_MAPPING);
  });

  it("never maps content, whatever the rules say, and stores clean text only", () => {
    const greedy = other({ tenant: ["gen_ai.input.messages", "input.value", "gen_ai.prompt.0.content"] });
    const attributes = { ...CHAT, "gen_ai.input.messages": "hi", "input.value": "hi", "gen_ai.prompt.0.content": "hi" };
    expect(eventOf(attributes, {}, {}, greedy).tenant).toBe("unattributed");
    expect(eventOf({ ...CHAT, "tenant.id": " a\u0000b\ud800 " }).tenant).toBe("a b");
    expect(eventOf({ ...CHAT, "tenant.id": "x".repeat(5000) }).tenant).toHaveLength(200);
  });
});

describe("scalars of both encodings", () => {
  it("ids are hex in any case, bytes, or base64; anything else is none", () => {
    const bytes = Buffer.from("5b8efff798038103d269b633813fc60c", "hex");
    expect(readId("5B8EFFF798038103D269B633813FC60C", 16)).toBe(bytes.toString("hex"));
    expect(readId(new Uint8Array(bytes), 16)).toBe(bytes.toString("hex"));
    expect(readId(bytes.toString("base64"), 16)).toBe(bytes.toString("hex"));
    expect(readId(Buffer.from("eee19b7ec3c1b174", "hex").toString("base64"), 8)).toBe("eee19b7ec3c1b174");
    for (const bad of [undefined, null, "", 7, "xyz", "00".repeat(16), bytes.toString("hex").slice(1), new Uint8Array(3)]) {
      expect(readId(bad, 16)).toBeUndefined();
    }
  });

  it("int64 is a number or digits in text, exact beyond 2^53", () => {
    expect(readInt64("1763640000123456789")).toBe(1763640000123456789n);
    expect(readInt64(12)).toBe(12n);
    for (const bad of [1.5, "1.5", "", "abc", null, {}]) expect(readInt64(bad)).toBeUndefined();
  });

  it("nested attribute values are not read, so nothing recurses", () => {
    const list = [
      { key: "deep", value: { kvlistValue: { values: [] } } },
      { key: "list", value: { arrayValue: { values: [{ stringValue: "a" }, { arrayValue: {} }] } } },
    ];
    expect([...readAttributes(list)]).toEqual([["list", ["a"]]]);
  });
});
