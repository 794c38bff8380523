import fs from "node:fs";
import path from "node:path";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBudget, evaluateBudget, updateBudget } from "@/lib/alerts/budgets";
import { claimBudget } from "@/lib/alerts/budgets/store";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { freePort } from "@/lib/db/embedded";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { toNanoUsd } from "@/lib/money";
import { applyRollups, buildRollupDeltas } from "@/lib/metrics";
import { randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import { capFor, type BudgetCap } from "@/lib/protocol/budget-caps";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { serveRoutes, type ServedRoutes } from "@/lib/testing/serve-routes";
import { openUsageDoor, type UsageDoor } from "@/lib/testing/usage-door";
import { CLIENT_KEYS } from "./testing/gateway-process";
import { routeOf } from "./testing/in-process";
import { gatewayProgram, upstream } from "./testing/opened";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const cap = (scope: BudgetCap["scope"], resetAt = "2026-12-01T00:00:00.000Z"): BudgetCap => ({
  budgetId: randomUUID(),
  name: "Cap",
  scope,
  scopeWords: "words",
  spentUsd: "10",
  limitUsd: "10",
  resetAt,
});

describe("which cap a request meets", () => {
  const request = { tenant: "acme", endpoint: "support.answer", modelRequested: "chat" };
  it("the one whose whole scope fits; an empty scope is everybody's", () => {
    const acme = cap([{ dimension: "tenant", in: ["globex", "acme"] }]);
    const both = cap([...acme.scope, { dimension: "endpoint", in: ["search"] }]);
    expect(capFor([both, acme], request, NOW)).toBe(acme);
    expect(capFor([both], request, NOW)).toBeNull();
    expect(capFor([cap([])], {}, NOW)).not.toBeNull();
  });
  it("not one that is over at this very moment, nor one about what is not known yet", () => {
    expect(capFor([cap([], "2026-11-20T12:00:00.000Z")], request, NOW)).toBeNull();
    expect(capFor([cap([{ dimension: "modelServed", in: ["gpt-4.1", ""] }])], request, NOW)).toBeNull();
  });
});

describe("a gateway and a console, as programs", () => {
  let db: TestDatabase;
  let door: UsageDoor;
  let served: ServedRoutes | undefined;
  let GET: Parameters<typeof serveRoutes>[0][string];
  const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log: createLogger("test") });

  beforeAll(async () => {
    db = await testDatabase({ max: 10 });
    door = await openUsageDoor(db.url);
    GET = (await import("@/app/api/v1/gateway/budget-caps/route")).GET as typeof GET;
  });
  afterAll(async () => {
    await served?.close();
    await door.close();
    await db.close();
  });

  async function spend(tenant: string, usd: string): Promise<void> {
    // Only rollups are made here, and the minute that runs is read from raw rows.
    const at = Date.now() - 90_000;
    const one = randomRatedEvent(seededRandom(1), randomUUID(), at);
    const event = { ...one, tenant, final: true, shadow: false, rating: { ...one.rating, costNanoUsd: toNanoUsd(usd) } };
    await withTransaction(db.pool, (client) =>
      applyRollups(client, buildRollupDeltas([event], { timeZone: "UTC", tagKeys: [] }), { now: new Date() }),
    );
  }
  async function evaluate(): Promise<void> {
    await db.pool.query("update budget set due_at = 'epoch'");
    for (let claim = await claimBudget(db, new Date(), 60_000); claim; claim = await claimBudget(db, new Date(), 60_000)) {
      await evaluateBudget(ctx(), claim);
    }
  }

  it("refuses what is used up with 429, also restarted with the console away; lets the others through; releases when raised", async () => {
    const a = await upstream();
    const port = await freePort();
    const serve = () => serveRoutes({ "GET /api/v1/gateway/budget-caps": GET }, port);
    const setup = {
      upstreams: { a: a.url },
      policies: { routing: { routes: { chat: routeOf({ a: 1 }) } } },
      config: { console: { url: `http://127.0.0.1:${port}`, ingestKeyEnv: "HEADROOM_INGEST_KEY" } },
      env: { HEADROOM_INGEST_KEY: await door.key({}) },
    };
    const ask = (url: string, key: string, stream = false) =>
      fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: "chat", stream, messages: [{ role: "user", content: "hello" }] }),
      });
    const statusOf = async (url: string, key: string, stream = false) => {
      const answer = await ask(url, key, stream);
      await answer.text();
      return answer.status;
    };

    const fields = { name: "Acme in November", scope: [{ dimension: "tenant" as const, in: ["acme"] }], hard: true };
    const budget = await createBudget(ctx(), { ...fields, amount: "2.5" });
    served = await serve();
    const first = await gatewayProgram(setup);
    expect(await statusOf(first.url, CLIENT_KEYS.acme)).toBe(200);

    await spend("acme", "2.5");
    await evaluate();
    await first.said("budget caps in force");
    const refused = await ask(first.url, CLIENT_KEYS.acme);
    const { error } = (await refused.json()) as { error: { message: string; type: string; code: string } };
    expect(refused.status).toBe(429);
    expect(error).toMatchObject({ type: "rate_limit_error", code: "budget_exhausted" });
    expect(error.message).toMatch(
      /The budget "Acme in November" for tenant acme is used up: \$2\.5 spent of \$2\.5\. Requests are accepted again at \d{4}-\d\d-01T00:00:00\.000Z/,
    );
    const reset = Date.parse(/again at (\S+Z)/.exec(error.message)![1]!);
    expect(Math.abs(Number(refused.headers.get("retry-after")) - (reset - Date.now()) / 1_000)).toBeLessThan(30);
    expect(await statusOf(first.url, CLIENT_KEYS.acme, true)).toBe(429);
    expect(await statusOf(first.url, CLIENT_KEYS.globex)).toBe(200);

    // The console goes away, the gateway is killed and starts again: what it refused is still refused.
    await served.close();
    served = undefined;
    await first.kill("SIGKILL");
    const second = await gatewayProgram({ ...setup, dir: first.dir });
    expect(await statusOf(second.url, CLIENT_KEYS.acme)).toBe(429);
    expect(await statusOf(second.url, CLIENT_KEYS.globex)).toBe(200);

    // Raised while it was away: released when it is back.
    await updateBudget(ctx(), budget.id, { ...fields, amount: "100", version: 1 });
    await evaluate();
    served = await serve();
    await second.said("budget caps in force");
    await expect.poll(() => statusOf(second.url, CLIENT_KEYS.acme), { timeout: 30_000 }).toBe(200);
    await second.kill("SIGTERM");
  });

  it("a cap of a model leaves the others of the route; a cap that is over lets through without a console", async () => {
    const [large, small] = [await upstream(), await upstream()];
    const route = routeOf({ large: 1, small: 0 }, { fallback: { order: ["large", "small"] } });
    const port = await freePort();
    const setup = {
      upstreams: { large: large.url, small: small.url },
      policies: { routing: { routes: { chat: route } } },
      config: { console: { url: `http://127.0.0.1:${port}`, ingestKeyEnv: "HEADROOM_INGEST_KEY" } },
      env: { HEADROOM_INGEST_KEY: "none" },
    };
    const first = await gatewayProgram(setup);
    await first.kill("SIGTERM");
    const keep = (caps: BudgetCap[]) =>
      fs.writeFileSync(
        path.join(first.dir, "state/budget-caps.json"),
        JSON.stringify({ asOf: new Date().toISOString(), refreshSec: 5, caps }),
      );
    const target = { model: "model-large" };
    const ask = async (url: string) => {
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${CLIENT_KEYS.acme}` },
        body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hello" }] }),
      });
      await answer.text();
      return `${answer.status} ${answer.headers.get("x-headroom-model-served")}`;
    };
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    keep([cap([{ dimension: "modelServed", in: [target.model] }], soon)]);
    const second = await gatewayProgram({ ...setup, dir: first.dir });
    expect(await ask(second.url)).toMatch(/^200 /);
    expect(await ask(second.url)).not.toContain(target.model);
    await second.kill("SIGTERM");
    keep([cap([], new Date(Date.now() - 1).toISOString())]);
    const third = await gatewayProgram({ ...setup, dir: first.dir });
    expect(await ask(third.url)).toBe(`200 ${target.model}`);
    await third.kill("SIGTERM");
  });
});
