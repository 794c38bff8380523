/** The OpenAPI 3.1 document, made from the schemas that validate requests. Pure. */
import { z } from "zod";
import { OPERATIONS, SCHEMAS, type Operation, type SchemaName } from "./operations";

const REFUSALS: Record<number, string> = {
  400: "The request is not valid",
  401: "No key, or one that is unknown, expired or revoked",
  403: "The key lacks the scope",
  404: "Not there, or not for this key",
  409: "In conflict with what is stored",
  413: "Too large, before or after decompression",
  415: "This content type or encoding is not supported",
  422: "Understood, but cannot be processed",
  429: "The workers are behind: send again after Retry-After seconds",
  503: "Temporarily unavailable: send again after Retry-After seconds",
};

const ref = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });

function content(types: readonly string[], name: SchemaName, example: unknown) {
  return Object.fromEntries(
    // Protobuf has no JSON schema; NDJSON is one item a line.
    types.map((type) =>
      type === "application/json" || type.endsWith("+json") || type === "application/yaml"
        ? [type, { schema: ref(name), ...(example === undefined ? {} : { example }) }]
        : [type, type === "application/x-ndjson" ? { schema: { type: "string" } } : {}],
    ),
  );
}

function describeOperation(operation: Operation) {
  const refusalType =
    operation.refusal === "OtlpStatus" ? ["application/json", "application/x-protobuf"] : ["application/problem+json"];
  const answers = Object.entries(operation.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      ...(answer.schema ? { content: content(answer.types ?? ["application/json"], answer.schema, answer.example) } : {}),
    },
  ]);
  const refusals = operation.refusals.map((status) => [
    String(status),
    {
      description: REFUSALS[status],
      ...(status === 429 || status === 503
        ? { headers: { "Retry-After": { description: "Seconds", schema: { type: "integer" } } } }
        : {}),
      content: content(refusalType, operation.refusal ?? "Problem", undefined),
    },
  ]);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: `Needs an API key with the scope \`${operation.scope}\`.`,
    ...(operation.parameters ? { parameters: operation.parameters } : {}),
    ...(operation.body
      ? {
          requestBody: {
            required: operation.id !== "replay_dead_letter",
            content: content(operation.body.types, operation.body.schema, operation.body.example),
          },
        }
      : {}),
    responses: Object.fromEntries([...answers, ...refusals]),
  };
}

export function openApiDocument(serverUrl: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = describeOperation(operation);
  const schemas = Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, { schema, io }]) => {
      const { $schema: _, ...body } = z.toJSONSchema(schema, { io });
      return [name, body];
    }),
  );
  return {
    openapi: "3.1.1",
    info: {
      title: "Headroom",
      version: "1",
      description: "Inference FinOps: send usage, outcomes and GPU readings; ask for cost and service quality.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    servers: [{ url: serverUrl }],
    security: [{ apiKey: [] }],
    tags: [
      {
        name: "ingest",
        description:
          "Telemetry in. JSON, NDJSON or OTLP; gzip; up to 1,000 items and 4 MiB (OTLP 16 MiB), after decompression too.",
      },
      { name: "read", description: "Numbers and requests out." },
      {
        name: "operate",
        description: "What people do in the console: policies, changes, rules, budgets, channels, prices; and what could not be stored.",
      },
    ],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "Authorization: Bearer <key>, from Settings → API keys" },
      },
      schemas,
    },
  };
}
