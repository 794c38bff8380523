/**
 * Who may call what: every route of the console, with a request that works. routes.test.ts calls each of them for real
 * as everybody, and fails when a route file or a method is missing here.
 */
import type { ApiScope, Role } from "@/lib/auth/actor";

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type Method = (typeof METHODS)[number];

/** What the seeded data set offers to requests; `n` is new for every call. */
export interface Seeded {
  n: number;
  /** Covers the seeded events. */
  from: string;
  to: string;
  requestA: string;
  requestB: string;
  keyPrefixA: string;
  keyPrefixB: string;
  deadLetterB: string;
  newUser: () => Promise<string>;
  newApiKey: () => Promise<string>;
  /** A target with one order. */
  newTarget: () => Promise<string>;
  newEnrolmentToken: () => Promise<string>;
  /** A draft of whoever is calling, about one tenant. */
  newChange: (ownerId: string, tenant: string) => Promise<{ id: string; contentHash: string }>;
  /** A rollout of a change about tenant B. */
  newRollout: () => Promise<string>;
  newSuite: () => Promise<string>;
  /** A waiting evaluation of a change of `tenant`. */
  newEvaluation: (tenant: string) => Promise<string>;
  newFreeze: () => Promise<string>;
  newChannel: () => Promise<string>;
  /** About tenant B. */
  newSilence: () => Promise<string>;
  /** A soft budget of `tenant`, owned by nobody in particular. */
  newBudget: (tenant: string) => Promise<string>;
  /** An open finding of the advisor about one tenant that a task solves. */
  newFinding: (tenant: string) => Promise<string>;
  /** A waiting latency benchmark. */
  newBenchmark: () => Promise<string>;
  /** A waiting export of somebody, of all tenants. */
  newExport: (ownerId: string) => Promise<string>;
  /** A saved view that belongs to whoever is calling. */
  newView: (ownerId: string) => Promise<string>;
}

export interface Call {
  search?: Record<string, string>;
  params?: Record<string, string>;
  /** JSON. */
  body?: unknown;
}

/** How an answer depends on who asks, once the role or scope suffices. */
export interface Case {
  /** What is asked, when a route has several cases. */
  name?: string;
  call: (seeded: Seeded, callerId: string) => Call | Promise<Call>;
  /** Expected status. Default 200. */
  ok?: number;
  /** Expected status for those who are limited to tenant A. Default: `ok`. */
  limited?: number;
  /** Somebody who may see everything finds tenant B's marker in the answer: proof that its absence means something. */
  showsB?: boolean;
  /** Somebody limited to tenant A finds their own data. */
  showsA?: boolean;
}

export interface Access {
  file: string;
  method: Method;
  role: Role;
  /** Absent: API keys are refused. */
  scope?: ApiScope;
  cases: Case[];
}

/** Routes that answer without knowing who asks, and why that is right. */
export const PUBLIC: Record<string, string> = {
  "api/auth/[...nextauth]/route.ts": "signing in comes before being somebody; csrf token and rate limit are its own",
  "api/fleet/v1/[...path]/route.ts":
    "targets prove themselves to the fleet server behind it: a token to enrol, a signature to sync",
  "healthz/route.ts": "says whether this replica is alive, and nothing else",
};

const alertRule = (n: number) => ({
  name: `Rule ${n}`,
  metric: "cost_usd",
  condition: { type: "threshold", direction: "above", value: "1000000" },
});

const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";
const TENANT_B = "tenant-b-secret";

const usageEvent = ({ n }: Seeded, tenant: string) => ({
  id: `route-${n}-${tenant === TENANT_B ? "b" : "a"}`,
  occurredAt: new Date().toISOString(),
  tenant,
  endpoint: "answers",
  provider: "openai",
  modelRequested: "gpt-4o",
  status: "success",
  meters: { input: 1, output: 1 },
});
const query = ({ from, to }: Seeded, groupBy: string[], filters: object[] = []) => ({
  metrics: ["requests", "cost_usd"],
  groupBy,
  filters,
  from,
  to,
  grain: "total",
});
const ofTenantB = [{ dimension: "tenant", in: [TENANT_B] }];

const refOf = (level: string, value: string) => ({ kind: "tokens", scope: { level, value } });
const draftOf = (level: string, value: string, document: object = { maxOutputTokens: 500 }) => ({
  ...refOf(level, value),
  document,
  baseVersion: 0,
});
const TENANT_A = "tenant-a-open";
const MONTH = new Date().toISOString().slice(0, 7);
const changeDraft = (tenant: string) => ({
  title: "Shorter answers",
  rationale: "Made by a test",
  edits: [draftOf("tenant", tenant)],
});
const everybodysDraft = { ...changeDraft(""), edits: [{ ...draftOf("global", ""), scope: { level: "global", value: null } }] };
const freeze = { startsAt: "2100-01-01T00:00:00Z", endsAt: "2100-01-02T00:00:00Z", reason: "Made by a test" };

const GOLDEN = {
  id: "hello",
  taskType: "other",
  messages: [{ role: "user", content: "Say hello." }],
  checks: [{ kind: "contains", text: "hello" }],
};
const BAD_GOLDEN = { ...GOLDEN, checks: [{ kind: "regex", pattern: "(" }] };
const endpointAt = (model: string) => ({ baseUrl: "http://169.254.169.254/v1", model });

const budget = (tenant: string | null, more: object = {}) => ({
  name: "Made by a test",
  scope: tenant ? [{ dimension: "tenant", in: [tenant] }] : [],
  amount: "100",
  ...more,
});

const webhookChannel = (n: number, url: string) => ({ name: `Hook ${n}`, kind: "webhook", config: { url } });
const silenceOf = (tenant: string) => ({
  matchers: [{ label: "tenant", op: "is", values: [tenant] }],
  comment: "Made by a test",
  endsAt: "2100-01-01T00:00:00Z",
});

export const ACCESS: Access[] = [
  // People and keys. Workspace-wide: an admin who is limited to tenants is refused.
  {
    file: "api/v1/users/route.ts",
    method: "GET",
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({}), limited: 403, showsB: true }],
  },
  {
    file: "api/v1/users/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { call: ({ n }) => ({ body: { email: `route-${n}@test.example`, name: "Made", role: "viewer" } }), ok: 201, limited: 403 },
      { name: "bad input", call: () => ({ body: { email: "no" } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/users/[id]/route.ts",
    method: "PATCH",
    role: "admin",
    scope: "admin",
    cases: [
      { call: async ({ newUser }) => ({ params: { id: await newUser() }, body: { name: "Renamed" } }), limited: 403 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID }, body: { name: "Renamed" } }), ok: 404, limited: 403 },
      { name: "not an id", call: () => ({ params: { id: "1" }, body: { name: "Renamed" } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/users/[id]/password/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { call: async ({ newUser }) => ({ params: { id: await newUser() } }), limited: 403 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 },
    ],
  },
  {
    file: "api/v1/api-keys/route.ts",
    method: "GET",
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({}), limited: 403, showsB: true }],
  },
  {
    file: "api/v1/api-keys/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({ body: { name: "made", scopes: ["read"] } }), ok: 201, limited: 403 }],
  },
  {
    file: "api/v1/api-keys/[id]/route.ts",
    method: "DELETE",
    role: "admin",
    scope: "admin",
    cases: [
      { call: async ({ newApiKey }) => ({ params: { id: await newApiKey() } }), limited: 403 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 },
    ],
  },
  {
    file: "api/v1/demo/route.ts",
    method: "GET",
    role: "viewer",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/me/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}), showsA: true }],
  },
  {
    file: "api/v1/me/password/route.ts",
    method: "POST",
    role: "viewer",
    cases: [
      { name: "wrong password", call: () => ({ body: { currentPassword: "wrong", newPassword: "a good new one" } }), ok: 422 },
    ],
  },
  // The workspace.
  {
    file: "api/v1/workspace/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/workspace/route.ts",
    method: "PATCH",
    role: "admin",
    scope: "admin",
    cases: [
      { call: ({ n }) => ({ body: { name: `Workspace ${n}` } }), limited: 403 },
      { name: "bad mapping", call: () => ({ body: { otlpMapping: { tenant: [""] } } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/tenants/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}), showsA: true, showsB: true }],
  },
  {
    file: "api/v1/tenants/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ call: ({ n }) => ({ body: { id: `made-${n}`, name: "Made" } }), ok: 201, limited: 403 }],
  },
  {
    file: "api/v1/tenants/[id]/route.ts",
    method: "PATCH",
    role: "admin",
    scope: "admin",
    cases: [
      { call: () => ({ params: { id: "tenant-a-open" }, body: { name: "tenant-a-open" } }), limited: 403 },
      { name: "unknown id", call: () => ({ params: { id: "nobody" }, body: { name: "X" } }), ok: 404, limited: 403 },
    ],
  },
  {
    file: "api/v1/audit/route.ts",
    method: "GET",
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({ search: { limit: "500" } }), limited: 403, showsB: true }],
  },
  {
    file: "api/v1/audit/verify/route.ts",
    method: "GET",
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({}), limited: 403 }],
  },
  {
    file: "api/v1/saved-views/route.ts",
    method: "GET",
    role: "viewer",
    cases: [{ call: () => ({}), showsB: true }],
  },
  {
    file: "api/v1/saved-views/route.ts",
    method: "POST",
    role: "analyst",
    cases: [{ call: ({ n }) => ({ body: { name: `view ${n}`, path: "/explore", query: "metric=cost_usd" } }), ok: 201 }],
  },
  {
    file: "api/v1/saved-views/[id]/route.ts",
    method: "DELETE",
    role: "analyst",
    cases: [
      { call: async ({ newView }, callerId) => ({ params: { id: await newView(callerId) } }), ok: 204 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
    ],
  },
  // Numbers and the requests behind them.
  {
    file: "api/v1/metrics/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/query/route.ts",
    method: "POST",
    role: "viewer",
    scope: "read",
    cases: [
      { name: "by tenant", call: (s) => ({ body: query(s, ["tenant", "endpoint"]) }), showsA: true, showsB: true },
      { name: "by model", call: (s) => ({ body: query(s, ["modelServed", "provider"]) }), showsB: true },
      { name: "by pool and node", call: (s) => ({ body: query(s, ["pool", "node"]) }), showsB: true },
      { name: "by tags", call: (s) => ({ body: query(s, ["tags"]) }), showsB: true },
      { name: "by route and feature", call: (s) => ({ body: query(s, ["route", "feature"]) }), showsB: true },
      { name: "of tenant B", call: (s) => ({ body: query(s, ["endpoint"], ofTenantB) }), showsB: true },
      { name: "nonsense", call: () => ({ body: { metrics: [] } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/annotations/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: ({ from, to }) => ({ search: { from, to } }), showsA: true, showsB: true },
      { name: "no period", call: () => ({}), ok: 400 },
    ],
  },
  {
    file: "api/v1/export/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [
      { call: (s) => ({ search: { query: JSON.stringify(query(s, ["tenant", "endpoint"])) } }), showsA: true, showsB: true },
      { name: "nonsense", call: () => ({ search: { query: "{" } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/export/route.ts",
    method: "POST",
    role: "analyst",
    scope: "read",
    cases: [{ call: (s) => ({ body: query(s, ["endpoint"], ofTenantB) }), showsB: true }],
  },
  {
    file: "api/v1/requests/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: ({ from, to }) => ({ search: { from, to } }), showsA: true, showsB: true },
      { name: "attempts", call: ({ from, to }) => ({ search: { from, to, rows: "attempts", sort: "cost" } }), showsB: true },
      { name: "of tenant B", call: ({ from, to }) => ({ search: { from, to, tenant: TENANT_B } }), showsB: true },
      { name: "by the id of a request of B", call: ({ requestB }) => ({ search: { q: requestB } }), showsB: true },
    ],
  },
  {
    file: "api/v1/requests/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { name: "of tenant A", call: ({ requestA }) => ({ params: { id: requestA } }), showsA: true },
      { name: "of tenant B", call: ({ requestB }) => ({ params: { id: requestB } }), limited: 404, showsB: true },
      {
        name: "of tenant B, tenant given",
        call: ({ requestB }) => ({ params: { id: requestB }, search: { tenant: TENANT_B } }),
        limited: 404,
        showsB: true,
      },
      { name: "unknown id", call: () => ({ params: { id: "nothing" } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/pools/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}), showsB: true }],
  },
  {
    file: "api/v1/actions/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: ({ from, to }) => ({ search: { from, to } }) }],
  },
  {
    file: "api/v1/prefixes/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: ({ from, to }) => ({ search: { from, to } }) }],
  },
  {
    file: "api/v1/allocations/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: ({ from, to }) => ({ search: { from, to } }) }],
  },
  { file: "api/v1/gpu-terms/route.ts", method: "GET", role: "analyst", scope: "read", cases: [{ call: () => ({}) }] },
  {
    file: "api/v1/gpu-terms/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      {
        call: ({ n }) => ({
          body: { terms: { kind: "line", name: `line ${n}`, usdPerGpuHour: "0.1" }, note: "Made by a test" },
        }),
        ok: 201,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/gpu-terms/[id]/withdraw/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 }],
  },
  {
    file: "api/v1/dead-letters/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: () => ({}), showsA: true, showsB: true }],
  },
  {
    file: "api/v1/dead-letters/[id]/replay/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { name: "of tenant B", call: ({ deadLetterB }) => ({ params: { id: deadLetterB } }), limited: 404 },
      { name: "unknown id", call: () => ({ params: { id: "999999" } }), ok: 404 },
    ],
  },
  // Statements and rates of exchange.
  {
    file: "api/v1/statements/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { name: "of tenant A", call: () => ({ search: { tenant: TENANT_A, month: MONTH } }), showsA: true },
      { name: "of tenant B", call: () => ({ search: { tenant: TENANT_B, month: MONTH } }), limited: 404, showsB: true },
      { name: "no month", call: () => ({ search: { tenant: TENANT_A } }), ok: 400 },
      { name: "of nobody", call: () => ({ search: { tenant: "nobody-knows", month: MONTH } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/statements/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      { name: "draft of tenant A", call: () => ({ body: { action: "draft", tenant: TENANT_A, month: MONTH } }) },
      {
        name: "draft of tenant B",
        call: () => ({ body: { action: "draft", tenant: TENANT_B, month: MONTH } }),
        limited: 404,
        showsB: true,
      },
      { name: "no such move", call: () => ({ body: { action: "pay", tenant: TENANT_A, month: MONTH } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/statements/month/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: () => ({ search: { month: MONTH } }), showsA: true, showsB: true },
      { name: "no month", call: () => ({}), ok: 400 },
    ],
  },
  {
    file: "api/v1/statements/csv/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [
      { name: "of tenant B", call: () => ({ search: { tenant: TENANT_B, month: MONTH } }), limited: 404 },
      { name: "of tenant A", call: () => ({ search: { tenant: TENANT_A, month: MONTH } }) },
    ],
  },
  // Invoices are of the whole workspace.
  {
    file: "api/v1/invoices/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [
      { call: () => ({ search: { month: MONTH } }), limited: 403 },
      { name: "no month", call: () => ({}), ok: 400, limited: 403 },
    ],
  },
  {
    file: "api/v1/invoices/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ name: "nothing in it", call: () => ({ search: { month: MONTH }, body: {} }), ok: 422, limited: 403 }],
  },
  {
    file: "api/v1/invoices/[id]/route.ts",
    method: "DELETE",
    role: "admin",
    scope: "admin",
    cases: [{ name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 }],
  },
  {
    file: "api/v1/invoices/reconciliation/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [
      { call: () => ({ search: { month: MONTH, provider: "tenant-b-secret-provider" } }), limited: 403, showsB: true },
      { name: "no month", call: () => ({ search: { provider: "openai" } }), ok: 400, limited: 403 },
    ],
  },
  // Files: one's own only, whoever one is.
  {
    file: "api/v1/exports/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/exports/route.ts",
    method: "POST",
    role: "analyst",
    scope: "read",
    cases: [
      { name: "of a version that is none", call: () => ({ body: { kind: "focus", month: MONTH, version: "9" } }), ok: 400 },
      { name: "of nothing", call: () => ({ body: {} }), ok: 400 },
    ],
  },
  {
    file: "api/v1/exports/[id]/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [
      { name: "one's own", call: async ({ newExport }, caller) => ({ params: { id: await newExport(caller) } }), limited: 404 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/exports/[id]/route.ts",
    method: "DELETE",
    role: "analyst",
    scope: "read",
    cases: [
      { name: "one's own", call: async ({ newExport }, caller) => ({ params: { id: await newExport(caller) } }), limited: 404 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
    ],
  },
  ...(["download", "receipt"] as const).map((what): Access => ({
    file: `api/v1/exports/[id]/${what}/route.ts`,
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [
      {
        name: "of one that waits",
        call: async ({ newExport }, caller) => ({ params: { id: await newExport(caller) } }),
        ok: what === "download" ? 409 : 404,
        limited: 404,
      },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
    ],
  })),
  {
    file: "api/v1/pricing/fx-rates/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/pricing/fx-rates/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { call: () => ({ body: { rates: [{ currency: "EUR", day: "2026-11-01", rate: "0.92" }] } }), ok: 201, limited: 403 },
      { name: "of USD", call: () => ({ body: { rates: [{ currency: "USD", day: "2026-11-01", rate: "1" }] } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/pricing/fx-rates/import/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ name: "nothing in it", call: () => ({ body: {} }), ok: 422, limited: 403 }],
  },
  {
    file: "api/v1/pricing/rules/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: () => ({ search: { book: "tenant" } }), showsA: true, showsB: true }],
  },
  {
    file: "api/v1/pricing/rules/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      {
        call: ({ n }) => ({
          body: {
            book: "tenant",
            tenantId: TENANT_B,
            provider: "acme-ai",
            model: `m-${n}`,
            prices: { input: { base: "1" } },
            note: "x",
          },
        }),
        ok: 201,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/pricing/rules/[id]/withdraw/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ name: "unknown id", call: () => ({ params: { id: "999999" }, body: { note: "x" } }), ok: 404, limited: 403 }],
  },
  {
    file: "api/v1/pricing/match/route.ts",
    method: "POST",
    role: "analyst",
    scope: "read",
    cases: [
      { call: () => ({ body: { provider: "openai", model: "gpt-4o" } }) },
      { name: "of tenant B", call: () => ({ body: { provider: "openai", model: "gpt-4o", tenant: TENANT_B } }), limited: 404 },
    ],
  },
  {
    file: "api/v1/pricing/unpriced/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/pricing/gpu-rates/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/pricing/gpu-rates/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ call: ({ n }) => ({ body: { gpuType: `X${n}`, usdPerHour: "1", note: "x" } }), ok: 201, limited: 403 }],
  },
  {
    file: "api/v1/pricing/import/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      {
        call: () => ({ body: { "acme-ai/nova": { litellm_provider: "acme-ai", input_cost_per_token: 1e-6 } } }),
        limited: 403,
      },
    ],
  },
  { file: "api/v1/alerts/yaml/route.ts", method: "GET", role: "analyst", scope: "read", cases: [{ call: () => ({}) }] },
  {
    file: "api/v1/alerts/yaml/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      {
        call: ({ n }) => ({ body: { yaml: JSON.stringify({ version: 1, rules: [alertRule(n)] }) } }),
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/alerts/backtest/route.ts",
    method: "POST",
    role: "viewer",
    scope: "read",
    cases: [
      {
        call: ({ n }) => ({ body: { rule: { ...alertRule(n), groupBy: ["tenant"], everySec: 60, delaySec: 0 }, days: 1 } }),
        showsA: true,
        showsB: true,
      },
    ],
  },
  { file: "api/v1/alerts/rules/route.ts", method: "GET", role: "viewer", scope: "read", cases: [{ call: () => ({}) }] },
  {
    file: "api/v1/alerts/rules/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ call: ({ n }) => ({ body: alertRule(n) }), ok: 201, limited: 403 }],
  },
  {
    file: "api/v1/alerts/rules/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 }],
  },
  {
    file: "api/v1/alerts/rules/[id]/route.ts",
    method: "PUT",
    role: "admin",
    scope: "admin",
    cases: [
      {
        name: "unknown id",
        call: ({ n }) => ({ params: { id: UNKNOWN_ID }, body: { baseVersion: 1, rule: alertRule(n) } }),
        ok: 404,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/alerts/rules/[id]/actions/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID }, body: { action: "disable" } }), ok: 404, limited: 403 },
    ],
  },
  {
    file: "api/v1/alerts/incidents/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 }],
  },
  {
    file: "api/v1/alerts/incidents/[id]/actions/route.ts",
    method: "POST",
    role: "lead",
    scope: "admin",
    cases: [{ name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID }, body: { action: "acknowledge" } }), ok: 404 }],
  },
  {
    file: "api/v1/alerts/incidents/[id]/comments/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [{ name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID }, body: { text: "x" } }), ok: 404 }],
  },
  { file: "api/v1/alerts/incidents/route.ts", method: "GET", role: "viewer", scope: "read", cases: [{ call: () => ({}) }] },
  {
    file: "api/v1/advisor/findings/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: async ({ newFinding }) => (await newFinding(TENANT_B), {}), showsB: true },
      { name: "bad filter", call: () => ({ search: { state: "nonsense" } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/advisor/findings/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { name: "of tenant A", call: async ({ newFinding }) => ({ params: { id: await newFinding(TENANT_A) } }), showsA: true },
      {
        name: "of tenant B",
        call: async ({ newFinding }) => ({ params: { id: await newFinding(TENANT_B) } }),
        limited: 404,
        showsB: true,
      },
      { name: "no id", call: () => ({ params: { id: "nonsense" } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/advisor/findings/[id]/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      { call: async ({ newFinding }) => ({ params: { id: await newFinding(TENANT_A) }, body: { action: "start" } }) },
      {
        name: "of tenant B",
        call: async ({ newFinding }) => ({
          params: { id: await newFinding(TENANT_B) },
          body: { action: "dismiss", reason: "not now" },
        }),
        limited: 404,
        showsB: true,
      },
      {
        name: "no policy can do it",
        call: async ({ newFinding }) => ({ params: { id: await newFinding(TENANT_A) }, body: { action: "draft" } }),
        ok: 409,
      },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID }, body: { action: "reopen" } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/advisor/runs/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [{ call: () => ({}), ok: 202 }],
  },
  { file: "api/v1/advisor/audit/route.ts", method: "GET", role: "viewer", scope: "read", cases: [{ call: () => ({}) }] },
  {
    file: "api/v1/advisor/replay/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}), showsA: true, showsB: true }],
  },
  {
    file: "api/v1/advisor/replay/route.ts",
    method: "POST",
    role: "analyst",
    scope: "read",
    cases: [
      { name: "nonsense", call: () => ({ body: { scenario: { kind: "wish" } } }), ok: 400 },
      {
        name: "a tenant without requests",
        call: () => ({ body: { tenant: "nobody", scenario: { kind: "cap", maxOutputTokens: 100 } } }),
        ok: 422,
      },
    ],
  },
  {
    file: "api/v1/repricings/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: () => ({}), limited: 403 }],
  },
  {
    file: "api/v1/repricings/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [{ call: ({ from, to }) => ({ body: { from, to, note: "x" } }), ok: 201, limited: 403 }],
  },
  {
    file: "api/v1/repricings/[id]/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 }],
  },
  {
    file: "api/v1/repricings/[id]/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID }, body: { action: "apply" } }), ok: 404, limited: 403 },
    ],
  },
  {
    file: "api/v1/repricings/known-costs/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [
      { call: ({ from, to }) => ({ search: { from, to, asKnownOn: "2100-01-01T00:00:00Z" } }), showsA: true, showsB: true },
    ],
  },
  {
    file: "api/v1/welcome/route.ts",
    method: "GET",
    role: "viewer",
    cases: [
      { call: ({ keyPrefixA, from }) => ({ search: { key: keyPrefixA, since: from } }) },
      {
        name: "key of tenant B",
        call: ({ keyPrefixB, from }) => ({ search: { key: keyPrefixB, since: from } }),
        limited: 404,
        showsB: true,
      },
    ],
  },
  {
    file: "api/v1/waterfall/route.ts",
    method: "POST",
    role: "viewer",
    scope: "read",
    cases: [{ call: ({ from, to }) => ({ body: { from, to } }) }],
  },
  {
    file: "api/v1/advisor/playbooks/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({ search: { playbook: "D" } }) }],
  },
  {
    file: "api/v1/advisor/baselines/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/advisor/baselines/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        call: ({ n, from }) => ({
          body: { name: `Before ${n}`, from: new Date(Date.parse(from) - 86_400_000).toISOString(), to: from },
        }),
        ok: 201,
      },
    ],
  },
  {
    file: "api/v1/advisor/baselines/[id]/route.ts",
    method: "DELETE",
    role: "lead",
    scope: "admin",
    cases: [{ name: "no such baseline", call: () => ({ params: { id: "00000000-0000-4000-8000-000000000000" } }), ok: 404 }],
  },
  {
    file: "api/v1/advisor/campaigns/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/advisor/campaigns/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        call: ({ n, from }) => ({
          body: {
            name: `Campaign ${n}`,
            metric: "cost_per_request",
            startValue: "0.08",
            targetValue: "0.02",
            startsAt: from,
            endsAt: new Date(Date.parse(from) + 90 * 86_400_000).toISOString(),
            owner: "Ana Lyst",
          },
        }),
        ok: 201,
      },
    ],
  },
  {
    file: "api/v1/advisor/campaigns/[id]/route.ts",
    method: "DELETE",
    role: "lead",
    scope: "admin",
    cases: [{ name: "no such campaign", call: () => ({ params: { id: "00000000-0000-4000-8000-000000000000" } }), ok: 404 }],
  },
  {
    file: "api/v1/advisor/checklist/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/advisor/checklist/[endpoint]/route.ts",
    method: "PUT",
    role: "lead",
    scope: "admin",
    cases: [
      {
        call: () => ({
          params: { endpoint: "support.answer" },
          body: {
            model: "gpt-4o-mini",
            outputCap: 500,
            cache: "exact",
            latencyClass: "interactive",
            owner: "Lena Lead",
            budgetUsd: null,
            why: "Good enough in the evaluation.",
          },
        }),
        ok: 204,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/advisor/reviews/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/advisor/reviews/route.ts",
    method: "POST",
    role: "lead",
    scope: "admin",
    cases: [{ call: () => ({ body: { note: "Quarter" } }), ok: 201, limited: 403 }],
  },
  { file: "api/v1/advisor/benchmarks/route.ts", method: "GET", role: "viewer", scope: "read", cases: [{ call: () => ({}) }] },
  {
    file: "api/v1/advisor/benchmarks/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        name: "a host that nobody allowed",
        call: () => ({ body: { endpoint: { kind: "url", baseUrl: "http://127.0.0.1:9/v1" }, model: "chat" } }),
        ok: 400,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/advisor/benchmarks/estimate/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({ search: { model: "chat", runs: "50" } }) }],
  },
  {
    file: "api/v1/advisor/benchmarks/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: async ({ newBenchmark }) => ({ params: { id: await newBenchmark() } }) },
      { name: "as CSV", call: async ({ newBenchmark }) => ({ params: { id: await newBenchmark() }, search: { format: "csv" } }) },
    ],
  },
  {
    file: "api/v1/advisor/benchmarks/[id]/route.ts",
    method: "DELETE",
    role: "analyst",
    scope: "admin",
    cases: [{ call: async ({ newBenchmark }) => ({ params: { id: await newBenchmark() } }), limited: 403 }],
  },
  {
    file: "api/v1/advisor/benchmarks/[id]/compare/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      {
        call: async ({ newBenchmark }) => ({ params: { id: await newBenchmark() }, search: { with: await newBenchmark() } }),
      },
    ],
  },
  {
    file: "api/v1/advisor/calculators/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/advisor/calculators/[id]/route.ts",
    method: "POST",
    role: "viewer",
    scope: "read",
    cases: [
      { call: () => ({ params: { id: "llm-cost" }, body: { inputs: { hitRate: "25" } } }) },
      { name: "no such calculator", call: () => ({ params: { id: "magic" }, body: {} }), ok: 404 },
    ],
  },
  {
    file: "api/v1/advisor/calculators/[id]/own/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: ({ from, to }) => ({ params: { id: "llm-cost" }, search: { from, to } }) }],
  },
  {
    file: "api/v1/otlp-coverage/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: ({ from, to }) => ({ search: { from, to } }), showsA: true, showsB: true }],
  },
  {
    file: "api/v1/openapi.json/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "metrics/route.ts",
    method: "GET",
    role: "admin",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  // Policies. A limited person sees the layers of their tenants, and what is effective for them. They are changed by changes only.
  {
    file: "api/v1/policies/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}), showsA: true, showsB: true }],
  },
  {
    file: "api/v1/policies/preview/route.ts",
    method: "POST",
    role: "viewer",
    scope: "read",
    cases: [
      { name: "of tenant A", call: () => ({ body: draftOf("tenant", "tenant-a-open") }), showsA: true },
      { name: "of tenant B", call: () => ({ body: draftOf("tenant", TENANT_B) }), limited: 403, showsB: true },
      { name: "nonsense", call: () => ({ body: { kind: "nothing" } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/policies/effective/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { name: "of tenant A", call: () => ({ search: { environment: "production", tenant: "tenant-a-open" } }) },
      { name: "of tenant B", call: () => ({ search: { environment: "production", tenant: TENANT_B } }), limited: 403 },
      { name: "of a pool", call: () => ({ search: { pool: `${TENANT_B}-pool` } }), limited: 403 },
      { name: "of nothing", call: () => ({ search: { tenant: "tenant-a-open" } }), ok: 400 },
    ],
  },
  ...(["document", "history"] as const).map((part): Access => ({
    file: `api/v1/policies/${part}/route.ts`,
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { name: "of tenant A", call: () => ({ search: { kind: "tokens", level: "tenant", value: "tenant-a-open" } }) },
      { name: "of tenant B", call: () => ({ search: { kind: "tokens", level: "tenant", value: TENANT_B } }), limited: 403 },
      { name: "of everybody", call: () => ({ search: { kind: "tokens", level: "global" } }), limited: 403 },
      { name: "of no kind", call: () => ({ search: { level: "global" } }), ok: 400 },
    ],
  })),
  {
    file: "api/v1/policies/diff/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      {
        name: "versions that never were",
        call: () => ({ search: { kind: "tokens", level: "tenant", value: "tenant-a-open", from: "0", to: "9" } }),
        ok: 404,
      },
      {
        name: "of tenant B",
        call: () => ({ search: { kind: "tokens", level: "tenant", value: TENANT_B, from: "0", to: "0" } }),
        limited: 403,
      },
    ],
  },
  // The fleet is not divided by tenant: limited people see names, health and generations, never what is ordered.
  {
    file: "api/v1/targets/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/targets/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: async ({ newTarget }) => ({ params: { id: await newTarget() } }) },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
      { name: "not an id", call: () => ({ params: { id: "1" } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/targets/[id]/outcome/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: async ({ newTarget }) => ({ params: { id: await newTarget() } }) },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
      { name: "not an id", call: () => ({ params: { id: "1" } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/targets/[id]/desired/[generation]/route.ts",
    method: "GET",
    role: "lead",
    scope: "admin",
    cases: [
      {
        call: async ({ newTarget }) => ({ params: { id: await newTarget(), generation: "1" } }),
        limited: 403,
        showsB: true,
      },
      { name: "unknown", call: () => ({ params: { id: UNKNOWN_ID, generation: "1" } }), ok: 404, limited: 403 },
      { name: "not a number", call: () => ({ params: { id: UNKNOWN_ID, generation: "x" } }), ok: 404 },
    ],
  },
  ...(["revoke", "release"] as const).map((verb): Access => ({
    file: `api/v1/targets/[id]/${verb}/route.ts`,
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { call: async ({ newTarget }) => ({ params: { id: await newTarget() }, body: { reason: "tested" } }), limited: 403 },
      { name: "no reason", call: async ({ newTarget }) => ({ params: { id: await newTarget() }, body: {} }), ok: 400 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID }, body: { reason: "tested" } }), ok: 404, limited: 403 },
    ],
  })),
  {
    file: "api/v1/enrolment-tokens/route.ts",
    method: "GET",
    role: "lead",
    scope: "admin",
    cases: [{ call: () => ({}), limited: 403 }],
  },
  {
    file: "api/v1/enrolment-tokens/route.ts",
    method: "POST",
    role: "lead",
    scope: "admin",
    cases: [
      { call: () => ({ body: { connector: "engine", pool: "llama" } }), ok: 201, limited: 403 },
      { name: "longer than an hour", call: () => ({ body: { minutes: 61 } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/enrolment-tokens/[id]/route.ts",
    method: "DELETE",
    role: "lead",
    scope: "admin",
    cases: [
      { call: async ({ newEnrolmentToken }) => ({ params: { id: await newEnrolmentToken() } }), limited: 403 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 },
    ],
  },
  // Changes. Of a tenant, for those who see that tenant; of everybody, for those who see everybody. To the others: 404.
  {
    file: "api/v1/changes/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: async ({ newChange }, caller) => (await newChange(caller, TENANT_B), {}), showsB: true },
      { name: "bad filter", call: () => ({ search: { status: "nonsense" } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/changes/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      { name: "about tenant A", call: () => ({ body: changeDraft(TENANT_A) }), ok: 201 },
      { name: "about tenant B", call: () => ({ body: changeDraft(TENANT_B) }), ok: 201, limited: 403, showsB: true },
      { name: "about everybody", call: () => ({ body: everybodysDraft }), ok: 201, limited: 403 },
      { name: "about nothing", call: () => ({ body: { ...changeDraft(TENANT_A), edits: [] } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/changes/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      {
        name: "about tenant B",
        call: async ({ newChange }, caller) => ({ params: { id: (await newChange(caller, TENANT_B)).id } }),
        limited: 404,
        showsB: true,
      },
      {
        name: "about tenant A",
        call: async ({ newChange }, caller) => ({ params: { id: (await newChange(caller, TENANT_A)).id } }),
        showsA: true,
      },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
      { name: "not an id", call: () => ({ params: { id: "1" } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/changes/[id]/route.ts",
    method: "PUT",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        name: "about tenant B",
        call: async ({ newChange }, caller) => {
          const { id, contentHash } = await newChange(caller, TENANT_B);
          return { params: { id }, body: { ...changeDraft(TENANT_B), contentHash } };
        },
        limited: 404,
        showsB: true,
      },
      {
        name: "from tenant A to tenant B",
        call: async ({ newChange }, caller) => {
          const { id, contentHash } = await newChange(caller, TENANT_A);
          return { params: { id }, body: { ...changeDraft(TENANT_B), contentHash } };
        },
        limited: 403,
      },
      {
        name: "edited since",
        call: async ({ newChange }, caller) => ({
          params: { id: (await newChange(caller, TENANT_A)).id },
          body: { ...changeDraft(TENANT_A), contentHash: "other" },
        }),
        ok: 409,
      },
    ],
  },
  {
    file: "api/v1/changes/[id]/actions/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        name: "on tenant B's",
        call: async ({ newChange }, caller) => {
          const { id, contentHash } = await newChange(caller, TENANT_B);
          return { params: { id }, body: { kind: "cancel", contentHash } };
        },
        limited: 404,
        showsB: true,
      },
      {
        name: "on tenant A's",
        call: async ({ newChange }, caller) => {
          const { id, contentHash } = await newChange(caller, TENANT_A);
          return { params: { id }, body: { kind: "cancel", contentHash } };
        },
      },
      {
        name: "edited since",
        call: async ({ newChange }, caller) => ({
          params: { id: (await newChange(caller, TENANT_A)).id },
          body: { kind: "submit", contentHash: "other" },
        }),
        ok: 409,
      },
      { name: "no action", call: () => ({ params: { id: UNKNOWN_ID }, body: { kind: "promote" } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/changes/[id]/comments/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        name: "on tenant B's",
        call: async ({ newChange }, caller) => ({
          params: { id: (await newChange(caller, TENANT_B)).id },
          body: { text: "Looks fine" },
        }),
        limited: 404,
        showsB: true,
      },
    ],
  },
  {
    file: "api/v1/changes/[id]/evidence/route.ts",
    method: "GET",
    role: "admin",
    scope: "admin",
    cases: [
      {
        call: async ({ newChange }, caller) => ({ params: { id: (await newChange(caller, TENANT_B)).id } }),
        limited: 403,
        showsB: true,
      },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 },
    ],
  },
  // Evaluations: suites are everybody's, runs belong to who sees their change.
  {
    file: "api/v1/evaluations/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/evaluations/route.ts",
    method: "POST",
    role: "lead",
    scope: "admin",
    cases: [
      { call: ({ n }) => ({ body: { name: `Suite ${n}`, cases: [GOLDEN] } }), ok: 201, limited: 403 },
      { name: "a bad pattern", call: ({ n }) => ({ body: { name: `Bad ${n}`, cases: [BAD_GOLDEN] } }), ok: 400, limited: 403 },
      { name: "no cases", call: () => ({ body: { name: "Nothing", cases: [] } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/evaluations/[id]/versions/route.ts",
    method: "POST",
    role: "lead",
    scope: "admin",
    cases: [
      {
        call: async ({ newSuite }) => ({
          params: { id: await newSuite() },
          body: { baseVersion: 1, message: "More", cases: [GOLDEN] },
        }),
        ok: 201,
        limited: 403,
      },
      {
        name: "of another version",
        call: async ({ newSuite }) => ({
          params: { id: await newSuite() },
          body: { baseVersion: 2, message: "More", cases: [GOLDEN] },
        }),
        ok: 409,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/evaluations/runs/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      {
        name: "about tenant B",
        call: async ({ newEvaluation }) => ({ params: { id: await newEvaluation(TENANT_B) } }),
        limited: 404,
      },
      { name: "about tenant A", call: async ({ newEvaluation }) => ({ params: { id: await newEvaluation(TENANT_A) } }) },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/evaluations/runs/[id]/route.ts",
    method: "DELETE",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        name: "about tenant B",
        call: async ({ newEvaluation }) => ({ params: { id: await newEvaluation(TENANT_B) } }),
        limited: 404,
      },
      { name: "about tenant A", call: async ({ newEvaluation }) => ({ params: { id: await newEvaluation(TENANT_A) } }) },
    ],
  },
  {
    file: "api/v1/changes/[id]/evaluations/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      {
        name: "about tenant B",
        call: async ({ newChange }, caller) => ({ params: { id: (await newChange(caller, TENANT_B)).id } }),
        limited: 404,
      },
    ],
  },
  {
    file: "api/v1/changes/[id]/evaluations/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        name: "about tenant B, a host that is not listed",
        call: async ({ newChange, newSuite }, caller) => ({
          params: { id: (await newChange(caller, TENANT_B)).id },
          body: { suiteId: await newSuite(), baseline: endpointAt("a"), candidate: endpointAt("b") },
        }),
        ok: 400,
      },
      {
        name: "about tenant B, no engine to start",
        call: async ({ newChange, newSuite }, caller) => ({
          params: { id: (await newChange(caller, TENANT_B)).id },
          body: { suiteId: await newSuite() },
        }),
        ok: 400,
        limited: 404,
      },
    ],
  },
  {
    file: "api/v1/changes/preview/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      { name: "about tenant A", call: () => ({ body: { edits: [draftOf("tenant", TENANT_A)] } }) },
      { name: "about everybody", call: () => ({ body: { edits: everybodysDraft.edits } }), limited: 403 },
    ],
  },
  {
    file: "api/v1/changes/export/route.ts",
    method: "GET",
    role: "analyst",
    scope: "read",
    cases: [{ call: async ({ newChange }, caller) => (await newChange(caller, TENANT_B), {}), showsB: true }],
  },
  {
    file: "api/v1/ledger/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }, { name: "nonsense", call: () => ({ search: { standing: "rich" } }), ok: 400 }],
  },
  { file: "api/v1/ledger/export/route.ts", method: "GET", role: "analyst", scope: "read", cases: [{ call: () => ({}) }] },
  {
    file: "api/v1/ledger/estimate/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      { name: "about tenant A", call: () => ({ body: { edits: [draftOf("tenant", TENANT_A)] } }) },
      { name: "about everybody", call: () => ({ body: { edits: everybodysDraft.edits } }) },
      { name: "nonsense", call: () => ({ body: { edits: [] } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/changes/stream/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({ search: { wait: "0", after: "0" } }) }],
  },
  {
    file: "api/v1/rollouts/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { call: async ({ newRollout }) => ({ params: { id: await newRollout() } }), limited: 404 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/rollouts/[id]/commands/route.ts",
    method: "POST",
    role: "lead",
    scope: "admin",
    cases: [
      { call: async ({ newRollout }) => ({ params: { id: await newRollout() }, body: { kind: "abort" } }), limited: 404 },
      { name: "no command", call: () => ({ params: { id: UNKNOWN_ID }, body: { kind: "supersede" } }), ok: 400 },
    ],
  },
  // Freezes hold the whole workspace: everybody may know of them, an admin of all of it makes them.
  {
    file: "api/v1/anomalies/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/anomalies/[id]/route.ts",
    method: "PUT",
    role: "analyst",
    scope: "admin",
    cases: [{ name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID }, body: { feedback: "real" } }), ok: 404 }],
  },
  {
    file: "api/v1/budgets/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      {
        call: async ({ newBudget }) => {
          await Promise.all([newBudget(TENANT_A), newBudget(TENANT_B)]);
          return {};
        },
        showsA: true,
        showsB: true,
      },
    ],
  },
  {
    file: "api/v1/budgets/route.ts",
    method: "POST",
    role: "analyst",
    scope: "admin",
    cases: [
      { name: "of tenant A", call: () => ({ body: budget(TENANT_A) }), ok: 201 },
      { name: "of tenant B", call: () => ({ body: budget(TENANT_B) }), ok: 201, limited: 400 },
      { name: "of everything", call: () => ({ body: budget(null) }), ok: 201, limited: 400 },
    ],
  },
  {
    file: "api/v1/budgets/preview/route.ts",
    method: "POST",
    role: "analyst",
    scope: "read",
    cases: [
      { name: "of tenant A", call: () => ({ body: budget(TENANT_A) }) },
      { name: "of tenant B", call: () => ({ body: budget(TENANT_B) }), limited: 403, showsB: true },
    ],
  },
  {
    file: "api/v1/budgets/[id]/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [
      { name: "of tenant A", call: async ({ newBudget }) => ({ params: { id: await newBudget(TENANT_A) } }), showsA: true },
      {
        name: "of tenant B",
        call: async ({ newBudget }) => ({ params: { id: await newBudget(TENANT_B) } }),
        limited: 404,
        showsB: true,
      },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404 },
    ],
  },
  {
    file: "api/v1/budgets/[id]/route.ts",
    method: "PUT",
    role: "analyst",
    scope: "admin",
    cases: [
      {
        name: "of tenant A",
        call: async ({ newBudget }) => ({ params: { id: await newBudget(TENANT_A) }, body: { ...budget(TENANT_A), version: 1 } }),
      },
      {
        name: "of tenant B, into one's own",
        call: async ({ newBudget }) => ({ params: { id: await newBudget(TENANT_B) }, body: { ...budget(TENANT_A), version: 1 } }),
        limited: 404,
      },
    ],
  },
  {
    file: "api/v1/budgets/[id]/route.ts",
    method: "DELETE",
    role: "analyst",
    scope: "admin",
    cases: [
      { name: "of tenant A", call: async ({ newBudget }) => ({ params: { id: await newBudget(TENANT_A) } }), ok: 204 },
      {
        name: "of tenant B",
        call: async ({ newBudget }) => ({ params: { id: await newBudget(TENANT_B) } }),
        ok: 204,
        limited: 404,
      },
    ],
  },
  {
    file: "api/v1/gateway/budget-caps/route.ts",
    method: "GET",
    role: "lead",
    scope: "ingest",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/freezes/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/freezes/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { call: () => ({ body: freeze }), ok: 201, limited: 403 },
      { name: "ends before it begins", call: () => ({ body: { ...freeze, endsAt: "2099-01-01T00:00:00Z" } }), ok: 400 },
    ],
  },
  {
    file: "api/v1/freezes/[id]/route.ts",
    method: "DELETE",
    role: "admin",
    scope: "admin",
    cases: [
      { call: async ({ newFreeze }) => ({ params: { id: await newFreeze() } }), limited: 403 },
      { name: "unknown id", call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 },
    ],
  },
  // Telemetry in. What a limited sender says about another tenant is refused item by item (tested apart).
  {
    file: "api/v1/usage/route.ts",
    method: "POST",
    role: "lead",
    scope: "ingest",
    cases: [{ call: (s) => ({ body: { events: [usageEvent(s, "tenant-a-open")] } }) }],
  },
  {
    file: "api/integrations/litellm/route.ts",
    method: "POST",
    role: "lead",
    scope: "ingest",
    cases: [{ call: () => ({ body: [] }) }],
  },
  {
    file: "api/v1/outcomes/route.ts",
    method: "POST",
    role: "lead",
    scope: "ingest",
    cases: [
      {
        call: ({ n, to, requestA }) => ({
          body: {
            outcomes: [
              { id: `outcome-${n}`, requestId: requestA, tenant: "tenant-a-open", kpi: "resolved", value: 1, occurredAt: to },
            ],
          },
        }),
      },
    ],
  },
  {
    file: "api/v1/samples/route.ts",
    method: "POST",
    role: "lead",
    scope: "ingest",
    cases: [
      {
        call: ({ to }) => ({ body: { samples: [{ node: "node-a", pool: "pool-a", at: to, gpuCount: 1, intervalSec: 15 }] } }),
        limited: 403,
      },
    ],
  },
  ...(["traces", "metrics", "logs"] as const).map((signal): Access => ({
    file: `api/otlp/v1/${signal}/route.ts`,
    method: "POST",
    role: "lead",
    scope: "ingest",
    cases: [{ call: () => ({ body: {} }) }],
  })),
  // Notifications. Channels, routing and the log of deliveries are of the whole workspace.
  {
    file: "api/v1/notifications/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}), showsA: true, showsB: true }],
  },
  {
    file: "api/v1/notifications/route.ts",
    method: "POST",
    role: "viewer",
    cases: [{ call: () => ({ body: { upTo: "0" } }) }],
  },
  {
    file: "api/v1/notification-channels/route.ts",
    method: "GET",
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({}), limited: 403 }],
  },
  {
    file: "api/v1/notification-channels/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      { call: ({ n }) => ({ body: webhookChannel(n, "https://hooks.example/x") }), ok: 201, limited: 403 },
      {
        name: "an address inside",
        call: ({ n }) => ({ body: webhookChannel(n, "http://169.254.169.254/latest/meta-data") }),
        ok: 400,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/notification-channels/[id]/route.ts",
    method: "PATCH",
    role: "admin",
    scope: "admin",
    cases: [
      {
        call: async ({ newChannel }) => ({ params: { id: await newChannel() }, body: { baseVersion: 1, enabled: false } }),
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/notification-channels/[id]/route.ts",
    method: "DELETE",
    role: "admin",
    scope: "admin",
    cases: [{ call: async ({ newChannel }) => ({ params: { id: await newChannel() } }), limited: 403 }],
  },
  {
    file: "api/v1/notification-channels/[id]/route.ts",
    method: "POST",
    role: "admin",
    scope: "admin",
    cases: [
      {
        call: async ({ newChannel }) => ({ params: { id: await newChannel() }, body: { action: "test" } }),
        ok: 202,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/notification-routing/route.ts",
    method: "GET",
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({}), limited: 403 }],
  },
  {
    file: "api/v1/notification-routing/route.ts",
    method: "PUT",
    role: "admin",
    scope: "admin",
    cases: [
      {
        name: "based on another version",
        call: () => ({
          body: { baseVersion: 99, document: { root: { channels: [], routes: [] }, inhibitions: [], schedules: [] } },
        }),
        ok: 409,
        limited: 403,
      },
    ],
  },
  {
    file: "api/v1/silences/route.ts",
    method: "GET",
    role: "viewer",
    scope: "read",
    cases: [{ call: () => ({}) }],
  },
  {
    file: "api/v1/silences/route.ts",
    method: "POST",
    role: "lead",
    scope: "admin",
    cases: [
      { name: "of tenant A", call: () => ({ body: silenceOf(TENANT_A) }), ok: 201 },
      { name: "of tenant B", call: () => ({ body: silenceOf(TENANT_B) }), ok: 201, limited: 403 },
    ],
  },
  {
    file: "api/v1/silences/[id]/route.ts",
    method: "DELETE",
    role: "lead",
    scope: "admin",
    cases: [{ call: async ({ newSilence }) => ({ params: { id: await newSilence() } }), limited: 404 }],
  },
  {
    file: "api/v1/notification-deliveries/route.ts",
    method: "GET",
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({}), limited: 403 }],
  },
  ...(["GET", "POST"] as const).map((method): Access => ({
    file: "api/v1/notification-deliveries/[id]/route.ts",
    method,
    role: "admin",
    scope: "admin",
    cases: [{ call: () => ({ params: { id: UNKNOWN_ID } }), ok: 404, limited: 403 }],
  })),
];
