// @vitest-environment node
import { execFile, spawnSync } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { nativeEventSchema } from "@/lib/telemetry/schemas";
import { buildSnippets, type SnippetId } from "./snippets";

const run = promisify(execFile);
const root = path.join(import.meta.dirname, "../..");
const KEY = "hr_0123456789abcdefghijklmnopqrstuv-_AZ";

// A machine with only Node has no Python; CI has.
const hasPython = spawnSync("python3", ["--version"]).status === 0;

interface Received {
  path: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}
let server: Server;
let baseUrl: string;
let received: Received[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      received.push({ path: request.url ?? "", headers: request.headers, body });
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"accepted":1}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  received = [];
});

function blockOf(id: SnippetId, at = 0): string {
  const snippet = buildSnippets({ baseUrl, apiKey: KEY, tenant: "acme" }).find((s) => s.id === id)!;
  return snippet.blocks[at]!.code;
}

interface SentEvent {
  [key: string]: unknown;
  occurredAt: string;
}
function sentEvent(): SentEvent {
  expect(received).toHaveLength(1);
  const [request] = received;
  expect(request!.path).toBe("/api/v1/usage");
  expect(request!.headers.authorization).toBe(`Bearer ${KEY}`);
  expect(request!.headers["content-type"]).toBe("application/json");
  const { events } = JSON.parse(request!.body.toString()) as { events: SentEvent[] };
  expect(events).toHaveLength(1);
  // The door would let it in.
  expect(nativeEventSchema.safeParse(events[0]).error).toBeUndefined();
  // Sent now, whatever the zone of this machine.
  expect(Math.abs(Date.parse(events[0]!.occurredAt) - Date.now())).toBeLessThan(60_000);
  return events[0]!;
}

describe("every snippet, run as it is copied", () => {
  it("curl: the shell line sends one event that is new each time", async () => {
    const { stdout } = await run("sh", ["-c", blockOf("curl")]);
    expect(stdout).toBe('{"accepted":1}');
    expect(sentEvent()).toMatchObject({
      id: expect.stringMatching(/^hello-\d+-\d+$/),
      tenant: "acme",
      endpoint: "hello.curl",
      provider: "openai",
      modelRequested: "gpt-4o-mini",
      status: "success",
      meters: { input: 812, cacheRead: 1024, output: 203 },
    });
  });

  it("Node: the file sends the provider's own usage object", async () => {
    const { stdout } = await run("node", ["--input-type=module", "-e", blockOf("node")]);
    expect(stdout.trim()).toBe('200 {"accepted":1}');
    expect(sentEvent()).toMatchObject({ endpoint: "hello.node", usageFormat: "openai", usage: { total_tokens: 1836 + 203 } });
  });

  it.skipIf(!hasPython)("Python: the file sends the provider's own usage object", async () => {
    const { stdout } = await run("python3", ["-c", blockOf("python")]);
    expect(stdout.trim()).toBe('200 {"accepted":1}');
    expect(sentEvent()).toMatchObject({ endpoint: "hello.python", usageFormat: "anthropic", usage: { input_tokens: 812 } });
  });

  it.each([
    ["protobuf", "exporter-trace-otlp-proto", "application/x-protobuf"],
    ["JSON", "exporter-trace-otlp-http", "application/json"],
  ])("OpenTelemetry as %s: the file exports one GenAI span to the traces address", async (_, exporter, type) => {
    const code = blockOf("otel", 2).replace("@opentelemetry/exporter-trace-otlp-proto", `@opentelemetry/${exporter}`);
    await run("node", ["--input-type=module", "-e", code], { cwd: root });
    expect(received.map((r) => [r.path, r.headers["content-type"], r.headers.authorization])).toEqual([
      ["/api/otlp/v1/traces", type, `Bearer ${KEY}`],
    ]);
    for (const text of ["tenant.id", "acme", "gen_ai.usage.input_tokens", "gpt-4o-mini"]) {
      expect(received[0]!.body.includes(text)).toBe(true);
    }
  });

  it("OpenTelemetry by environment: an exporter without any option finds the address and the key", async () => {
    const env = blockOf("otel", 0);
    const app = `
      import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
      import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
      const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
      provider.getTracer("t").startSpan("chat").end();
      await provider.shutdown();`;
    await run("sh", ["-c", `${env}\nexec node --input-type=module -e '${app}'`], { cwd: root });
    expect(received.map((r) => [r.path, r.headers.authorization])).toEqual([["/api/otlp/v1/traces", `Bearer ${KEY}`]]);
  });
});

describe("LiteLLM, which does not run here", () => {
  it("gets the door of its callback and the key, in its own words", () => {
    const config = blockOf("litellm");
    expect(config).toContain(`endpoint: ${baseUrl}/api/integrations/litellm`);
    expect(config).toContain(`Authorization: Bearer ${KEY}`);
    // Its parser splits the headers at commas and the first equals sign.
    const [name, value] = /GENERIC_LOGGER_HEADERS="(\w+)=([^,"]+)"/.exec(blockOf("litellm", 1))!.slice(1);
    expect([name, value]).toEqual(["Authorization", `Bearer ${KEY}`]);
  });
});

describe("buildSnippets", () => {
  it("refuses a tenant that could break out of a shell line", () => {
    for (const tenant of ["", "a'; rm -rf ~ #", 'a"b', "$(id)", "a b"]) {
      expect(() => buildSnippets({ baseUrl: "http://x", apiKey: KEY, tenant })).toThrow(/cannot be a tenant/);
    }
  });
});
