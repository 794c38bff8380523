import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyAudit } from "@/lib/audit/verify-audit";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { getChange } from "@/lib/changes/store";
import { ctxOf, newGateways, newPerson, NOW } from "@/lib/changes/testing/workspace";
import { putInForce } from "@/lib/policies/store/testing";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { actOnFinding, getFinding, listFindings, runNext, startDailyRun, startRun } from "./index";
import { claimRun, endRun, noteProgress, reconcileFindings } from "./store";
import { seedFinding, someFinding } from "./testing";

let db: TestDatabase;
let analyst: Actor, limited: Actor, viewer: Actor;
const as = (actor: Actor, now = NOW) => ctxOf(db, actor, now);
const HOUR = 3_600_000;
const after = (ms: number) => new Date(NOW.getTime() + ms);
const CAP = {
  kind: "change" as const,
  title: "Cap answers of chat at 500",
  edits: [{ kind: "tokens" as const, scope: { level: "endpoint" as const, value: "chat" }, patch: { maxOutputTokens: 500 } }],
};
const auditOf = async (id: string) =>
  (await db.prisma.auditEvent.findMany({ where: { subject: `finding:${id}` }, orderBy: { seq: "asc" } })).map(
    ({ action }) => action,
  );

beforeAll(async () => {
  db = await testDatabase({ max: 10 });
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  await newGateways(db);
  analyst = await newPerson(db, "analyst");
  limited = await newPerson(db, "analyst", { tenants: ["acme"] });
  viewer = await newPerson(db, "viewer");
});
afterAll(async () => {
  expect(await verifyAudit(as(SYSTEM_ACTOR))).toMatchObject({ ok: true });
  await db.close();
});

describe("a finding that a policy can solve", () => {
  it("drafts the change with the diff laid into what is in force, its prediction, and a way back", async () => {
    await putInForce(as(analyst), {
      kind: "tokens",
      scope: { level: "endpoint", value: "chat" },
      document: { maxInputTokens: 9_000 },
      baseVersion: 0,
      message: "Before",
    });
    const id = await seedFinding(as(SYSTEM_ACTOR), "acme", { remedy: CAP });
    const view = await actOnFinding(as(analyst), id, { action: "draft" });
    expect(view).toMatchObject({ state: "in_change", change: { status: "draft" } });

    const change = await getChange(as(analyst), view.change!.id);
    expect(change).toMatchObject({
      origin: `finding:${id}`,
      predictedSaving: { lowUsd: "20", highUsd: "40", basis: "measured", method: "By hand." },
      author: { id: analyst.id },
      status: "draft",
    });
    expect(change.preview.diff.join()).toContain("max output tokens");
    expect(JSON.stringify(change.content)).toContain('"maxInputTokens":9000');
    expect(change.rationale).toContain("$20.00 to $40.00 in 30 days");
    expect(change.preview.guardrails.map(({ metric }) => metric)).toContain("quality_failure");
    expect(await auditOf(id)).toEqual(["advisor.draft"]);

    // Twice is refused, and leaves no second change behind.
    const before = await db.prisma.change.count();
    await expect(actOnFinding(as(analyst), id, { action: "draft" })).rejects.toThrow("in work");
    expect(await db.prisma.change.count()).toBe(before);
  });

  it("two people at once: one change", async () => {
    const id = await seedFinding(as(SYSTEM_ACTOR), "acme", { remedy: CAP });
    const before = await db.prisma.change.count();
    const tries = await Promise.allSettled([1, 2].map(() => actOnFinding(as(analyst), id, { action: "draft" })));
    expect(tries.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await db.prisma.change.count()).toBe(before + 1);
  });
});

describe("a task", () => {
  it("is begun, put aside with a reason until a day, and taken up again", async () => {
    const id = await seedFinding(as(SYSTEM_ACTOR), "acme");
    await expect(actOnFinding(as(analyst), id, { action: "draft" })).rejects.toThrow("No policy can do this");
    expect(await actOnFinding(as(analyst), id, { action: "start" })).toMatchObject({ state: "in_change", change: null });
    const until = after(24 * HOUR).toISOString();
    expect(await actOnFinding(as(analyst), id, { action: "dismiss", reason: "Not this quarter", until })).toMatchObject({
      state: "dismissed",
      stateReason: "Not this quarter",
      dismissedUntil: until,
      stateBy: analyst.name,
    });
    await expect(actOnFinding(as(analyst), id, { action: "dismiss", reason: "again" })).rejects.toThrow("cannot be dismissed");
    expect(await actOnFinding(as(analyst), id, { action: "reopen" })).toMatchObject({ state: "open", dismissedUntil: null });
    expect(await auditOf(id)).toEqual(["advisor.start", "advisor.dismiss", "advisor.reopen"]);
    await expect(actOnFinding(as(viewer), id, { action: "start" })).rejects.toThrow("analyst");
  });
});

describe("tenants", () => {
  it("whoever is limited sees findings about their tenants alone", async () => {
    const [own, others] = [await seedFinding(as(SYSTEM_ACTOR), "acme"), await seedFinding(as(SYSTEM_ACTOR), "globex")];
    const seen = (await listFindings(as(limited), {})).items.map(({ id }) => id);
    expect(seen).toContain(own);
    expect(seen).not.toContain(others);
    await expect(getFinding(as(limited), others)).rejects.toThrow("no such finding");
    await expect(actOnFinding(as(limited), others, { action: "start" })).rejects.toThrow("no such finding");
  });
});

describe("runs", () => {
  it("one at a time; an empty workspace has nothing to find; what is not seen any more is gone, work begun is verified", async () => {
    const [open, begun] = [await seedFinding(as(SYSTEM_ACTOR), "acme"), await seedFinding(as(SYSTEM_ACTOR), "acme")];
    await actOnFinding(as(analyst), begun, { action: "start" });
    const first = await startRun(as(analyst));
    expect((await startRun(as(analyst))).id).toBe(first.id);
    expect((await listFindings(as(analyst), {})).currentRun).toMatchObject({ id: first.id, status: "queued" });

    expect(await runNext(as(SYSTEM_ACTOR), { leaseMs: 60_000 })).toBe(true);
    expect(await runNext(as(SYSTEM_ACTOR), { leaseMs: 60_000 })).toBe(false);
    const list = await listFindings(as(analyst), {});
    expect(list).toMatchObject({ items: [], currentRun: null, lastRun: { id: first.id, status: "done", found: 0 } });
    expect(list.total).toMatchObject({ lowUsd: "0", highUsd: "0", spendUsd: "0" });
    expect(await getFinding(as(analyst), open)).toMatchObject({ state: "gone" });
    expect(await getFinding(as(analyst), begun)).toMatchObject({ state: "verified" });
  });

  it("once a day by itself", async () => {
    expect(await startDailyRun(as(SYSTEM_ACTOR, after(HOUR)))).toBe(false);
    expect(await startDailyRun(as(SYSTEM_ACTOR, after(25 * HOUR)))).toBe(true);
    expect(await startDailyRun(as(SYSTEM_ACTOR, after(26 * HOUR)))).toBe(false);
  });

  it("a worker that lost its lease stores nothing", async () => {
    const [slow, now] = [after(30 * HOUR), after(31 * HOUR)];
    const lost = (await claimRun(db, slow, 1_000))!;
    const taken = (await claimRun(db, now, 60_000))!;
    expect(taken).toMatchObject({ id: lost.id, epoch: lost.epoch + 1n });
    expect(await noteProgress(db, lost, "Storing", 5, now)).toBe(false);
    const end = { status: "done" as const, reason: null, found: 0, summary: null, endedAt: now };
    expect(await db.prisma.$transaction((tx) => endRun(tx, lost, end))).toBe(false);
    expect(await db.prisma.$transaction((tx) => endRun(tx, taken, end))).toBe(true);
  });

  it("a finding that comes back keeps its id and its first day", async () => {
    const finding = someFinding("acme");
    const run = (await db.prisma.advisorRun.findFirstOrThrow()).id;
    const store = (found: (typeof finding)[], at: Date) => db.prisma.$transaction((tx) => reconcileFindings(tx, run, found, at));
    const read = () => db.prisma.advisorFinding.findUniqueOrThrow({ where: { key: finding.key } });
    await store([finding], after(40 * HOUR));
    const first = await read();
    await store([], after(41 * HOUR));
    expect((await read()).state).toBe("gone");
    const { moved } = await store([{ ...finding, savingHighNanoUsd: 7n }], after(42 * HOUR));
    expect(moved).toMatchObject({ open: 1 });
    expect(await read()).toMatchObject({
      id: first.id,
      state: "open",
      stateReason: "It is back.",
      firstSeenAt: first.firstSeenAt,
      savingHighNano: 7n,
    });
  });
});
