import fs from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import { METRICS } from "@/lib/metrics/catalogue";
import { projectRoot } from "@/lib/db/project-root";
import { readNativeEvent } from "@/lib/telemetry";
import { openApiDocument } from "./document";
import { OPERATIONS, SCHEMAS, type SchemaName } from "./operations";

type Json = Record<string, unknown>;
const document = JSON.parse(JSON.stringify(openApiDocument("http://localhost:3000"))) as Json & {
  paths: Record<string, Record<string, Json>>;
  components: { schemas: Record<string, Json> };
};

const ajv = new Ajv2020({ strict: false, formats: { "date-time": true } });

function refsIn(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  const own = (value as Json)["$ref"];
  return [...(typeof own === "string" ? [own] : []), ...Object.values(value).flatMap(refsIn)];
}

/** Addresses for API keys that are still to be described. A new one goes into the document, not in here. */
const UNDOCUMENTED = new Set([
  "DELETE /api/v1/api-keys/{id}",
  "DELETE /api/v1/budgets/{id}",
  "DELETE /api/v1/exports/{id}",
  "DELETE /api/v1/invoices/{id}",
  "GET /api/v1/actions",
  "GET /api/v1/allocations",
  "GET /api/v1/api-keys",
  "GET /api/v1/audit",
  "GET /api/v1/audit/verify",
  "GET /api/v1/changes/export",
  "GET /api/v1/changes/stream",
  "GET /api/v1/export",
  "GET /api/v1/exports/{id}",
  "GET /api/v1/exports/{id}/download",
  "GET /api/v1/exports/{id}/receipt",
  "GET /api/v1/gpu-terms",
  "GET /api/v1/ledger/export",
  "GET /api/v1/me",
  "GET /api/v1/openapi.json",
  "GET /api/v1/pools",
  "GET /api/v1/prefixes",
  "GET /api/v1/statements/csv",
  "GET /api/v1/tenants",
  "GET /api/v1/users",
  "GET /api/v1/workspace",
  "PATCH /api/v1/tenants/{id}",
  "PATCH /api/v1/users/{id}",
  "PATCH /api/v1/workspace",
  "POST /api/v1/api-keys",
  "POST /api/v1/export",
  "POST /api/v1/gpu-terms",
  "POST /api/v1/gpu-terms/{id}/withdraw",
  "POST /api/v1/pricing/fx-rates/import",
  "POST /api/v1/tenants",
  "POST /api/v1/users",
  "POST /api/v1/users/{id}/password",
]);
/** There is nothing to say but the address. */
const WITHOUT_BODY = new Set(["replay_delivery", "start_advisor_run"]);

describe("the OpenAPI document", () => {
  it("is OpenAPI 3.1 in structure: every operation named once, answered, with its path parameters and references", () => {
    expect(document["openapi"]).toMatch(/^3\.1\.\d+$/);
    expect(document["info"]).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    const ids = new Set<string>();
    for (const [at, methods] of Object.entries(document.paths)) {
      expect(at).toMatch(/^\/api\//);
      for (const [method, operation] of Object.entries(methods)) {
        expect(["get", "post", "put", "patch", "delete"]).toContain(method);
        expect(ids.has(operation["operationId"] as string)).toBe(false);
        ids.add(operation["operationId"] as string);
        const statuses = Object.keys(operation["responses"] as Json);
        expect(statuses.some((status) => status.startsWith("20"))).toBe(true);
        expect(statuses).toContain("401");
        for (const status of statuses) expect(status).toMatch(/^[1-5]\d\d$/);
        const declared = ((operation["parameters"] ?? []) as Json[]).filter((one) => one["in"] === "path");
        expect(declared.map((one) => one["name"])).toEqual([...at.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
        for (const one of declared) expect(one["required"]).toBe(true);
        const bodiless = WITHOUT_BODY.has(operation["operationId"] as string);
        expect(operation["requestBody"] !== undefined).toBe(["post", "put", "patch"].includes(method) && !bodiless);
      }
    }
    expect(ids.size).toBe(OPERATIONS.length);
    const refs = refsIn(document);
    expect(refs.length).toBeGreaterThan(30);
    for (const ref of refs) expect(document.components.schemas).toHaveProperty(ref.replace("#/components/schemas/", ""));
    for (const name of Object.keys(document.components.schemas)) expect(refs).toContain(`#/components/schemas/${name}`);
  });

  it("every schema is JSON Schema 2020-12 that compiles", () => {
    for (const schema of Object.values(document.components.schemas)) {
      expect(ajv.validateSchema(schema)).toBe(true);
      ajv.compile(schema);
    }
  });

  it.each(OPERATIONS.map((operation) => [`${operation.method.toUpperCase()} ${operation.path}`, operation] as const))(
    "%s is a route file with that method and that scope",
    async (_, operation) => {
      const folder = path.join(projectRoot(), "app", operation.path.replaceAll(/\{(\w+)\}/g, "[$1]"));
      expect(fs.existsSync(path.join(folder, "route.ts"))).toBe(true);
      const routes = (await import(path.join(folder, "route.ts"))) as Record<string, { access: { scope?: string } } | undefined>;
      expect(routes[operation.method.toUpperCase()]?.access.scope).toBe(operation.scope);
    },
  );

  it("holds every address that an API key may use, or says that it does not yet", async () => {
    const root = path.join(projectRoot(), "app/api/v1");
    const files = (fs.readdirSync(root, { recursive: true }) as string[]).filter((file) => path.basename(file) === "route.ts");
    const forKeys: string[] = [];
    for (const file of files) {
      const routes = (await import(path.join(root, file))) as Record<string, { access?: { scope?: string } } | undefined>;
      const at = `/api/v1/${path.dirname(file)}`.replaceAll(/\[(\w+)\]/g, "{$1}");
      for (const [method, handler] of Object.entries(routes)) if (handler?.access?.scope) forKeys.push(`${method} ${at}`);
    }
    const documented = new Set(OPERATIONS.map(({ method, path: at }) => `${method.toUpperCase()} ${at}`));
    expect(forKeys.filter((one) => !documented.has(one) && !UNDOCUMENTED.has(one))).toEqual([]);
    expect([...UNDOCUMENTED].filter((one) => documented.has(one) || !forKeys.includes(one))).toEqual([]);
  });

  const examples = OPERATIONS.flatMap((operation) => [
    ...(operation.body ? [[`${operation.id} request`, operation.body.schema, operation.body.example] as const] : []),
    ...Object.entries(operation.answers).flatMap(([status, answer]) =>
      answer.schema ? [[`${operation.id} ${status}`, answer.schema, answer.example] as const] : [],
    ),
  ]);
  it.each(examples)("the example of %s fits its schema, in zod and as published", (_, name: SchemaName, example) => {
    const parsed = SCHEMAS[name].schema.safeParse(example);
    expect(parsed.error?.issues).toBeUndefined();
    const validate = ajv.compile(document.components.schemas[name]!);
    validate(example);
    expect(validate.errors).toBeNull();
  });

  it("refuses what the door refuses", () => {
    const validate = ajv.compile(document.components.schemas["UsageBatch"]!);
    expect(validate({ events: [{ id: "x" }] })).toBe(false);
    expect(validate({ events: [], more: 1 })).toBe(false);
  });

  it("the example event is one that the door takes, and the example query asks for metrics that exist", () => {
    const { events } = OPERATIONS.find((one) => one.id === "send_usage")!.body!.example as { events: unknown[] };
    const door = { now: Date.parse("2026-11-20T12:00:00Z"), rawRetentionDays: 35, tenants: "all", apiKeyId: null } as const;
    expect(readNativeEvent(events[0], door)).toHaveProperty("event.tenant", "acme");
    const { metrics } = OPERATIONS.find((one) => one.id === "query")!.body!.example as { metrics: string[] };
    for (const id of metrics) expect(METRICS.has(id)).toBe(true);
  });
});
