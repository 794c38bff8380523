import { randomBytes, randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBudget } from "@/lib/alerts/budgets";
import { API_SCOPES, ROLES, SYSTEM_ACTOR, type ApiScope, type Ctx, type Role } from "@/lib/auth/actor";
import { createUser } from "@/lib/auth/create-user";
import { hashApiKey } from "@/lib/auth/key-actor";
import { hashPassword } from "@/lib/auth/password";
import { startBenchmark } from "@/lib/advisor/benchmark";
import { seedFinding } from "@/lib/advisor/findings/testing";
import { createChange, createFreeze } from "@/lib/changes/store";
import { startOf } from "@/lib/changes/rollout/state";
import { usualPlan } from "@/lib/changes/rollout/plan";
import { mintSession, sessionCookie } from "@/lib/auth/session";
import { db as processDb } from "@/lib/db";
import { createSuite } from "@/lib/evaluations/create-suite";
import { startRun } from "@/lib/evaluations/start-run";
import { publishApproved } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken } from "@/lib/fleet";
import { createExport } from "@/lib/exports";
import { createLogger } from "@/lib/log";
import { enqueueNotification } from "@/lib/notifications";
import { createChannel } from "@/lib/notifications/channels/change-channels";
import { createSilence } from "@/lib/notifications/routing/silences";
import { queues } from "@/lib/queue";
import { acceptUsage } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { createSavedView } from "@/lib/workspace";
import { ingestEvents } from "@/workers/ingest/ingest-events";
import { ACCESS, METHODS, PUBLIC, type Access, type Call, type Case, type Method, type Seeded } from "./access-table";

const A = "tenant-a-open";
const B = "tenant-b-secret";
const APP = path.join(import.meta.dirname, "..");

type Handler = ((request: Request, next: { params: Promise<Record<string, string>> }) => Promise<Response>) & {
  access?: { role: Role; scope?: ApiScope };
};

interface Caller {
  name: string;
  /** A user's id, or the key's. */
  id: string;
  role?: Role;
  scopes?: readonly ApiScope[];
  limited: boolean;
  headers: Record<string, string>;
}

let db: TestDatabase;
let ctx: Ctx;
let seeded: Omit<Seeded, "n">;
const callers: Caller[] = [];
let calls = 0;

const files = fs
  .readdirSync(APP, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => path.posix.basename(file) === "route.ts");

const load = (file: string) => import(path.join(APP, file)) as Promise<Partial<Record<Method, Handler>>>;

beforeAll(async () => {
  db = await testDatabase({ max: 10 });
  Object.assign(process.env, {
    DATABASE_URL: db.url,
    HEADROOM_SECRET: "a-secret-of-the-tests-with-32-characters",
    HEADROOM_URL: "http://localhost:3000",
  });
  ctx = { actor: SYSTEM_ACTOR, db, now: new Date(), log: createLogger("test") };
  await seed();
  for (const role of ROLES) for (const limited of [false, true]) callers.push(await person(role, limited));
  for (const scope of API_SCOPES) for (const limited of [false, true]) callers.push(await apiKey([scope], limited));
}, 60_000);
afterAll(async () => {
  await queues({ databaseUrl: db.url }).close();
  await processDb().close();
  await db.close();
});

async function person(role: Role, limited: boolean): Promise<Caller> {
  const name = `${limited ? "limited " : ""}${role}`;
  // Not through createUser: an admin limited to tenants cannot be made there, and must be harmless all the same.
  const user = await db.prisma.user.create({
    data: {
      email: `${name.replace(" ", "-")}@test.example`,
      name,
      role,
      passwordHash: await hashPassword("correct horse battery"),
      tenantLimited: limited,
      tenants: limited ? { create: [{ tenantId: A }] } : {},
    },
  });
  const cookie = `${sessionCookie().name}=${await mintSession({ userId: user.id, epoch: 0 })}`;
  return { name, id: user.id, role, limited, headers: { cookie, "sec-fetch-site": "same-origin" } };
}

async function apiKey(scopes: ApiScope[], limited: boolean): Promise<Caller> {
  const key = `hr_${randomBytes(32).toString("base64url")}`;
  const name = `${limited ? "limited " : ""}key for ${scopes.join()}`;
  const row = await db.prisma.apiKey.create({
    data: { name, prefix: key.slice(0, 10), hash: hashApiKey(key), scopes, tenantId: limited ? A : null },
  });
  return { name, id: row.id, scopes, limited, headers: { authorization: `Bearer ${key}` } };
}

/** Two tenants with the same kinds of data. Everything of B carries its marker, but for ids that somebody could guess. */
async function seed(): Promise<void> {
  const now = Date.now();
  await db.prisma.tenant.createMany({ data: [A, B].map((id) => ({ id, name: id })) });
  await db.pool.query("update workspace set tag_keys = '{team}'");
  const keys: Record<string, { id: string; prefix: string }> = {};
  for (const tenant of [A, B]) {
    const short = tenant.slice(7, 8);
    const apiKeyRow = await db.prisma.apiKey.create({
      data: {
        name: `${tenant} key`,
        prefix: `hr_${short}key000`,
        hash: hashApiKey(tenant),
        scopes: ["ingest"],
        tenantId: tenant,
      },
    });
    keys[tenant] = apiKeyRow;
    const pool = `${tenant}-pool`;
    await db.prisma.pool.create({ data: { id: pool, name: pool, model: `${tenant}-model`, engine: "vllm" } });
    await db.prisma.node.create({ data: { id: `${tenant}-node`, poolId: pool, gpuType: "H100", gpuCount: 1 } });
    const items = [1, 2].map((attempt) => ({
      value: {
        id: `evt-${short}-${attempt}`,
        occurredAt: new Date(now - 60_000 + attempt).toISOString(),
        tenant,
        endpoint: `${tenant}-endpoint`,
        feature: `${tenant}-feature`,
        route: `${tenant}-route`,
        provider: `${tenant}-provider`,
        modelRequested: `${tenant}-model`,
        gateway: `${tenant}-gateway`,
        pool,
        node: `${tenant}-node`,
        requestId: `req-${short}`,
        attempt,
        final: attempt === 2,
        actionId: `action-${short}`,
        actionStep: `${tenant}-step`,
        status: attempt === 2 ? "success" : "error",
        meters: { input: 100, output: 10 },
        timing: { latencyMs: 100 },
        tags: { team: `${tenant}-team` },
      },
    }));
    const door = { now, rawRetentionDays: 35, tenants: "all" as const, apiKeyId: apiKeyRow.id };
    const { answer, events } = acceptUsage(items, door, true);
    expect(answer).toMatchObject({ accepted: 2, rejected: 0 });
    expect(await ingestEvents({ db, log: ctx.log }, events)).toMatchObject({ stored: 2 });
    await db.pool.query(
      `insert into telemetry.outcome (id, occurred_at, received_at, tenant, endpoint, request_id, kpi, value, label, content_hash)
       values ($1, now(), now(), $2, $2, $3, 'resolved', 1, $2, 1)`,
      [`outcome-${short}`, tenant, `req-${short}`],
    );
    await db.pool.query(
      `insert into telemetry.dead_letter (received_at, source, code, reason, event_id, tenant, payload)
       values (now(), 'usage', 'conflict', $1, $2, $1, $3)`,
      [tenant, `dead-${short}`, JSON.stringify({ ...items[0]!.value, id: `dead-${short}` })],
    );
    await db.pool.query(
      `insert into telemetry.node_sample (node, at, pool, gpu_count, interval_sec, busy_gpu_ms, idle_gpu_ms, busy_nano, idle_nano)
       values ($1, now(), $2, 1, 15, 10000, 5000, 100, 50)`,
      [`${tenant}-node`, pool],
    );
    await db.prisma.priceRule.create({
      data: {
        book: "tenant",
        tenantId: tenant,
        provider: `${tenant}-provider`,
        model: `${tenant}-model`,
        match: { model: { equals: `${tenant}-model` } },
        prices: { input: { base: "1", tiers: [] } },
        effectiveFrom: new Date(now - 30_000),
        source: "contract",
      },
    });
    await db.pool.query(
      `insert into telemetry.otlp_metric_point (series, at, received_at, metric, measure, temporality, tenant, provider, model, value)
       values ($1, now(), now(), 'gen_ai.client.token.usage', 'input', 'delta', $2, $2, $2, 10)`,
      [tenant === A ? 1 : 2, tenant],
    );
  }
  for (const tenant of [A, B]) {
    await db.prisma.$transaction((tx) =>
      enqueueNotification(tx, {
        dedupeKey: tenant,
        source: "alert",
        kind: "alert.triggered",
        severity: "warning",
        title: `${tenant} spends more`,
        body: "",
        path: "/alerts",
        labels: {},
        tenants: [tenant],
        groupKey: tenant,
        facts: [],
        at: new Date(now),
      }),
    );
  }
  const { user } = await createUser(ctx, {
    email: "owner@test.example",
    name: `${B} owner`,
    role: "analyst",
    tenants: [B],
    ssoOnly: true,
  });
  const owner: Ctx = { ...ctx, actor: { kind: "user", id: user.id, name: user.name, role: "analyst", tenants: [B] } };
  await createSavedView(owner, { name: `${B} view`, path: "/explore", query: `tenant=${B}`, shared: true });
  const letter = await db.pool.query<{ id: bigint }>("select id from telemetry.dead_letter where tenant = $1", [B]);
  seeded = {
    from: new Date(now - 3_600_000).toISOString(),
    to: new Date(now + 60_000).toISOString(),
    requestA: "req-a",
    requestB: "req-b",
    keyPrefixA: keys[A]!.prefix,
    keyPrefixB: keys[B]!.prefix,
    deadLetterB: String(letter.rows[0]!.id),
    newUser: async () =>
      (
        await createUser(ctx, {
          email: `${randomBytes(6).toString("hex")}@test.example`,
          name: "T",
          role: "viewer",
          ssoOnly: true,
        })
      ).user.id,
    newApiKey: async () => (await apiKey(["read"], false)).id,
    newTarget: async () => {
      const name = `target-${randomBytes(6).toString("hex")}`;
      const said = { connector: "engine", environment: "production", publicKey: {}, version: "1" };
      const { id } = await db.prisma.target.create({ data: { name, ...said, enrolledAt: ctx.now, stateAt: ctx.now } });
      const payload = { schema: 1 as const, connector: "engine" as const, content: { engine: { model: `${B}-model` } } };
      await db.prisma.$transaction((tx) => publishApproved(tx, ctx, { targetId: id, payload, reason: "test" }));
      return id;
    },
    newEnrolmentToken: async () => (await createEnrolmentToken(ctx, {})).enrolmentToken.id,
    newChange,
    newRollout: async () => {
      const { id: changeId } = await newChange("nobody", B);
      const state = startOf(ctx.now.getTime());
      await db.prisma.change.update({ where: { id: changeId }, data: { status: "executing" } });
      const plan = usualPlan("traffic");
      const data = { changeId, phase: state.phase, state: state as object, plan, startedAt: ctx.now };
      return (await db.prisma.rollout.create({ data })).id;
    },
    newSuite: async () => (await createSuite(ctx, echoSuite())).id,
    newEvaluation: async (tenant) => {
      const { id, contentHash } = await newChange("nobody", tenant);
      const { id: suiteId } = await createSuite(ctx, echoSuite());
      const arm = (model: string) => ({ kind: "endpoint" as const, baseUrl: "http://127.0.0.1:9/v1", model });
      const order = { suiteId, subject: `change:${id}`, contentHash, baseline: arm("a"), candidate: arm("b"), judge: null };
      return (await db.prisma.$transaction((tx) => startRun(tx, ctx, order))).id;
    },
    newFreeze: async () => {
      const times = { startsAt: "2100-01-01T00:00:00Z", endsAt: "2100-01-02T00:00:00Z" };
      return (await createFreeze(ctx, { ...times, reason: "Made by a test" })).id;
    },
    newChannel: async () => {
      const hook = { name: `Hook ${randomUUID()}`, kind: "webhook" as const, config: { url: "https://hooks.example/" } };
      return (await createChannel(ctx, hook)).id;
    },
    newSilence: async () => {
      const matchers = [{ label: "tenant", op: "is" as const, values: [B] }];
      return (await createSilence(ctx, { matchers, comment: "Made by a test", endsAt: "2100-01-01T00:00:00Z" })).id;
    },
    newBudget: async (tenant) =>
      (await createBudget(ctx, { name: tenant, scope: [{ dimension: "tenant", in: [tenant] }], amount: "100" })).id,
    newFinding: (tenant) => seedFinding(ctx, tenant),
    newBenchmark: async () => {
      // At most five wait; these only wait.
      await db.pool.query("update benchmark set status = 'cancelled'");
      const endpoint = { kind: "url" as const, baseUrl: "http://127.0.0.1:9/v1" };
      return (await startBenchmark(ctx, { endpoint, model: "chat" }, ["127.0.0.1:9"])).id;
    },
    newExport: async (ownerId) => {
      const actor = { ...SYSTEM_ACTOR, kind: "user" as const, id: ownerId };
      const month = new Date().toISOString().slice(0, 7);
      const { id } = await createExport({ ...ctx, actor }, { kind: "focus", month });
      // At most five are open a person; these only wait.
      await db.pool.query("update export_job set status = 'cancelled' where owner_id = $1 and id <> $2", [ownerId, id]);
      return id;
    },
    newView: async (ownerId) => {
      // A key has no views; the owner does not matter to a call that is refused.
      const id = callers.some((caller) => caller.id === ownerId && caller.role) ? ownerId : user.id;
      const data = { ownerId: id, name: randomBytes(6).toString("hex"), path: "/explore", query: "" };
      return (await db.prisma.savedView.create({ data })).id;
    },
  };
}

const echoSuite = () => ({
  name: `Suite ${randomBytes(6).toString("hex")}`,
  cases: [
    {
      id: "hello",
      taskType: "other" as const,
      messages: [{ role: "user" as const, content: "Say hello." }],
      checks: [{ kind: "contains" as const, text: "hello" }],
    },
  ],
});

async function newChange(ownerId: string, tenant: string): Promise<{ id: string; contentHash: string }> {
  const scope = { level: "tenant", value: tenant } as const;
  const edits = [{ kind: "tokens" as const, scope, document: { maxOutputTokens: 500 }, baseVersion: 0 }];
  const { id } = await createChange(ctx, { title: `Shorter answers of ${tenant}`, rationale: "Made by a test", edits });
  const data = { authorId: ownerId, contributors: [ownerId] };
  return db.prisma.change.update({ where: { id }, data, select: { id: true, contentHash: true } });
}

const next = (): Seeded => ({ ...seeded, n: (calls += 1) });

async function send(entry: Access, call: Call, headers: Record<string, string>): Promise<Response> {
  const handler = (await load(entry.file))[entry.method]!;
  const url = new URL(`/${path.posix.dirname(entry.file)}`, "http://localhost:3000");
  for (const [name, value] of Object.entries(call.search ?? {})) url.searchParams.set(name, value);
  const init = { method: entry.method, headers: new Headers(headers), body: null as string | null };
  if (call.body !== undefined) {
    init.body = JSON.stringify(call.body);
    init.headers.set("content-type", "application/json");
  }
  return handler(new Request(url, init), {
    params: Promise.resolve(call.params ?? {}),
  });
}

/** The status that the table asks for. */
function expectedStatus(entry: Access, one: Case, caller: Caller): number {
  if (caller.role) {
    if (ROLES.indexOf(caller.role) < ROLES.indexOf(entry.role)) return 403;
  } else {
    if (!entry.scope || !(caller.scopes!.includes(entry.scope) || caller.scopes!.includes("admin"))) return 403;
  }
  return caller.limited ? (one.limited ?? one.ok ?? 200) : (one.ok ?? 200);
}

const markersIn = (body: string) => ({ showsA: body.includes(A), showsB: body.includes(B) });

const titleOf = (entry: Access) => `${entry.method} /${path.posix.dirname(entry.file)}`;

describe("the access table", () => {
  it("knows every route and every method, with the access that the code declares", async () => {
    const declared: string[] = [];
    for (const file of files) {
      if (PUBLIC[file]) continue;
      const handlers = await load(file);
      for (const method of METHODS) {
        const handler = handlers[method];
        if (handler)
          declared.push(`${method} ${file} ${handler.access?.role ?? "NOT MADE BY route()"} ${handler.access?.scope ?? "-"}`);
      }
    }
    const listed = ACCESS.map(({ method, file, role, scope }) => `${method} ${file} ${role} ${scope ?? "-"}`);
    expect(declared.toSorted()).toEqual(listed.toSorted());
    expect(Object.keys(PUBLIC).filter((file) => !files.includes(file))).toEqual([]);
  });
});

describe.each(ACCESS.map((entry) => [titleOf(entry), entry] as const))("%s", (_title, entry) => {
  it("answers 401 to nobody, to a forged session and to an unknown key", async () => {
    const strangers: Record<string, string>[] = [
      {},
      { cookie: `${sessionCookie().name}=forged`, "sec-fetch-site": "same-origin" },
      { authorization: `Bearer hr_${"x".repeat(43)}` },
    ];
    for (const headers of strangers) {
      const answer = await send(entry, await entry.cases[0]!.call(next(), "nobody"), headers);
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain(B);
    }
  });

  const changes = entry.method === "GET" ? [] : [entry.method];
  it.each(changes)("%s changes nothing for a session that is used from another site: 403", async () => {
    const admin = callers.find((caller) => caller.name === "admin")!;
    const call = await entry.cases[0]!.call(next(), admin.id);
    const seededRows = await db.prisma.auditEvent.count();
    const cookie = admin.headers["cookie"]!;
    const foreign: Record<string, string>[] = [
      { cookie, "sec-fetch-site": "cross-site" },
      { cookie, origin: "https://evil.example" },
      { cookie },
    ];
    for (const headers of foreign) expect((await send(entry, call, headers)).status).toBe(403);
    expect(await db.prisma.auditEvent.count()).toBe(seededRows);
  });

  it.each(entry.cases.map((one) => [one.name ?? "as intended", one] as const))(
    "%s: each caller gets what is theirs",
    async (_name, one) => {
      for (const caller of callers) {
        const answer = await send(entry, await one.call(next(), caller.id), caller.headers);
        const body = await answer.text();
        const got = {
          caller: caller.name,
          status: answer.status,
          requestId: answer.headers.has("x-request-id"),
          ...markersIn(body),
        };
        const fine = answer.status < 400;
        expect({ ...got, body: body.slice(0, 300) }).toMatchObject({
          caller: caller.name,
          status: expectedStatus(entry, one, caller),
          requestId: true,
          ...(fine && caller.limited && one.showsA ? { showsA: true } : {}),
          ...(fine && !caller.limited ? (one.showsB ? { showsB: true } : {}) : { showsB: false }),
        });
      }
    },
  );
});

describe("what a sender who is limited to tenant A says about tenant B", () => {
  it.each(["limited lead", "limited key for ingest"])("is refused item by item, the rest goes in: %s", async (name) => {
    const caller = callers.find((one) => one.name === name)!;
    const entry = ACCESS.find(({ file }) => file === "api/v1/usage/route.ts")!;
    const good = ((await entry.cases[0]!.call(next(), caller.id)).body as { events: object[] }).events[0]!;
    const answer = await send(entry, { body: { events: [{ ...good, id: `stolen-${calls}`, tenant: B }, good] } }, caller.headers);
    expect(answer.status).toBe(207);
    expect(await answer.json()).toMatchObject({
      accepted: 1,
      rejected: 1,
      items: [{ index: 0, status: "rejected", field: "tenant" }],
    });
  });
});
