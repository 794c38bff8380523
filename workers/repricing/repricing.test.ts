import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withTransaction } from "@/lib/db";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { createRule, withdrawRule } from "@/lib/pricing/manage";
import { applyRepricing, cancelRepricing, createRepricing, getRepricing, runPiece } from "@/lib/repricing";
import { readCostAsKnown, type KnownCost } from "@/lib/telemetry";
import type { TestDatabase } from "@/lib/testing/database";
import { readExactness } from "../ingest/expect-exact";
import { ctxOf, pricedDatabase, store } from "./testing";

const base = Date.now();
const from = new Date(base - 3_600_000).toISOString();
const to = new Date(base + 3_600_000).toISOString();
let db: TestDatabase;

beforeAll(async () => {
  db = await pricedDatabase();
  const own = { provider: "self-hosted", modelRequested: "acme-70b", modelServed: "acme-70b", pool: "pool-a", tags: {} };
  await store(
    db,
    base,
    Array.from({ length: 400 }, (_, seed) =>
      seed % 4 === 0 ? { ...own, meters: { input: 1_000, output: 500 }, status: "success" } : {},
    ),
  );
});
afterAll(() => db.close());

const walk = async (events?: number) => {
  let pieces = 0;
  while (await runPiece(db, { now: new Date(), ...(events ? { events } : {}) })) pieces += 1;
  return pieces;
};
async function dryRun(scope: { tenant?: string; model?: string } = {}) {
  const { id } = await createRepricing(ctxOf(db), { from, to, note: "test", ...scope });
  await walk();
  return getRepricing(ctxOf(db), id);
}
const priceOwn = (input: string, output: string, supersedes: number[] = []) =>
  createRule(ctxOf(db), {
    book: "workspace",
    provider: "self-hosted",
    model: "acme-70b",
    prices: { input: { base: input }, output: { base: output } },
    note: "internal rate",
    supersedes,
    confirm: true,
  });
const percentiles = async () =>
  (await db.pool.query("select encode(cost, 'hex') as cost from telemetry.histogram_hour where cost is not null")).rows.length;
const known = (at: Date): Promise<KnownCost[]> =>
  withTransaction(db.pool, (client) =>
    readCostAsKnown(client, { from: new Date(from), to: new Date(to), tenant: null, provider: null, model: null }, at),
  );
const total = (rows: readonly KnownCost[]) => rows.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n);

describe("repricing", () => {
  let ruleId = 0;

  it("shows in a dry run what a new price would change, to the nano-dollar, and changes nothing", async () => {
    const before = await readExactness(db.pool);
    ({
      rule: { id: ruleId },
    } = await priceOwn("0.40", "0.80"));
    const job = await dryRun();
    // 100 events × (1,000 × $0.40 + 500 × $0.80) per 1M = 100 × $0.0008
    expect(job).toMatchObject({
      status: "ready",
      events: 400,
      scanned: 400,
      changed: 100,
      oldUsd: "0",
      newUsd: "0.08",
      movedUsd: "0.08",
    });
    expect(job.diff.model).toEqual([
      {
        key: "acme-70b (self-hosted)",
        changed: 100,
        newlyPriced: 100,
        newlyUnpriced: 0,
        oldUsd: "0",
        newUsd: "0.08",
        deltaUsd: "0.08",
      },
    ]);
    expect(job.diff.tenant.map(({ key, changed }) => [key, changed]).toSorted()).toEqual([
      ["acme", 34],
      ["globex", 33],
      ["initech", 33],
    ]);
    expect(await readExactness(db.pool)).toEqual(before);
  });

  it("applies it in pieces: rows and rollups stay equal after each, old ratings are kept", async () => {
    const [ready] = (await db.pool.query<{ id: string }>("select id from telemetry.repricing where status = 'ready'")).rows;
    const before = await readExactness(db.pool);
    const histograms = await percentiles();
    const asked = await applyRepricing(ctxOf(db), ready!.id);
    expect(asked.status).toBe("applying");
    expect(await runPiece(db, { now: new Date(), events: 150 })).toBe(true);
    expect(await getRepricing(ctxOf(db), ready!.id)).toMatchObject({ status: "applying", scanned: 150 });
    expect((await readExactness(db.pool)).differences).toEqual([]);
    await walk(150);
    expect(await getRepricing(ctxOf(db), ready!.id)).toMatchObject({
      status: "done",
      scanned: 400,
      applied: 100,
      appliedDeltaUsd: "0.08",
    });
    const after = await readExactness(db.pool);
    expect(after.differences).toEqual([]);
    expect(after.costNano - before.costNano).toBe(80_000_000n);
    const unpriced = await db.pool.query("select coalesce(sum(req_unpriced), 0)::int as n from telemetry.rollup_day");
    expect(unpriced.rows).toEqual([{ n: 0 }]);
    const history = await db.pool.query(
      "select count(*)::int as n, sum(cost_nano)::int as cost, min(pricing_state) as state from telemetry.rating_history",
    );
    expect(history.rows).toEqual([{ n: 100, cost: 0, state: "unpriced" }]);
    const row = await db.pool.query(
      "select cost_nano::text as cost, price_rule_id, cost_lines from telemetry.event where model_served = 'acme-70b' limit 1",
    );
    expect(row.rows[0]).toMatchObject({
      cost: "800000",
      price_rule_id: ruleId,
      cost_lines: [
        { m: "input", q: 1000, u: "0.40", n: "400000" },
        { m: "output", q: 500, u: "0.80", n: "400000" },
      ],
    });
    expect(await percentiles()).toBe(histograms);
  });

  it("moves the observations of the cost histogram, none lost and none added", async () => {
    const { HistogramSum } = await import("@/lib/stats/histogram");
    for (const grain of ["minute", "hour", "day"]) {
      const sum = new HistogramSum();
      const { rows } = await db.pool.query<{ cost: Buffer }>(
        `select cost from telemetry.histogram_${grain} where cost is not null`,
      );
      for (const { cost } of rows) sum.addEncoded(cost);
      const raw = await db.pool.query<{ cost: string }>(
        "select cost_nano::text as cost from telemetry.event where final and not shadow order by cost_nano",
      );
      expect(sum.count).toBe(raw.rows.length);
      const median = Number(raw.rows[Math.ceil(raw.rows.length / 2) - 1]!.cost);
      expect(Math.abs(sum.quantile(0.5)! - median)).toBeLessThanOrEqual(median * 0.0101);
      // The unpriced ones were zeros: the lowest percentiles show that they are none any more.
      expect(sum.quantile(0.05)! > 0).toBe(Number(raw.rows[Math.ceil(raw.rows.length * 0.05) - 1]!.cost) > 0);
    }
  });

  it("finds nothing to do a second time, and refuses to apply nothing", async () => {
    const again = await dryRun();
    expect(again).toMatchObject({ status: "ready", changed: 0, movedUsd: "0" });
    await expect(applyRepricing(ctxOf(db), again.id)).rejects.toThrow("found nothing that would change");
  });

  it("answers what was known at a date, whatever was repriced since, and twice is as once (property)", async () => {
    const price = fc.tuple(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 0, max: 9_000 }));
    const text = (tenThousandths: number) => (tenThousandths / 10_000).toFixed(4);
    await fc.assert(
      fc.asyncProperty(
        fc.array(price, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 20, max: 400 }),
        async (prices, piece) => {
          const remembered: { at: Date; rows: KnownCost[] }[] = [];
          for (const [input, output] of prices) {
            remembered.push({ at: new Date(), rows: await known(new Date()) });
            ({
              rule: { id: ruleId },
            } = await priceOwn(text(input), text(output), [ruleId]));
            const job = await dryRun();
            if (job.changed > 0) {
              await applyRepricing(ctxOf(db), job.id);
              await walk(piece);
            }
            const exact = await readExactness(db.pool);
            expect(exact.differences).toEqual([]);
            expect((await dryRun()).changed).toBe(0);
            expect(total(await known(new Date()))).toBe(exact.costNano);
          }
          for (const { at, rows } of remembered) expect(await known(at)).toEqual(rows);
        },
      ),
      { numRuns: 4, seed: 7 },
    );
  }, 120_000);

  it("is outdated by a price that changes after its dry run, before or while it is applied", async () => {
    ({
      rule: { id: ruleId },
    } = await priceOwn("1", "2", [ruleId]));
    const first = await dryRun({ model: "acme-70b" });
    ({
      rule: { id: ruleId },
    } = await priceOwn("1", "3", [ruleId]));
    expect((await applyRepricing(ctxOf(db), first.id)).status).toBe("outdated");
    const second = await dryRun({ model: "acme-70b" });
    await applyRepricing(ctxOf(db), second.id);
    await runPiece(db, { now: new Date(), events: 30 });
    await withdrawRule(ctxOf(db), ruleId, { note: "ended" });
    await walk();
    expect(await getRepricing(ctxOf(db), second.id)).toMatchObject({ status: "outdated", applied: 30 });
    expect((await readExactness(db.pool)).differences).toEqual([]);
    ({
      rule: { id: ruleId },
    } = await priceOwn("1", "3"));
  });

  it("stops where it is cancelled; the next one finishes what is left", async () => {
    const job = await dryRun();
    expect(job.changed).toBe(70);
    await applyRepricing(ctxOf(db), job.id);
    await runPiece(db, { now: new Date(), events: 200 });
    const cancelled = await cancelRepricing(ctxOf(db), job.id);
    expect(cancelled).toMatchObject({ status: "cancelled" });
    expect(cancelled.statusReason).toMatch(/Cancelled by ada\. \d+ events were repriced/);
    expect(await walk()).toBe(0);
    const rest = await dryRun();
    expect(rest.changed + cancelled.applied).toBe(70);
    await expect(cancelRepricing(ctxOf(db), job.id)).rejects.toThrow("cancelled already");
  });

  it("needs another admin when it moves $1,000 or more", async () => {
    // 100 × 1,000 tokens at $10,000 per 1M and the rest as before: $1,000 and more.
    ({
      rule: { id: ruleId },
    } = await priceOwn("10010", "3", [ruleId]));
    const job = await dryRun();
    expect(toNanoUsd(job.movedUsd)).toBeGreaterThanOrEqual(1_000_000_000_000n);
    expect((await applyRepricing(ctxOf(db, "ada"), job.id)).status).toBe("awaiting_approval");
    await expect(applyRepricing(ctxOf(db, "ada"), job.id)).rejects.toThrow("another admin");
    expect(await walk()).toBe(0);
    const approved = await applyRepricing(ctxOf(db, "grace"), job.id);
    expect(approved).toMatchObject({ status: "applying", requestedBy: "ada", approvedBy: "grace" });
    await walk();
    const { differences, costNano } = await readExactness(db.pool);
    expect(differences).toEqual([]);
    expect(nanoToUsd(costNano)).toMatch(/^100\d\./);
    const audit = await db.pool.query("select action from audit_event where subject = $1 order by seq", [`repricing:${job.id}`]);
    expect(audit.rows.map(({ action }) => action as string)).toEqual([
      "repricing.create",
      "repricing.request",
      "repricing.apply",
    ]);
  });

  it("refuses a period whose raw events are gone, and people who are not admins of all", async () => {
    const old = { from: "2020-01-01T00:00:00Z", to, note: "x" };
    await expect(createRepricing(ctxOf(db), old)).rejects.toThrow("Raw events are kept for 35 days");
    const ctx = ctxOf(db);
    await expect(createRepricing({ ...ctx, actor: { ...ctx.actor, role: "lead" } }, { from, to, note: "x" })).rejects.toThrow(
      "role admin",
    );
    await expect(
      createRepricing({ ...ctx, actor: { ...ctx.actor, tenants: ["acme"] } }, { from, to, note: "x" }),
    ).rejects.toThrow("whole workspace");
    await expect(createRepricing(ctx, { from: to, to: from, note: "x" })).rejects.toThrow("must be after");
  });
});
