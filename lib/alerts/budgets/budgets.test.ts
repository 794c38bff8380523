import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { toNanoUsd } from "@/lib/money";
import { withTransaction } from "@/lib/db";
import { applyRollups, buildRollupDeltas } from "@/lib/metrics";
import { randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import { getChange } from "@/lib/changes/store";
import { newGateways, newPerson } from "@/lib/changes/testing/workspace";
import { putInForce } from "@/lib/policies/store/testing";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { createBudget, evaluateBudget, getBudget, listBudgets, previewBudget, readCaps, updateBudget } from "./index";
import { draftOwedChange } from "./draft-change";
import { claimBudget } from "./store";
import type { BudgetInput } from "./schemas";

/** A Friday noon, in a workspace that keeps Paris time: its month began on 31 October at 23:00 UTC. */
const NOW = Date.parse("2026-11-20T12:00:00Z");
const MONTH = "2026-10-31T23:00:00.000Z";

let db: TestDatabase;
const ctxAt = (now: number, actor: Actor = SYSTEM_ACTOR): Ctx => ({ actor, db, now: new Date(now), log: createLogger("test") });
const person = (role: Actor["role"], tenants: Actor["tenants"] = "all"): Actor => ({
  kind: "user",
  id: `${role}-id`,
  name: role,
  role,
  tenants,
});

async function spend(tenant: string, at: number, usd: string): Promise<void> {
  const one = randomRatedEvent(seededRandom(1), `${tenant}-${at}-${usd}`, at);
  const event = { ...one, tenant, final: true, shadow: false, rating: { ...one.rating, costNanoUsd: toNanoUsd(usd) } };
  const deltas = buildRollupDeltas([event], { timeZone: "Europe/Paris", tagKeys: [] });
  await withTransaction(db.pool, (client) => applyRollups(client, deltas, { now: new Date(at) }));
}

async function evaluate(now: number): Promise<void> {
  for (let claim = await claimBudget(db, new Date(now), 60_000); claim; claim = await claimBudget(db, new Date(now), 60_000)) {
    expect(await evaluateBudget(ctxAt(now), claim)).toBe(true);
  }
}

const notifications = async (budget: string) => {
  const { rows } = await db.pool.query<{ key: string; severity: string }>(
    "select split_part(dedupe_key, 'Z:', 2) as key, severity from notification where dedupe_key like $1 order by created_at, dedupe_key",
    [`budget:${budget}:%`],
  );
  return rows.map(({ key, severity }) => `${key} ${severity}`);
};

const of = (tenant: string, more: Partial<BudgetInput> = {}): BudgetInput => ({
  name: `Budget of ${tenant}`,
  scope: [{ dimension: "tenant", in: [tenant] }],
  amount: "100",
  ...more,
});

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({
    where: { id: 1 },
    create: { id: 1, name: "Test", timeZone: "Europe/Paris" },
    update: { timeZone: "Europe/Paris" },
  });
});
afterAll(() => db.close());

describe("an evaluated budget", () => {
  it("knows spend, burn, forecast and exhaustion of the month in the workspace zone", async () => {
    // $2 a day: 20 whole days of November and half of today. One dollar an hour before the month began is not in it.
    await spend("steady", Date.parse(MONTH) - HOUR_MS, "1");
    for (let day = 0; day < 19; day++) await spend("steady", Date.parse(MONTH) + day * DAY_MS + 6 * HOUR_MS, "2");
    await spend("steady", NOW - 30_000, "2");
    const { id } = await createBudget(ctxAt(NOW), of("steady", { amount: "50" }));
    await evaluate(NOW);
    const { current } = await getBudget(ctxAt(NOW), id);
    expect(current).toMatchObject({
      from: MONTH,
      to: "2026-11-30T23:00:00.000Z",
      spentUsd: "40",
      limitUsd: "50",
      cappedAt: null,
    });
    expect(current!.reading.days).toHaveLength(20);
    // $2 in the last five minutes is 288 times an even pace of $50 in 30 days.
    expect(current!.reading.burn[0]).toMatchObject({ factor: "14.4", short: 345.6, long: 28.8, firing: true });
    const forecast = current!.reading.forecast!;
    expect(Number(forecast.expectedUsd)).toBeGreaterThan(58);
    expect(Number(forecast.expectedUsd)).toBeLessThan(64);
    expect(forecast.overrunProbability).toBeGreaterThan(0.95);
    expect(Date.parse(forecast.exhaustsAt!)).toBeGreaterThan(NOW);
    expect(await notifications(id)).toEqual(["actual:50:0 info", "actual:80:0 warning", "forecast:100:0 warning"]);
  });

  it("says each threshold once a period, however often it is looked at, and again in the next period", async () => {
    const { id } = await createBudget(ctxAt(NOW), of("grows", { amount: "10", period: { kind: "calendar", unit: "day" } }));
    await spend("grows", NOW - 2 * HOUR_MS, "7.999999999");
    await evaluate(NOW);
    await evaluate(NOW + 60_000);
    expect(await notifications(id)).toEqual(["actual:50:0 info"]);
    await spend("grows", NOW - HOUR_MS, "0.000000001");
    await evaluate(NOW + 120_000);
    await evaluate(NOW + 180_000);
    expect(await notifications(id)).toEqual(["actual:50:0 info", "actual:80:0 warning"]);
    await spend("grows", NOW + DAY_MS, "5");
    await evaluate(NOW + DAY_MS + 60_000);
    const { events, past } = await getBudget(ctxAt(NOW + DAY_MS), id);
    expect(events.map(({ percent, periodFrom }) => [percent, periodFrom])).toEqual([
      [50, "2026-11-20T23:00:00.000Z"],
      [80, "2026-11-19T23:00:00.000Z"],
      [50, "2026-11-19T23:00:00.000Z"],
    ]);
    expect(past).toMatchObject([{ spentUsd: "8", limitUsd: "10" }]);
  });

  it("edited while it is evaluated: nothing is written by what was read before", async () => {
    const { id } = await createBudget(ctxAt(NOW), of("raced", { amount: "1" }));
    await spend("raced", NOW - HOUR_MS, "5");
    const claim = (await claimBudget(db, new Date(NOW), 60_000))!;
    const late = { ...claim, epoch: claim.epoch - 1n };
    expect(await evaluateBudget(ctxAt(NOW), late)).toBe(false);
    expect(await notifications(id)).toEqual([]);
    expect(await evaluateBudget(ctxAt(NOW), claim)).toBe(true);
    expect(await notifications(id)).toContain("actual:100:0 critical");
  });
});

describe("a hard budget", () => {
  it("is told to gateways when it is used up, with scope, spend, limit and reset; released when raised; capped again", async () => {
    const lead = ctxAt(NOW, person("lead"));
    const { id } = await createBudget(lead, of("capped", { amount: "4", hard: true }));
    await spend("capped", NOW - HOUR_MS, "4");
    await evaluate(NOW);
    const mine = async (now = NOW) => (await readCaps(ctxAt(now))).caps.filter(({ budgetId }) => budgetId === id);
    expect(await mine()).toEqual([
      {
        budgetId: id,
        name: "Budget of capped",
        scope: [{ dimension: "tenant", in: ["capped"] }],
        scopeWords: "tenant capped",
        spentUsd: "4",
        limitUsd: "4",
        resetAt: "2026-11-30T23:00:00.000Z",
      },
    ]);
    expect(await mine(Date.parse("2026-11-30T23:00:00Z"))).toEqual([]);
    await updateBudget(lead, id, { ...of("capped", { amount: "5", hard: true }), version: 1 });
    await evaluate(NOW + 1_000);
    expect(await mine()).toEqual([]);
    await spend("capped", NOW, "1");
    await evaluate(NOW + 60_000);
    expect(await mine()).toHaveLength(1);
    const { events } = await getBudget(lead, id);
    expect(events.filter(({ percent }) => percent === null).map(({ kind }) => kind)).toEqual(["capped", "released", "capped"]);
    // $4 of $5 is still 50 % and 80 %: only 100 % is reached anew.
    expect(events.filter(({ percent }) => percent === 100)).toHaveLength(2);
    expect(events.filter(({ percent }) => percent === 80)).toHaveLength(1);
    const audit = await db.prisma.auditEvent.findMany({ where: { subject: `budget:${id}` }, orderBy: { seq: "asc" } });
    expect(audit.map(({ action }) => action)).toEqual([
      "budget.create",
      "budget.capped",
      "budget.update",
      "budget.released",
      "budget.capped",
    ]);
  });
});

describe("a change that a budget asks for", () => {
  const cap = { at: 90, template: "cap-outputs" as const };
  const draftAll = async (now: number): Promise<number> => {
    let drafted = 0;
    while (await draftOwedChange(ctxAt(now))) drafted += 1;
    return drafted;
  };
  const draftsOf = async (id: string) =>
    (await getBudget(ctxAt(NOW), id)).events.flatMap(({ percent, change, draftFailed }) =>
      change || draftFailed ? [{ percent, change, draftFailed }] : [],
    );

  it("is drafted once when spend reaches the percentage, with the diff of the policy, and waits for people", async () => {
    await newGateways(db);
    const owner = await newPerson(db, "analyst");
    await putInForce(ctxAt(NOW), {
      kind: "tokens",
      scope: { level: "tenant", value: "drafts" },
      document: { maxOutputTokens: 800 },
      baseVersion: 0,
      message: "For a test",
    });
    const { id } = await createBudget(ctxAt(NOW, owner), of("drafts", { amount: "10", draft: cap }));
    await spend("drafts", NOW - 2 * HOUR_MS, "8.999999999");
    await evaluate(NOW);
    expect([await draftAll(NOW), await draftsOf(id)]).toEqual([0, []]);

    await spend("drafts", NOW - HOUR_MS, "0.000000001");
    await evaluate(NOW + 60_000);
    await evaluate(NOW + 120_000);
    // 90 % is no threshold of this budget: what asks for a change is said as well.
    expect(await notifications(id)).toContain("actual:90:0 warning");
    expect(await draftAll(NOW + 120_000)).toBe(1);
    const [drafted] = await draftsOf(id);
    expect(drafted).toMatchObject({
      percent: 90,
      change: { title: "Cap answers at 600 tokens for tenant drafts" },
      draftFailed: null,
    });

    const change = await getChange(ctxAt(NOW), drafted!.change!.id);
    const diff = ["tenant drafts: tokens max output tokens 800 → 600"];
    expect(change).toMatchObject({ status: "draft", approvalsGiven: [], preview: { diff, problems: [] } });
    expect(change.rationale).toContain("Budget of drafts has reached 90 %: $9.00 of $10.00 spent.");
    // The owner may submit it, and so cannot be the one who approves it.
    expect(change.contributors).toContain(owner.id);

    // Looked at again, spent on, raised and reached anew: it was asked for in this period already.
    await spend("drafts", NOW, "2");
    await evaluate(NOW + 180_000);
    await updateBudget(ctxAt(NOW, owner), id, { ...of("drafts", { amount: "20", draft: cap }), version: 1 });
    await evaluate(NOW + 240_000);
    await spend("drafts", NOW + 240_000, "8");
    await evaluate(NOW + 300_000);
    expect(await notifications(id)).toContain("actual:90:1 warning");
    expect([await draftAll(NOW + 300_000), (await draftsOf(id)).length]).toEqual([0, 1]);
    const audit = await db.prisma.auditEvent.findMany({ where: { subject: `budget:${id}`, action: "budget.draft" } });
    expect(audit.map(({ data }) => data)).toMatchObject([{ change: drafted!.change!.number }]);
  });

  it("asked for when the percentage was said already, is drafted all the same", async () => {
    const { id } = await createBudget(ctxAt(NOW), of("late", { amount: "10" }));
    await spend("late", NOW - HOUR_MS, "10");
    await evaluate(NOW);
    await updateBudget(ctxAt(NOW), id, { ...of("late", { amount: "10", draft: { ...cap, at: 80 } }), version: 1 });
    await evaluate(NOW + 60_000);
    expect(await draftAll(NOW + 60_000)).toBe(1);
    expect(await draftsOf(id)).toMatchObject([{ percent: 80, change: { title: "Cap answers at 500 tokens for tenant late" } }]);
  });

  it("that cannot be drafted says why, and is not tried again", async () => {
    const { id } = await createBudget(
      ctxAt(NOW),
      of("no-route", { amount: "10", draft: { at: 50, template: "small-model-first" } }),
    );
    await spend("no-route", NOW - HOUR_MS, "6");
    await evaluate(NOW);
    expect([await draftAll(NOW), await draftAll(NOW)]).toEqual([1, 0]);
    expect(await draftsOf(id)).toEqual([
      {
        percent: 50,
        change: null,
        draftFailed: "No route here has two models. Add the small one to a route with weight 0 first.",
      },
    ]);
  });
});

describe("who may do what", () => {
  it("analysts set budgets of their own tenants, and see no others'", async () => {
    const limited = ctxAt(NOW, person("analyst", ["own"]));
    const mine = await createBudget(limited, of("own"));
    await expect(createBudget(limited, of("other"))).rejects.toMatchObject({ code: "invalid" });
    await expect(createBudget(limited, { name: "All", amount: "1" })).rejects.toMatchObject({ code: "invalid" });
    const both = await createBudget(ctxAt(NOW), { ...of("own"), scope: [{ dimension: "tenant", in: ["own", "other"] }] });
    expect((await listBudgets(limited)).items.map(({ id }) => id)).toEqual([mine.id]);
    await expect(getBudget(limited, both.id)).rejects.toMatchObject({ code: "not_found" });
    await expect(updateBudget(limited, both.id, { ...of("own"), version: 1 })).rejects.toMatchObject({ code: "not_found" });
    await expect(previewBudget(limited, of("other"))).rejects.toMatchObject({ code: "forbidden" });
  });
  it("viewers set none, and hard ones are for leads", async () => {
    await expect(createBudget(ctxAt(NOW, person("viewer")), of("x"))).rejects.toMatchObject({ code: "forbidden" });
    await expect(createBudget(ctxAt(NOW, person("analyst")), of("x", { hard: true }))).rejects.toMatchObject({
      code: "forbidden",
    });
    const node: BudgetInput = { name: "Node", amount: "1", hard: true, scope: [{ dimension: "node", in: ["gpu-1"] }] };
    await expect(createBudget(ctxAt(NOW, person("lead")), node)).rejects.toThrow(/Gateways do not know the node gpu-1/);
  });
  it("two who edit the same budget: the second is told", async () => {
    const { id } = await createBudget(ctxAt(NOW), of("twice"));
    await updateBudget(ctxAt(NOW), id, { ...of("twice", { amount: "7" }), version: 1 });
    await expect(updateBudget(ctxAt(NOW), id, { ...of("twice"), version: 1 })).rejects.toMatchObject({ code: "conflict" });
  });
});

it("a preview says on which day each threshold would have been reached, and writes nothing", async () => {
  const before = await db.prisma.budget.count();
  const preview = await previewBudget(ctxAt(NOW), of("steady", { amount: "40", thresholds: [50, 100] }));
  // $2 a day: $20 on the tenth day, $40 today.
  expect(preview.crossings[0]).toMatchObject({
    spentUsd: "40",
    reached: [
      { percent: 50, on: "2026-11-09T23:00:00.000Z" },
      { percent: 100, on: "2026-11-19T23:00:00.000Z" },
    ],
  });
  expect(await db.prisma.budget.count()).toBe(before);
});
