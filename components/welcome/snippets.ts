/** What /welcome offers to copy: complete programs with the real address and key. Pure; snippets.test.tsx runs each one. */

export interface SnippetInput {
  /** Address of this console, without a slash at the end. */
  baseUrl: string;
  apiKey: string;
  /** Tenant that the first event is for. */
  tenant: string;
}

const SNIPPET_IDS = ["curl", "otel", "litellm", "node", "python"] as const;
export type SnippetId = (typeof SNIPPET_IDS)[number];

export interface SnippetBlock {
  /** What to do with it, e.g. "Save as headroom.mjs". */
  label: string;
  code: string;
}

export interface Snippet {
  id: SnippetId;
  title: string;
  /** One line: when to choose it. */
  summary: string;
  blocks: SnippetBlock[];
}

/** Stands where the key goes until there is one. */
export const KEY_PLACEHOLDER = "YOUR_API_KEY";

/** What a tenant may be called in telemetry; everything else would need escaping in a shell. */
export const TENANT_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function buildSnippets(input: SnippetInput): Snippet[] {
  if (!TENANT_PATTERN.test(input.tenant)) throw new RangeError(`"${input.tenant}" cannot be a tenant id.`);
  return [curl(input), otel(input), litellm(input), node(input), python(input)];
}

function curl({ baseUrl, apiKey, tenant }: SnippetInput): Snippet {
  return {
    id: "curl",
    title: "curl",
    summary: "The native API. One line in a terminal sends one event and prints the answer.",
    blocks: [
      {
        label: "Run in a terminal",
        code: `curl -sS ${baseUrl}/api/v1/usage \\
  -H "Authorization: Bearer ${apiKey}" \\
  -H "Content-Type: application/json" \\
  -d '{"events":[{
    "id": "hello-'"$(date +%s)-$$"'",
    "occurredAt": "'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'",
    "tenant": "${tenant}",
    "endpoint": "hello.curl",
    "provider": "openai",
    "modelRequested": "gpt-4o-mini",
    "status": "success",
    "meters": { "input": 812, "cacheRead": 1024, "output": 203 },
    "timing": { "ttftMs": 312, "latencyMs": 2210 }
  }]}'`,
      },
    ],
  };
}

function otel({ baseUrl, apiKey, tenant }: SnippetInput): Snippet {
  return {
    id: "otel",
    title: "OpenTelemetry",
    summary:
      "Any OpenTelemetry SDK that exports OTLP over HTTP, as protobuf or JSON. GenAI spans are priced; prompts and answers are dropped on arrival.",
    blocks: [
      {
        label: "An app that already exports traces: set these and restart it",
        code: `export OTEL_EXPORTER_OTLP_ENDPOINT="${baseUrl}/api/otlp"
export OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"   # or http/json
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20${apiKey}"
export OTEL_SERVICE_NAME="hello.otel"
export OTEL_RESOURCE_ATTRIBUTES="tenant.id=${tenant}"`,
      },
      {
        label: "A new one: install",
        code: `npm install @opentelemetry/api @opentelemetry/resources @opentelemetry/sdk-trace-base @opentelemetry/exporter-trace-otlp-proto`,
      },
      {
        label: "Save as headroom.mjs, then: node headroom.mjs",
        code: `import { SpanKind } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"; // JSON: exporter-trace-otlp-http
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const exporter = new OTLPTraceExporter({
  url: "${baseUrl}/api/otlp/v1/traces",
  headers: { Authorization: "Bearer ${apiKey}" },
});
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": "hello.otel", "tenant.id": "${tenant}" }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});

const span = provider.getTracer("hello").startSpan("chat gpt-4o-mini", { kind: SpanKind.CLIENT });
span.setAttributes({
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-4o-mini",
  "gen_ai.response.model": "gpt-4o-mini",
  "gen_ai.usage.input_tokens": 1836, // cached tokens included
  "gen_ai.usage.cache_read.input_tokens": 1024,
  "gen_ai.usage.output_tokens": 203,
});
span.end();
await provider.shutdown(); // sends what is left`,
      },
    ],
  };
}

function litellm({ baseUrl, apiKey }: SnippetInput): Snippet {
  return {
    id: "litellm",
    title: "LiteLLM",
    summary:
      "A LiteLLM proxy sends every call by its generic API callback. Teams become tenants, keys endpoints, until Settings says otherwise; prompts and answers are dropped.",
    blocks: [
      {
        label: "Add to the proxy's config.yaml and restart it",
        code: `litellm_settings:
  callbacks: ["headroom"]

callback_settings:
  headroom:
    callback_type: generic_api
    endpoint: ${baseUrl}/api/integrations/litellm
    headers:
      Authorization: Bearer ${apiKey}`,
      },
      {
        label: "An older LiteLLM, without callback_settings: set these and add generic_api to callbacks",
        code: `export GENERIC_LOGGER_ENDPOINT="${baseUrl}/api/integrations/litellm"
export GENERIC_LOGGER_HEADERS="Authorization=Bearer ${apiKey}"`,
      },
      {
        label: "So that nothing is lost while Headroom is away: give Headroom's workers the proxy's spend logs",
        code: `export HEADROOM_LITELLM_URL="http://litellm:4000"
export HEADROOM_LITELLM_KEY="sk-..."   # a LiteLLM key that may read /spend/logs`,
      },
    ],
  };
}

function node({ baseUrl, apiKey, tenant }: SnippetInput): Snippet {
  return {
    id: "node",
    title: "Node.js",
    summary: "fetch, no packages. Call it after each answer of the model.",
    blocks: [
      {
        label: "Save as headroom.mjs, then: node headroom.mjs",
        code: `import { randomUUID } from "node:crypto";

const started = Date.now();
// ... call the model here, and take the token counts from its answer ...

const response = await fetch("${baseUrl}/api/v1/usage", {
  method: "POST",
  headers: { authorization: "Bearer ${apiKey}", "content-type": "application/json" },
  body: JSON.stringify({
    events: [
      {
        id: randomUUID(), // the same id is never charged twice
        occurredAt: new Date(started).toISOString(),
        tenant: "${tenant}",
        endpoint: "hello.node",
        provider: "openai",
        modelRequested: "gpt-4o-mini",
        status: "success",
        usageFormat: "openai", // the provider's usage object, as it came
        usage: {
          prompt_tokens: 1836,
          completion_tokens: 203,
          total_tokens: 2039,
          prompt_tokens_details: { cached_tokens: 1024 },
        },
        timing: { latencyMs: Date.now() - started },
      },
    ],
  }),
});
console.log(response.status, await response.text());`,
      },
    ],
  };
}

function python({ baseUrl, apiKey, tenant }: SnippetInput): Snippet {
  return {
    id: "python",
    title: "Python",
    summary: "Standard library only, Python 3.8 or newer.",
    blocks: [
      {
        label: "Save as headroom.py, then: python3 headroom.py",
        code: `import json, urllib.error, urllib.request, uuid
from datetime import datetime, timezone

event = {
    "id": str(uuid.uuid4()),  # the same id is never charged twice
    "occurredAt": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
    "tenant": "${tenant}",
    "endpoint": "hello.python",
    "provider": "anthropic",
    "modelRequested": "claude-3-5-haiku-latest",
    "status": "success",
    "usageFormat": "anthropic",  # the provider's usage object, as it came
    "usage": {"input_tokens": 812, "cache_read_input_tokens": 1024, "output_tokens": 203},
    "timing": {"latencyMs": 2210},
}
request = urllib.request.Request(
    "${baseUrl}/api/v1/usage",
    data=json.dumps({"events": [event]}).encode(),
    headers={"Authorization": "Bearer ${apiKey}", "Content-Type": "application/json"},
)
try:
    with urllib.request.urlopen(request) as response:
        print(response.status, response.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())`,
      },
    ],
  };
}
