/** The ledger on a real database: telemetry through the real ingest, rollouts as rows that say when their steps were. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listFindings, runNext, startRun } from "@/lib/advisor/findings";
import { listEvaporated } from "@/lib/advisor/ledger/list-evaporated";
import { listLedger, measureDue, openEntries } from "@/lib/advisor/ledger";
import { claimDue, saveMeasurements } from "@/lib/advisor/ledger/store";
import { verifyAudit } from "@/lib/audit/verify-audit";
import { SYSTEM_ACTOR, type Ctx, type TenantScope } from "@/lib/auth/actor";
import { policyKey } from "@/lib/changes/describe/policy-edits";
import { startOf } from "@/lib/changes/rollout/state";
import { createLogger } from "@/lib/log";
import { readNativeEvent, type NativeEvent } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { ingestEvents } from "../ingest/ingest-events";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const log = createLogger("test");
let db: TestDatabase;
/** Now is when everything has happened; the day is past, so that hours are whole. */
const T0 = new Date(Math.floor(Date.now() / DAY) * DAY - 10 * DAY);
const ctx = (now: Date, tenants: TenantScope = "all"): Ctx => ({ actor: { ...SYSTEM_ACTOR, tenants }, db, now, log });
const after = (ms: number) => new Date(T0.getTime() + ms);

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  // $2 and $1 per 1M input tokens; the price list is older than every change.
  await priced("big", "2", after(-40 * DAY));
  await priced("small", "1", after(-40 * DAY));
});
afterAll(async () => {
  expect(await verifyAudit(ctx(new Date()))).toMatchObject({ ok: true });
  await db.close();
});

const priced = (model: string, input: string, createdAt: Date) =>
  db.pool.query(
    `insert into price_rule (book, provider, model, match, prices, source, created_at)
     values ('workspace', 'openai', $1, $2, $3, 'test', $4)`,
    [model, { model: { equals: model } }, { input: { base: input, tiers: [] } }, createdAt],
  );

interface Story {
  endpoint: string;
  gateway: string;
  startedAt: Date;
  lastStepAt: Date | null;
  endedAt: Date | null;
  phase: "soaking" | "promoted" | "rolled_back";
}

/** A change of one endpoint whose rollout had these times. */
async function changed(story: Story, tenants: string[] = ["*"]): Promise<string> {
  const edit = { kind: "tokens" as const, scope: { level: "endpoint" as const, value: story.endpoint } };
  const target = await db.prisma.target.create({
    data: {
      name: story.gateway,
      connector: "headroom-gateway",
      environment: "production",
      stateAt: story.startedAt,
      publicKey: {},
      enrolledAt: story.startedAt,
      version: "1",
      capabilities: [],
    },
  });
  const change = await db.prisma.change.create({
    data: {
      title: `Cap ${story.endpoint}`,
      rationale: "For the test",
      status: story.phase === "soaking" ? "executing" : story.phase,
      since: story.startedAt,
      content: { diff: { [policyKey(edit)]: { ...edit, document: { maxOutputTokens: 100 } } }, baseVersions: {}, guardrails: [] },
      contentHash: story.endpoint,
      authorId: "ada",
      authorName: "Ada",
      contributors: ["ada"],
      quorum: 1,
      restartClass: "instant",
      restoreSec: 5,
      blastDomains: [],
      tenants,
      createdAt: story.startedAt,
    },
  });
  const rollout = await db.prisma.rollout.create({
    data: {
      changeId: change.id,
      phase: story.phase,
      state: { ...startOf(story.startedAt.getTime()), phase: story.phase } as object,
      plan: { strategy: "traffic", sharesPercent: [50, 100] },
      startedAt: story.startedAt,
      endedAt: story.endedAt,
      targets: { create: { targetId: target.id, position: 0, capable: true } },
    },
  });
  if (story.lastStepAt) {
    const decision = { phase: "deploying", step: 1 };
    await db.prisma.rolloutTick.create({ data: { rolloutId: rollout.id, seq: 1, at: story.lastStepAt, facts: {}, decision } });
  }
  return change.id;
}

/** `n` requests spread over an hour; each costs its input tokens at the price of its model. */
async function requests(
  story: Pick<Story, "endpoint" | "gateway">,
  hour: Date,
  {
    n,
    model,
    variant,
    tenant = "acme",
    input = 1_000,
  }: { n: number; model: string; variant: "canary" | "control"; tenant?: string; input?: number },
): Promise<void> {
  const events = Array.from({ length: n }, (_, index) => {
    const id = randomUUID();
    const event: Partial<NativeEvent> = {
      id,
      requestId: id,
      actionId: id,
      occurredAt: new Date(hour.getTime() + ((index + 0.5) * HOUR) / n).toISOString(),
      tenant,
      endpoint: story.endpoint,
      route: "chat",
      gateway: story.gateway,
      provider: "openai",
      modelRequested: model,
      modelServed: model,
      variant,
      status: "success",
      meters: { input, cacheRead: 0, output: 0 },
    };
    const door = { now: hour.getTime() + HOUR, rawRetentionDays: 60, tenants: "all" as const, apiKeyId: null };
    const read = readNativeEvent(nativeEvent(index, event), door);
    if ("refusal" in read) throw new Error(read.refusal.message);
    return read.event;
  });
  await ingestEvents({ db, log }, events, { receivedAt: () => hour.getTime() + HOUR });
}

async function keep(now: Date): Promise<void> {
  while ((await openEntries(ctx(now))) > 0);
  await measureDue(ctx(now));
}
const rowOf = async (changeId: string, now: Date) => (await listLedger(ctx(now), { change: changeId })).rows[0]!;

describe("the savings ledger", () => {
  it("has nothing before a request was treated, then the split's saving with its bound, booked once", async () => {
    const story: Story = {
      endpoint: "ledger.split",
      gateway: "gw-split",
      startedAt: after(0),
      lastStepAt: after(HOUR),
      endedAt: after(2 * HOUR),
      phase: "promoted",
    };
    const id = await changed(story);
    await keep(after(0));
    expect(await rowOf(id, after(0))).toMatchObject({ standing: "waiting", bookedUsd: "0", savingUsd: null });
    await requests(story, after(0), { n: 60, model: "small", variant: "canary" });
    await requests(story, after(0), { n: 60, model: "big", variant: "control" });
    const now = after(3 * HOUR);
    await keep(now);
    // 1,000 tokens: 2,000,000 nano-USD at big, 1,000,000 at small: 60 × $0.001 saved, the same in every group.
    const row = await rowOf(id, now);
    expect(row).toMatchObject({ standing: "saving", savingUsd: "0.06", bookedUsd: "0.06" });
    expect(row.measurements[0]).toMatchObject({ method: "split", final: true, share: 0.5, treatedSuccesses: 60 });
    await keep(after(3 * HOUR));
    expect((await rowOf(id, now)).bookedUsd).toBe("0.06");
  });

  it("does not take a price cut for a saving", async () => {
    const story: Story = {
      endpoint: "ledger.price",
      gateway: "gw-price",
      startedAt: after(0),
      lastStepAt: after(0),
      endedAt: after(HOUR),
      phase: "promoted",
    };
    for (let day = -14; day < 0; day++) await requests(story, after(day * DAY), { n: 10, model: "big", variant: "control" });
    const id = await changed(story);
    await keep(after(0));
    // Afterwards half the price for the same tokens, as everybody can see in the price book.
    await db.pool.query("update price_rule set superseded_at = $1 where model = 'big' and superseded_at is null", [after(HOUR)]);
    await priced("big", "1", after(HOUR));
    for (let day = 0; day < 7; day++) await requests(story, after(day * DAY), { n: 10, model: "big", variant: "control" });
    const now = after(8 * DAY);
    await keep(now);
    const week = (await rowOf(id, now)).measurements.find(({ method }) => method === "seasonal");
    expect(week).toMatchObject({
      final: true,
      savingUsd: "0",
      bookedUsd: "0",
      note: expect.stringContaining("Weaker") as string,
    });
  });

  it("gives a request that two changes treat to the later one alone", async () => {
    const first: Story = {
      endpoint: "ledger.both",
      gateway: "gw-both",
      startedAt: after(-2 * DAY),
      lastStepAt: after(-2 * DAY + HOUR),
      endedAt: after(-2 * DAY + 2 * HOUR),
      phase: "promoted",
    };
    const id = await changed(first);
    await changed({ ...first, gateway: "gw-both-2", startedAt: after(0), lastStepAt: null, endedAt: null, phase: "soaking" });
    for (let day = -9; day < -2; day++)
      await requests(first, after(day * DAY + 2 * HOUR), { n: 10, model: "big", variant: "control" });
    for (let day = -2; day < 5; day++)
      await requests(first, after(day * DAY + 2 * HOUR), { n: 10, model: "small", variant: "control" });
    const now = after(6 * DAY);
    await keep(now);
    const week = (await rowOf(id, now)).measurements.find(({ method }) => method === "seasonal")!;
    // Two days are its own; the five since the other began are not.
    expect(week).toMatchObject({ owned: 50, bookedUsd: "0" });
  });

  it("shows nobody the changes of other tenants, and tells whoever asks what has evaporated", async () => {
    const story = (endpoint: string): Story => ({
      endpoint,
      gateway: `gw-${endpoint}`,
      startedAt: after(-9 * DAY),
      lastStepAt: after(-9 * DAY + HOUR),
      endedAt: after(-9 * DAY + 2 * HOUR),
      phase: "promoted",
    });
    const mine = await changed(story("ledger.mine"), ["acme"]);
    const theirs = await changed(story("ledger.theirs"), ["globex"]);
    await keep(after(0));
    const seen = await listLedger(ctx(after(0), ["acme"]));
    expect(seen.rows.map(({ changeId }) => changeId)).toEqual([mine]);
    expect((await listLedger(ctx(after(0), ["acme"]), { change: theirs })).rows).toEqual([]);

    const share = (from: Date, lowShare: number, highShare: number) => ({
      from_at: from,
      low: lowShare,
      high: highShare,
    });
    await db.pool.query("delete from ledger_measurement where change_id = $1", [mine]);
    for (const one of [share(after(-9 * DAY), 0.3, 0.5), share(after(-8 * DAY), 0.01, 0.1)]) {
      await db.pool.query(
        `insert into ledger_measurement (change_id, from_at, to_at, method, final, saving_nano_usd, low_nano_usd, high_nano_usd, booked_nano_usd,
           share, low_share, high_share, treated_successes, control_successes, owned, measured_at)
         values ($1, $2, $2, 'seasonal', true, 1, 1, 1, 1, $3, $3, $4, 40, 40, 0, $2)`,
        [mine, one.from_at, one.low, one.high],
      );
    }
    expect(await listEvaporated(ctx(after(0)))).toMatchObject([{ changeId: mine, firstLowShare: 0.3, nowHighShare: 0.1 }]);

    // The advisor raises it as a finding: $2 a day for 5 days are $60 in 30 days, of which 20 % and 29 % were saved once.
    for (let day = -5; day < 0; day++)
      await requests(story("ledger.mine"), after(day * DAY), { n: 10, model: "big", variant: "control", input: 100_000 });
    await startRun(ctx(after(0)));
    await runNext(ctx(after(0)), { leaseMs: 600_000 });
    const found = (await listFindings(ctx(after(0)), {})).items.filter(({ scope }) => scope.change !== undefined);
    const { number } = await rowOf(mine, after(0));
    expect(found).toMatchObject([
      {
        title: `The saving of change #${number} has evaporated`,
        scope: { endpoint: "ledger.mine", change: `#${number}` },
        state: "open",
      },
    ]);
    expect(Number(found[0]!.savingHighUsd) / Number(found[0]!.savingLowUsd)).toBeCloseTo(29 / 20, 3);
  });

  it("writes nothing for a claim that another one followed", async () => {
    const story: Story = {
      endpoint: "ledger.fence",
      gateway: "gw-fence",
      startedAt: after(0),
      lastStepAt: null,
      endedAt: null,
      phase: "soaking",
    };
    const id = await changed(story);
    while ((await openEntries(ctx(after(0)))) > 0);
    const claimOf = async (now: Date) => (await claimDue(db, now, 100)).find(({ changeId }) => changeId === id);
    const first = (await claimOf(after(MINUTE)))!;
    expect(await claimOf(after(2 * MINUTE))).toBeUndefined();
    const second = (await claimOf(after(10 * MINUTE)))!;
    const save = (claim: typeof first) => saveMeasurements(db, claim, [], { now: after(0), nextAt: null }, async () => {});
    expect([await save(first), await save(second)]).toEqual([false, true]);
  });
});
