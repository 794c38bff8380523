/**
 * The budget evaluator as a real program, killed with -9 at every step and then anywhere: each threshold is said once,
 * each change that a budget asks for is drafted once, and a real web server hears of each once.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createBudget } from "@/lib/alerts/budgets";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { config } from "@/lib/config";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { applyRollups, buildRollupDeltas } from "@/lib/metrics";
import { randomRatedEvent, seededRandom } from "@/lib/metrics/testing";
import { createChannel } from "@/lib/notifications/channels/change-channels";
import { currentRouting, saveRouting } from "@/lib/notifications/routing/read-routing";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { httpReceiver, type HttpReceiver } from "@/lib/testing/receivers";
import { connectionsGone, killAt, wordsOf, type KillPoint } from "../testing/kill-points";
import { killWorkers, startWorker } from "../testing/worker-process";

const BUDGETS = 20;
/** Programs start slowly on a machine that has much else to do; nothing is measured here. */
const [SLOW, PATIENT] = [150_000, 480_000];
const SECRET = "a-secret-of-the-tests-with-32-characters";

const EVALUATING: readonly KillPoint[] = [
  { before: "write", table: "budget" },
  { before: "read", table: "telemetry.rollup_hour" },
  { before: "write", table: "budget_event" },
  { before: "write", table: "notification" },
  { before: "write", table: "budget_period" },
  { before: "committed", table: "budget_period" },
];
const DRAFTING: readonly KillPoint[] = [
  { before: "write", table: "budget_event" },
  { before: "committed", table: "change" },
];

let db: TestDatabase;
let hook: HttpReceiver;

beforeAll(async () => {
  process.env["HEADROOM_SECRET"] = SECRET;
  [db, hook] = await Promise.all([testDatabase({ max: 10 }), httpReceiver()]);
  config().HEADROOM_OUTBOUND_HOSTS.splice(0, 9, hook.host);
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  const at = Date.now() - 120_000;
  const one = randomRatedEvent(seededRandom(1), "spent", at);
  const event = { ...one, tenant: "acme", final: true, shadow: false, rating: { ...one.rating, costNanoUsd: 9_000_000_000n } };
  await withTransaction(db.pool, (client) =>
    applyRollups(client, buildRollupDeltas([event], { timeZone: "UTC", tagKeys: [] }), { now: new Date() }),
  );
  const ctx: Ctx = { actor: SYSTEM_ACTOR, db, now: new Date(), log: createLogger("test") };
  // $9 of $10: 50 % and 80 %, not 100 %; and every second one asks for a change at 80 %.
  for (let n = 0; n < BUDGETS; n++) {
    await createBudget(ctx, {
      name: `Budget ${n}`,
      scope: [{ dimension: "tenant", in: ["acme"] }],
      amount: "10",
      period: { kind: "calendar", unit: "year" },
      forecastPercent: null,
      draft: n % 2 === 0 ? { at: 80, template: "cap-outputs" } : null,
    });
  }
  await createChannel(ctx, { name: "Hook", kind: "webhook", config: { url: hook.url }, receivesAll: true });
  const { version, document } = await currentRouting(db.prisma);
  await saveRouting(ctx, { baseVersion: version, document: { ...document, root: { ...document.root, groupWaitSec: 0 } } });
});
afterAll(async () => {
  await killWorkers();
  await hook.close();
  await db.close();
});

const worker = () => startWorker("budgets", db.url);
/** What was in the air is another's as soon as its lease is over; the test does not wait for it. */
async function endLeases(): Promise<void> {
  await connectionsGone(db);
  await db.pool.query("update budget set lease_until = null");
}
const count = async (from: string): Promise<number> =>
  (await db.pool.query<{ n: number }>(`select count(*)::int as n from ${from}`)).rows[0]!.n;
const told = () => count("notification where source = 'budget'");
const drafted = () => count("budget_event where change_id is not null");

it.each(EVALUATING.map((point) => [wordsOf(point), point] as const))(
  "dies %s",
  async (_, point) => {
    const before = await told();
    await killAt(db, point, worker);
    await endLeases();
    // All that there is to say of one budget, or nothing of it.
    expect((await told()) - before).toBe(point.before === "committed" ? 2 : 0);
    expect(await count("budget_event")).toBe(await told());
  },
  PATIENT,
);

it(
  "dies anywhere, again and again, and runs on: every threshold of every budget is said once",
  async () => {
    for (let round = 0; round < 2; round++) {
      const before = await told();
      const one = worker();
      await expect.poll(told, { interval: 1, timeout: SLOW }).toBeGreaterThan(before);
      await one.kill();
      await endLeases();
    }
    expect(await told()).toBeLessThan(2 * BUDGETS);
    // Drafting comes after evaluating: killed there, all has been said.
    await killAt(db, { before: "write", table: "change" }, worker);
    await endLeases();
    expect([await told(), await drafted()]).toEqual([2 * BUDGETS, 0]);
  },
  PATIENT,
);

it.each(DRAFTING.map((point) => [wordsOf(point), point] as const))(
  "drafting, dies %s",
  async (_, point) => {
    const before = await drafted();
    await killAt(db, point, worker);
    await endLeases();
    expect((await drafted()) - before).toBe(point.before === "committed" ? 1 : 0);
    expect(await count("change")).toBe(await drafted());
  },
  PATIENT,
);

it(
  "in the end each threshold was said once, each change drafted once, and the receiver heard of each once",
  async () => {
    const hosts = { HEADROOM_SECRET: SECRET, HEADROOM_OUTBOUND_HOSTS: hook.host };
    const last = startWorker("budgets,notifications", db.url, hosts);
    await expect.poll(drafted, { interval: 50, timeout: SLOW }).toBe(BUDGETS / 2);
    await expect.poll(() => hook.received.length, { interval: 50, timeout: SLOW }).toBe(2 * BUDGETS);
    // Looked at once more, it has nothing to add.
    await db.pool.query("update budget set due_at = 'epoch'");
    await expect
      .poll(() => count("budget where due_at = 'epoch' or lease_until is not null"), { interval: 50, timeout: SLOW })
      .toBe(0);
    await last.stop();

    const due = Array.from({ length: BUDGETS }, (_, n) =>
      [50, 80].map((percent) => `Budget ${n} has reached ${percent} %`),
    ).flat();
    const titles = hook.received.map(({ body }) => (JSON.parse(body) as { data: { title: string } }).data.title);
    expect(titles.toSorted()).toEqual(due.toSorted());
    expect(new Set(hook.received.map(({ headers }) => headers["webhook-id"])).size).toBe(2 * BUDGETS);
    expect([await told(), await count("budget_event"), await count("change")]).toEqual([2 * BUDGETS, 2 * BUDGETS, BUDGETS / 2]);
  },
  PATIENT,
);
