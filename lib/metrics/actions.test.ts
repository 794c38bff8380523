/** Whole actions and their outcomes, against numbers worked by hand. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import type { RatedEvent } from "@/lib/telemetry/event";
import { listActions } from "@/lib/telemetry/requests";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { applyRollups } from "./apply-rollups";
import { buildRollupDeltas } from "./build-deltas";
import { runQuery } from "./run-query";
import type { MetricCell } from "./schemas";
import { insertRawEvents, randomRatedEvent, seededRandom } from "./testing";

const START = Date.parse("2026-11-20T10:00:00Z");
const period = { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" };

let db: TestDatabase;
let ctx: Ctx;

/** Action n of 20: n calls of $0.01 and 100 tokens each, so $0.01 … $0.20 and 1 … 20 calls. */
function chain(n: number): RatedEvent[] {
  const base = randomRatedEvent(seededRandom(1), "x", START);
  return Array.from({ length: n }, (_, call): RatedEvent => ({
    ...base,
    id: `a${n}-${call}`,
    requestId: `a${n}-${call}`,
    occurredAt: START + n * 60_000 + call * 1_000,
    tenant: n === 20 ? "globex" : "acme",
    endpoint: "agent",
    actionId: `a${n}`,
    actionStep: call === 0 ? "plan" : "tool",
    attempt: 1,
    final: true,
    shadow: false,
    status: "success",
    cacheLayer: "none",
    cacheHit: false,
    latencyMs: 500,
    meters: {
      ...base.meters,
      input: 80,
      cacheRead: 0,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: 20,
      audioIn: 0,
      audioOut: 0,
      image: 0,
    },
    duplicate: false,
    firstOfAction: call === 0,
    rating: { ...base.rating, pricingState: "priced", costNanoUsd: 10_000_000n, savedNanoUsd: 0n },
  }));
}

beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now: new Date("2026-11-20T20:00:00Z"), log: createLogger("test") };
  const events = Array.from({ length: 20 }, (_, n) => chain(n + 1)).flat();
  await withTransaction(db.pool, async (client) => {
    await insertRawEvents(client, events);
    await applyRollups(client, buildRollupDeltas(events, { timeZone: "UTC", tagKeys: [] }), { now: ctx.now });
  });
  await outcome("o1", "a1", "resolved", 1);
  await outcome("o2", "a2", "resolved", 1);
  await outcome("o3", "a3", "resolved", 0);
  await outcome("o4", "a3", "escalated", 1);
});
afterAll(() => db.close());

const outcome = (id: string, action: string, kpi: string, value: number) =>
  db.pool.query(
    `insert into telemetry.outcome (id, occurred_at, received_at, tenant, endpoint, action_id, kpi, value, content_hash)
     values ($1, $2, $2, 'acme', 'agent', $3, $4, $5, 0)`,
    [id, new Date(START), action, kpi, value],
  );
const ask = async (metrics: string[], more: object = {}) => {
  const { rows, warnings } = await runQuery(ctx, { metrics, ...period, ...more });
  return { warnings, value: (metric: string) => (rows[0]?.[metric] as MetricCell | undefined)?.value ?? null };
};

describe("whole actions", () => {
  it("20 actions of 1 to 20 calls: 210 calls, 10.5 an action; $2.10, $0.105 an action", async () => {
    const { value } = await ask(["actions", "requests_in_actions", "calls_per_action", "cost_in_actions_usd", "cost_per_action"]);
    expect([value("actions"), value("requests_in_actions"), value("calls_per_action")]).toEqual(["20", "210", "10.5"]);
    expect([value("cost_in_actions_usd"), value("cost_per_action")]).toEqual(["2.1", "0.105"]);
  });

  it("have percentiles of the chain: the median action costs $0.10 and makes 10 calls, the 19th of 20 $0.19", async () => {
    const { value } = await ask(["cost_per_action_p50", "cost_per_action_p95", "calls_per_action_p50", "calls_per_action_p95"]);
    const near = (metric: string, exact: number) => expect(Math.abs(Number(value(metric)) / exact - 1)).toBeLessThan(0.01);
    near("cost_per_action_p50", 0.1);
    near("cost_per_action_p95", 0.19);
    near("calls_per_action_p50", 10);
    near("calls_per_action_p95", 19);
  });

  it("need 20 of them, are not split by what only a call has, and show a limited actor their own", async () => {
    expect(
      (await ask(["cost_per_action_p50"], { filters: [{ dimension: "tenant", in: ["acme"] }] })).value("cost_per_action_p50"),
    ).toBeNull();
    expect((await ask(["cost_per_action_p50"], { groupBy: ["modelServed"] })).warnings.join()).toContain(
      "only by tenant, endpoint",
    );
    const limited = await runQuery(
      { ...ctx, actor: { ...SYSTEM_ACTOR, tenants: ["globex"] } },
      { metrics: ["calls_per_action_p50"], groupBy: ["tenant"], ...period },
    );
    expect(limited.rows.map((row) => [row["tenant"], (row["calls_per_action_p50"] as MetricCell).count])).toEqual([
      ["globex", "1"],
    ]);
  });

  it("per outcome: 2 of 3 judged are good; $2.10 and 21,000 tokens over 2; 1 escalation of 20 actions", async () => {
    const { value } = await ask([
      "outcomes",
      "good_outcomes",
      "quality_rate",
      "cost_per_outcome",
      "tokens_per_outcome",
      "escalations",
      "escalation_rate",
    ]);
    expect([value("outcomes"), value("good_outcomes"), Number(value("quality_rate")).toFixed(4)]).toEqual(["3", "2", "0.6667"]);
    expect([value("cost_per_outcome"), value("tokens_per_outcome")]).toEqual(["1.05", "10500"]);
    expect([value("escalations"), value("escalation_rate")]).toEqual(["1", "0.05"]);
  });

  it("take an outcome that comes late into the bucket of its own time", async () => {
    await outcome("late", "a4", "resolved", 1);
    const { value } = await ask(["good_outcomes", "cost_per_outcome"], {
      from: "2026-11-20T10:00:00Z",
      to: "2026-11-20T11:00:00Z",
    });
    expect([value("good_outcomes"), value("cost_per_outcome")]).toEqual(["3", "0.7"]);
  });

  it("are listed dearest first, with what was reported of them, and only within the actor's tenants", async () => {
    const { actions } = await listActions(ctx, { ...period, limit: 3 });
    expect(
      actions.map(({ id, tenant, calls, tokens, costUsd, durationMs }) => [id, tenant, calls, tokens, costUsd, durationMs]),
    ).toEqual([
      ["a20", "globex", 20, 2_000, "0.2", 19_500],
      ["a19", "acme", 19, 1_900, "0.19", 18_500],
      ["a18", "acme", 18, 1_800, "0.18", 17_500],
    ]);
    const own = await listActions(
      { ...ctx, actor: { ...SYSTEM_ACTOR, tenants: ["acme"] } },
      { ...period, sort: "recent", limit: 200 },
    );
    expect(own.actions).toHaveLength(19);
    expect(own.actions.find(({ id }) => id === "a3")!.outcomes).toEqual([
      { kpi: "resolved", value: 0 },
      { kpi: "escalated", value: 1 },
    ]);
    await expect(listActions(ctx, { from: "2026-01-01T00:00:00Z", to: period.to })).rejects.toThrow(/at most 35 days/);
  });
});

describe("outcomes by what only their event knows", () => {
  const day = Date.parse("2026-11-22T10:00:00Z");
  const call = (id: string, more: Partial<RatedEvent>): RatedEvent => ({
    ...chain(1)[0]!,
    id,
    requestId: id,
    occurredAt: day,
    ...more,
  });
  const judge = (id: string, at: number, named: { request?: string; action?: string }, value: number) =>
    db.pool.query(
      `insert into telemetry.outcome (id, occurred_at, received_at, tenant, endpoint, request_id, action_id, kpi, value, content_hash)
       values ($1, $2, $2, 'acme', 'agent', $3, $4, 'resolved', $5, 0)`,
      [id, new Date(at), named.request ?? null, named.action ?? null, value],
    );

  it("the final call of the request that they name, else the first of their action; nothing else, and nothing of another week", async () => {
    const events = [
      call("tried", { requestId: "r1", modelServed: "small", final: false, attempt: 1, actionId: "c1" }),
      call("r1", { modelServed: "large", attempt: 2, actionId: "c1", occurredAt: day + 1_000 }),
      call("later", { modelServed: "tool", actionId: "c1", occurredAt: day + 2_000 }),
    ];
    await withTransaction(db.pool, (client) => insertRawEvents(client, events));
    await judge("of-request", day + 60_000, { request: "r1" }, 1);
    await judge("of-both", day + 60_000, { request: "r1", action: "c1" }, 0);
    await judge("of-action", day + 60_000, { action: "c1" }, 1);
    await judge("of-nothing", day + 60_000, { request: "never-seen" }, 1);
    await judge("too-late", day + 8 * 86_400_000, { request: "r1" }, 1);
    const asked = { metrics: ["outcomes", "good_outcomes"], from: "2026-11-22T00:00:00Z", to: "2026-12-02T00:00:00Z" };
    const cells = (rows: Awaited<ReturnType<typeof runQuery>>["rows"]) =>
      rows
        .map((row) => [row["modelServed"], (row["outcomes"] as MetricCell).value, (row["good_outcomes"] as MetricCell).value])
        .toSorted();
    const late = { ...ctx, now: new Date("2026-12-02T00:00:00Z") };
    expect(cells((await runQuery(late, { ...asked, groupBy: ["modelServed"] })).rows)).toEqual([
      ["", "2", "2"],
      ["large", "2", "1"],
      ["small", "1", "1"],
    ]);
    // As a filter, and beside a filter of their own.
    const filters = [
      { dimension: "modelServed" as const, in: ["large"] },
      { dimension: "tenant" as const, in: ["acme"] },
    ];
    expect(cells((await runQuery(late, { ...asked, filters })).rows)).toEqual([[undefined, "2", "1"]]);
    const limited = { ...late, actor: { ...SYSTEM_ACTOR, tenants: ["globex"] } };
    expect((await runQuery(limited, { ...asked, groupBy: ["modelServed"] })).rows).toEqual([]);
  });
});
