/** The public query API, over its real routes: keys, scopes, tenants, messages. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashApiKey } from "@/lib/auth/key-actor";
import { db, withTransaction } from "@/lib/db";
import { applyRollups, buildRollupDeltas } from "@/lib/metrics";
import type { MetricResult } from "@/lib/metrics/schemas";
import { randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { serveRoutes, type ServedRoutes } from "@/lib/testing/serve-routes";
import { GET as getExport, POST as postExport } from "../export/route";
import { GET as getMetrics } from "../metrics/route";
import { POST as postQuery } from "./route";

let database: TestDatabase;
let server: ServedRoutes;
let readKey: string;
let acmeKey: string;
let ingestKey: string;

const hourAgo = Date.now() - 3_600_000;
const query = {
  metrics: ["requests", "cost_usd"],
  groupBy: ["tenant"],
  from: new Date(hourAgo - 60_000).toISOString(),
  to: new Date(hourAgo + 60_000).toISOString(),
  orderBy: { metric: "cost_usd" },
};

async function newKey(data: { scopes: string[]; tenantId?: string }): Promise<string> {
  const made = `hr_${randomBytes(32).toString("base64url")}`;
  await database.prisma.apiKey.create({ data: { name: "test", prefix: made.slice(0, 8), hash: hashApiKey(made), ...data } });
  return made;
}

beforeAll(async () => {
  database = await testDatabase({ max: 3 });
  process.env["DATABASE_URL"] = database.url;
  await database.prisma.tenant.create({ data: { id: "acme", name: "Acme" } });
  readKey = await newKey({ scopes: ["read"] });
  acmeKey = await newKey({ scopes: ["read"], tenantId: "acme" });
  ingestKey = await newKey({ scopes: ["ingest"] });
  const base = { ...randomRatedEvent(seededRandom(1), "1", hourAgo), final: true, shadow: false };
  const event = (id: string, tenant: string, costNanoUsd: bigint) => ({
    ...base,
    id,
    tenant,
    rating: { ...base.rating, costNanoUsd },
  });
  const events = [event("1", "acme", 2_000_000_000n), event("2", "acme", 1n), event("3", "globex", 5_000_000_000n)];
  await withTransaction(database.pool, (client) =>
    applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] })),
  );
  server = await serveRoutes({
    "POST /api/v1/query": postQuery,
    "GET /api/v1/metrics": getMetrics,
    "GET /api/v1/export": getExport,
    "POST /api/v1/export": postExport,
  });
});

afterAll(async () => {
  await server.close();
  await db().close();
  await database.close();
});

const ask = (path: string, key: string | null, body?: unknown) =>
  fetch(`${server.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe("POST /api/v1/query", () => {
  it("answers exact dollars by tenant", async () => {
    const response = await ask("/api/v1/query", readKey, query);
    expect(response.status).toBe(200);
    const { rows } = (await response.json()) as MetricResult;
    expect(rows).toEqual([
      { bucket: null, tenant: "globex", requests: { value: "1" }, cost_usd: { value: "5" } },
      { bucket: null, tenant: "acme", requests: { value: "2" }, cost_usd: { value: "2.000000001" } },
    ]);
  });

  it("shows a key of one tenant nothing else", async () => {
    const { rows } = (await (await ask("/api/v1/query", acmeKey, query)).json()) as MetricResult;
    expect(rows.map((row) => row["tenant"])).toEqual(["acme"]);
  });

  it.each<[string, () => string | null, unknown, number, RegExp]>([
    ["without a key", () => null, query, 401, /Sign in/],
    ["with a key that may only send", () => ingestKey, query, 403, /scope "read"/],
    [
      "for an unknown metric",
      () => readKey,
      { ...query, metrics: ["requets"], orderBy: undefined },
      400,
      /Did you mean "requests"/,
    ],
    ["for an unknown dimension", () => readKey, { ...query, groupBy: ["colour"] }, 400, /groupBy/],
    ["for a misspelt field", () => readKey, { ...query, filter: [] }, 400, /filter/],
  ])("refuses %s", async (_, key, body, status, message) => {
    const response = await ask("/api/v1/query", key(), body);
    const problem = (await response.json()) as { detail: string };
    expect([response.status, problem.detail]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe("GET /api/v1/metrics", () => {
  it("lists each metric with unit, direction and formula", async () => {
    const { metrics } = (await (await ask("/api/v1/metrics", readKey)).json()) as { metrics: Record<string, unknown>[] };
    expect(metrics.find((metric) => metric["id"] === "cost_per_successful_request")).toMatchObject({
      unit: "usd",
      direction: "lower",
      formula: "cost_usd ÷ successes",
    });
  });
});

describe("/api/v1/export", () => {
  const csv = "tenant,requests,cost_usd\r\nglobex,1,5\r\nacme,2,2.000000001\r\n";
  it("is the same answer as CSV, by POST and by link", async () => {
    const posted = await ask("/api/v1/export?format=csv", readKey, query);
    expect([posted.headers.get("content-type"), await posted.text()]).toEqual(["text/csv; charset=utf-8", csv]);
    const linked = await ask(`/api/v1/export?query=${encodeURIComponent(JSON.stringify(query))}`, readKey);
    expect(await linked.text()).toBe(csv);
  });
  it("refuses another format, and a link without a query", async () => {
    expect((await ask("/api/v1/export?format=xml", readKey, query)).status).toBe(400);
    expect((await ask("/api/v1/export", readKey)).status).toBe(400);
  });
});
