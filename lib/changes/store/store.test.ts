import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyAudit } from "@/lib/audit/verify-audit";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { hashPassword } from "@/lib/auth/password";
import { putInForce } from "@/lib/policies/store/testing";
import { canonicalHash } from "@/lib/protocol/canonical";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { updateWorkspace } from "@/lib/workspace";
import type { ChangeActionInput } from "../schemas";
import { capOf, ctxOf, engineChange, newGateways, newPerson, newPool, NOW } from "../testing/workspace";
import {
  actOnChange,
  commandRollout,
  commentOnChange,
  createChange,
  createFreeze,
  editChange,
  endFreeze,
  getChange,
  listChanges,
  listFreezes,
  previewChange,
  promoteChange,
  tickChanges,
} from "./index";

let db: TestDatabase;
let admin: Actor, lead: Actor, lead2: Actor, analyst: Actor, viewer: Actor;
const as = (actor: Actor, now = NOW) => ctxOf(db, actor, now);
const HOUR = 3_600_000;
const later = (ms: number) => new Date(NOW.getTime() + ms);

beforeAll(async () => {
  db = await testDatabase({ max: 12 });
  admin = await newPerson(db, "admin");
  lead = await newPerson(db, "lead");
  lead2 = await newPerson(db, "lead");
  analyst = await newPerson(db, "analyst");
  viewer = await newPerson(db, "viewer");
});
afterAll(async () => {
  expect(await verifyAudit(as(SYSTEM_ACTOR))).toMatchObject({ ok: true });
  await db.close();
});

type Simple = "submit" | "approve" | "start" | "resume" | "cancel";
/** With what is current before the eyes. */
async function does(actor: Actor, id: string, action: Simple | Omit<ChangeActionInput, "contentHash">, now = NOW): Promise<void> {
  const { contentHash } = await db.prisma.change.findUniqueOrThrow({ where: { id } });
  const one = typeof action === "string" ? { kind: action } : action;
  await actOnChange(as(actor, now), id, { ...one, contentHash } as ChangeActionInput);
}
const rowOf = (id: string) =>
  db.prisma.change.findUniqueOrThrow({
    where: { id },
    include: { rollout: { include: { targets: true, locks: true } }, approvals: true },
  });
const auditOf = async (id: string) =>
  (await db.prisma.auditEvent.findMany({ where: { subject: `change:${id}` }, orderBy: { seq: "asc" } })).map(
    ({ action, actorName }) => [action, actorName],
  );
const noticesOf = async (id: string) =>
  (await db.prisma.changeNotice.findMany({ where: { changeId: id }, orderBy: { id: "asc" } })).map(({ kind }) => kind);

async function approved(draft = undefined as Parameters<typeof createChange>[1] | undefined) {
  const { environment, ids } = await newGateways(db);
  const { id } = await createChange(as(analyst), draft ?? capOf(environment, 500));
  await does(analyst, id, "submit");
  await does(lead, id, "approve");
  return { id, environment, targets: ids };
}

describe("from draft to rollout", () => {
  it("is drafted, submitted, approved by somebody else and started: locks, bytes of before and after, audit and notices", async () => {
    const { environment, ids } = await newGateways(db, 2);
    await putInForce(as(lead), {
      kind: "tokens",
      scope: { level: "environment", value: environment },
      document: { maxOutputTokens: 900 },
      baseVersion: 0,
      message: "before",
    });
    const { id, number } = await createChange(as(analyst), capOf(environment, 500, 1));
    const view = await getChange(as(lead), id);
    expect(view).toMatchObject({
      number,
      status: "draft",
      restartClass: "instant",
      approvals: { counting: 0, quorum: 1 },
      edits: [`tokens of environment ${environment}`],
      preview: {
        diff: [`environment ${environment}: tokens max output tokens 900 → 500`],
        problems: [],
        plan: { strategy: "traffic" },
        evidence: { required: false, problems: [] },
      },
    });
    await does(analyst, id, "submit");
    await expect(does(analyst, id, "approve")).rejects.toMatchObject({ code: "forbidden" });
    await does(lead, id, "approve");
    expect((await rowOf(id)).status).toBe("approved");
    await does(lead2, id, "start");

    const row = await rowOf(id);
    expect(row).toMatchObject({ status: "executing", version: 4, blastDomains: [`gateways:${environment}`] });
    expect(row.rollout).toMatchObject({ phase: "pending", commands: 0, nextTickAt: NOW, startedAt: NOW });
    expect(row.rollout!.locks.map(({ domain }) => domain)).toEqual([`gateways:${environment}`]);
    const payloadOf = async (hash: string | null) =>
      JSON.parse((await db.prisma.targetPayload.findUniqueOrThrow({ where: { hash: hash! } })).payload) as {
        content: { layers: { policies: object }[] };
      };
    expect(row.rollout!.targets.map(({ targetId }) => targetId).sort()).toEqual([...ids].sort());
    for (const target of row.rollout!.targets) {
      expect((await payloadOf(target.stableHash)).content.layers[0]!.policies).toEqual({ tokens: { maxOutputTokens: 900 } });
      expect((await payloadOf(target.finalHash)).content.layers[0]!.policies).toEqual({ tokens: { maxOutputTokens: 500 } });
    }
    // Nothing was ordered yet: that is the controller's.
    expect(await db.prisma.targetDesired.count({ where: { targetId: { in: ids } } })).toBe(2);
    expect(await auditOf(id)).toEqual([
      ["change.create", analyst.name],
      ["change.submit", analyst.name],
      ["change.approve", lead.name],
      ["change.start", lead2.name],
    ]);
    expect(await noticesOf(id)).toEqual(["create", "submit", "approve", "start"]);
  });

  it("while it is rolled out no second change begins there; abort and the end free it", async () => {
    const first = await approved();
    await does(lead, first.id, "start");
    const { environment } = first;
    const second = await createChange(as(analyst), capOf(environment, 300));
    await does(analyst, second.id, "submit");
    await does(lead, second.id, "approve");
    await expect(does(lead, second.id, "start")).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("is being rolled out to the same targets"),
    });

    const rollout = (await rowOf(first.id)).rollout!;
    await expect(commandRollout(as(analyst), rollout.id, { kind: "abort" })).rejects.toMatchObject({ code: "forbidden" });
    expect(await commandRollout(as(lead), rollout.id, { kind: "pause", reason: "look" })).toEqual({ number: 1 });
    expect(await commandRollout(as(lead2), rollout.id, { kind: "abort", reason: "no" })).toEqual({ number: 2 });
    await db.prisma.rollout.update({ where: { id: rollout.id }, data: { phase: "rolled_back" } });
    await expect(commandRollout(as(lead), rollout.id, { kind: "abort" })).rejects.toMatchObject({
      code: "conflict",
      message: "It was rolled back already.",
    });
    await db.prisma.blastLock.deleteMany({ where: { rolloutId: rollout.id } });
    await does(lead, second.id, "start");
    expect((await rowOf(second.id)).status).toBe("executing");
  });

  it("when promoted its policies become versions in force, by the change", async () => {
    const { id, environment } = await approved();
    await does(lead, id, "start");
    await db.prisma.$transaction((tx) => promoteChange(tx, as(SYSTEM_ACTOR), id));
    const head = await db.prisma.policyHead.findFirstOrThrow({ where: { scopeValue: environment }, include: { current: true } });
    const { number } = await rowOf(id);
    expect(head.current).toMatchObject({
      version: 1,
      document: { maxOutputTokens: 500 },
      authorId: `change:${id}`,
      message: `Change ${number}: At most 500 tokens`,
    });
  });

  it("what moved meanwhile is stale: it does not start", async () => {
    const { id, environment } = await approved();
    await putInForce(as(lead), {
      kind: "tokens",
      scope: { level: "environment", value: environment },
      document: { maxOutputTokens: 7 },
      baseVersion: 0,
      message: "meanwhile",
    });
    await expect(does(lead, id, "start")).rejects.toMatchObject({
      message: `Tokens of environment ${environment} has changed since this was drafted.`,
    });
    expect((await getChange(as(viewer), id)).flags).toMatchObject({ stale: true });
  });
});

describe("who may", () => {
  it("refuses those without the role, and what was not seen", async () => {
    const { environment } = await newGateways(db);
    await expect(createChange(as(viewer), capOf(environment, 1))).rejects.toMatchObject({ code: "forbidden" });
    const { id } = await createChange(as(analyst), capOf(environment, 500));
    await expect(does(lead, id, "submit")).rejects.toMatchObject({ message: "Only somebody who works on it submits it." });
    await expect(actOnChange(as(analyst), id, { kind: "submit", contentHash: "other" })).rejects.toMatchObject({
      code: "conflict",
      details: { field: "contentHash" },
    });
    await does(analyst, id, "submit");
    await expect(commentOnChange(as(viewer), id, { text: "me too" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(actOnChange(as({ ...lead, kind: "api_key" }), id, { kind: "approve", contentHash: "x" })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("whoever edited it approves nothing, and an edit voids what others approved", async () => {
    const { id, environment } = await approved();
    const { contentHash } = await rowOf(id);
    await editChange(as(lead2), id, { ...capOf(environment, 400), contentHash });
    const row = await rowOf(id);
    expect(row).toMatchObject({ status: "draft", approvals: [], contributors: [analyst.id, lead2.id] });
    expect(row.contentHash).not.toBe(contentHash);
    await expect(editChange(as(analyst), id, { ...capOf(environment, 300), contentHash })).rejects.toMatchObject({
      code: "conflict",
    });
    await does(analyst, id, "submit");
    await expect(does(lead2, id, "approve")).rejects.toMatchObject({ message: "You worked on it: somebody else approves it." });
    await does(lead, id, "approve");
    expect((await rowOf(id)).status).toBe("approved");
  });

  it("an approver who lost the role in between does not count", async () => {
    const gone = await newPerson(db, "lead");
    const { environment } = await newGateways(db);
    const { id } = await createChange(as(analyst), capOf(environment, 500));
    await does(analyst, id, "submit");
    await does(gone, id, "approve");
    await db.prisma.user.update({ where: { id: gone.id }, data: { role: "analyst" } });
    await expect(does(lead, id, "start")).rejects.toMatchObject({ message: "It has 0 of 1 approvals that count now." });
    await db.prisma.user.update({ where: { id: gone.id }, data: { role: "lead", disabledAt: NOW } });
    await expect(does(lead, id, "start")).rejects.toMatchObject({ message: "It has 0 of 1 approvals that count now." });
  });

  it("somebody limited to tenants works on the layers of those, and does not know of others", async () => {
    const tenant = `t-${Math.random().toString(36).slice(2)}`;
    const ours = await newPerson(db, "analyst", { tenants: [tenant] });
    const oursLead = await newPerson(db, "lead", { tenants: [tenant] });
    const { environment } = await newGateways(db);
    const everybody = await createChange(as(analyst), capOf(environment, 500));
    await expect(getChange(as(oursLead), everybody.id)).rejects.toMatchObject({ code: "not_found" });
    await expect(does(oursLead, everybody.id, "submit")).rejects.toMatchObject({ code: "not_found" });
    await expect(createChange(as(ours), capOf(environment, 5))).rejects.toMatchObject({ code: "forbidden" });
    const own = {
      kind: "tokens",
      scope: { level: "tenant", value: tenant },
      document: { maxOutputTokens: 50 },
      baseVersion: 0,
    } as const;
    const { id } = await createChange(as(ours), { title: "Short", rationale: "cheap", edits: [own] });
    expect((await listChanges(as(ours))).changes.map((one) => one.id)).toEqual([id]);
    expect((await listChanges(as(analyst))).changes.map((one) => one.id)).toEqual(expect.arrayContaining([id, everybody.id]));
    await does(ours, id, "submit");
    await does(oursLead, id, "approve");
    expect((await rowOf(id)).status).toBe("approved");
    await does(ours, id, "cancel");
  });
});

describe("gates", () => {
  it("what no target can take is not submitted", async () => {
    const { environment } = await newGateways(db);
    const none = await createChange(as(analyst), capOf("nowhere", 500));
    await expect(does(analyst, none.id, "submit")).rejects.toMatchObject({
      message: expect.stringContaining("reaches no gateway"),
    });
    const wrong = await createChange(as(analyst), capOf(environment, -1));
    await expect(does(analyst, wrong.id, "submit")).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("maxOutputTokens"),
    });
    const plan = { strategy: "all", sharesPercent: [100] } as const;
    const edits = [
      {
        kind: "caching",
        scope: { level: "environment", value: environment },
        document: { exact: { enabled: true } },
        baseVersion: 0,
      },
    ] as const;
    const risky = await createChange(as(analyst), {
      title: "All at once",
      rationale: "fast",
      edits: [...edits],
      plan: plan as never,
    });
    await expect(does(analyst, risky.id, "submit")).rejects.toMatchObject({
      message: expect.stringContaining("All at once is for"),
    });
  });

  it("a number format that the GPUs cannot run is refused before anybody is asked", async () => {
    const { pool } = await newPool(db, 1);
    await db.prisma.target.updateMany({
      where: { poolId: pool },
      data: {
        hardware: { gpuType: "NVIDIA A100", gpuCount: 1, engine: "vllm", memoryTotalMib: null, engineVersion: null, model: null },
      },
    });
    const { id } = await createChange(as(analyst), engineChange(pool, { quantization: "fp8" }));
    await expect(does(analyst, id, "submit")).rejects.toMatchObject({ message: expect.stringContaining("FP8") });
  });

  it("what changes the answers of a model needs an evaluation of this very content, not older than a week; 4 bits need two people", async () => {
    const { pool } = await newPool(db, 3);
    const { id } = await createChange(as(analyst), engineChange(pool, { quantization: "awq" }));
    await does(analyst, id, "submit");
    await expect(does(lead, id, "approve")).rejects.toMatchObject({ message: expect.stringContaining("an evaluation") });
    const evidence = async (passed: boolean, at: Date) => {
      const { contentHash } = await rowOf(id);
      await db.prisma.changeEvidence.create({
        data: { changeId: id, kind: "evaluation", passed, contentHash, summary: "2 of 90 wrong", data: {}, at },
      });
    };
    await evidence(true, later(-8 * 24 * HOUR));
    await expect(does(lead, id, "approve")).rejects.toMatchObject({ message: expect.stringContaining("older than 7 days") });
    await evidence(false, later(-2 * HOUR));
    await expect(does(lead, id, "approve")).rejects.toMatchObject({ message: "Its evaluation did not pass: 2 of 90 wrong" });
    await evidence(true, later(-HOUR));
    await does(lead, id, "approve");
    expect(await rowOf(id)).toMatchObject({ status: "in_review", quorum: 2, fourBit: true, restartClass: "warm" });
    await does(lead2, id, "approve");
    await does(lead, id, "start");
    const { rollout } = await rowOf(id);
    // One node, all three: of three nodes 25 % is one, so that is no wave of its own.
    expect(rollout!.plan).toMatchObject({ strategy: "nodes", sharesPercent: [25, 50, 100] });
    expect(rollout!.locks.map(({ domain }) => domain)).toEqual([`pool:${pool}`]);
    // They were never ordered anything: what can be put back is an order that says nothing.
    const nothing = canonicalHash({ schema: 1, connector: "engine", content: { engine: {} } });
    expect(rollout!.targets.every(({ stableHash, finalHash }) => stableHash === nothing && finalHash !== nothing)).toBe(true);
  });

  it("an admin says how many people approve; what is drafted from then on needs as many", async () => {
    await updateWorkspace(as(admin), { changeQuorum: 2 });
    const { environment } = await newGateways(db);
    const { id } = await createChange(as(analyst), capOf(environment, 500));
    await updateWorkspace(as(admin), { changeQuorum: 1 });
    await does(analyst, id, "submit");
    await does(lead, id, "approve");
    await does(lead, id, "approve");
    expect(await rowOf(id)).toMatchObject({ status: "in_review", quorum: 2 });
    await does(lead2, id, "approve");
    expect((await rowOf(id)).status).toBe("approved");
  });

  it("a freeze holds the start; only an admin makes one, and ends it", async () => {
    const { id } = await approved();
    const freeze = { startsAt: later(-HOUR).toISOString(), endsAt: later(HOUR).toISOString(), reason: "Black Friday" };
    await expect(createFreeze(as(lead), freeze)).rejects.toMatchObject({ code: "forbidden" });
    const made = await createFreeze(as(admin), freeze);
    await expect(does(lead, id, "start")).rejects.toMatchObject({
      message: expect.stringContaining("Changes are frozen: Black Friday"),
    });
    expect((await listFreezes(as(viewer))).freezes).toMatchObject([{ id: made.id, active: true, createdBy: admin.name }]);
    await endFreeze(as(admin), made.id);
    await expect(endFreeze(as(admin), made.id)).rejects.toMatchObject({ code: "conflict" });
    await does(lead, id, "start");
  });

  it("break-glass: permission, password, reason and incident; a review by somebody else is owed", async () => {
    const { environment } = await newGateways(db);
    const { id } = await createChange(as(analyst), capOf(environment, 500));
    const call = {
      kind: "break_glass",
      reason: "On fire",
      incidentUrl: "https://incident/1",
      password: "correct horse",
    } as const;
    await expect(does(lead, id, call)).rejects.toMatchObject({
      message: "You sign in through your company, so there is no password to enter again. Ask an admin for one.",
    });
    const breaker = await newPerson(db, "lead", { mayBreakGlass: true });
    for (const one of [lead, breaker])
      await db.prisma.user.update({ where: { id: one.id }, data: { passwordHash: await hashPassword("correct horse") } });
    await expect(does(lead, id, call)).rejects.toMatchObject({
      message: expect.stringContaining("permission to break the glass"),
    });
    await expect(does(breaker, id, { ...call, password: "wrong" } as never)).rejects.toMatchObject({
      message: "That is not your password.",
    });
    await does(breaker, id, call);
    expect(await rowOf(id)).toMatchObject({
      status: "executing",
      reviewOwed: true,
      breakGlass: { by: breaker.name, reason: "On fire" },
    });
    const review = { kind: "review", comment: "It was right." } as const;
    await expect(does(breaker, id, review)).rejects.toMatchObject({ message: "You broke the glass: somebody else reviews it." });
    await does(lead, id, review);
    expect(await rowOf(id)).toMatchObject({ status: "executing", reviewOwed: false });
    const audit = await db.prisma.auditEvent.findMany({ where: { subject: `change:${id}` } });
    expect(JSON.stringify(audit, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
      "correct horse",
    );
  });
});

describe("the clock", () => {
  it("starts what is scheduled, suspends what cannot start, expires what nobody went on with", async () => {
    const [runs, frozen, late] = [await approved(), await approved(), await approved()];
    for (const { id } of [runs, frozen, late]) await does(lead, id, { kind: "schedule", at: later(HOUR).toISOString() } as never);
    expect(await tickChanges(db, later(HOUR - 1))).toEqual([]);
    await putInForce(as(lead), {
      kind: "tokens",
      scope: { level: "environment", value: frozen.environment },
      document: { maxOutputTokens: 7 },
      baseVersion: 0,
      message: "meanwhile",
    });
    await db.prisma.change.update({ where: { id: late.id }, data: { scheduledAt: later(0) } });
    expect((await tickChanges(db, later(HOUR))).sort()).toEqual([runs.id, frozen.id, late.id].sort());
    expect(await rowOf(runs.id)).toMatchObject({ status: "executing", rollout: { phase: "pending" } });
    expect(await rowOf(frozen.id)).toMatchObject({
      status: "suspended",
      statusReason: expect.stringContaining("has changed since"),
      rollout: null,
    });
    expect(await rowOf(late.id)).toMatchObject({
      status: "suspended",
      statusReason: "Its time went by while nothing could start it.",
    });
    expect(await auditOf(runs.id)).toContainEqual(["change.start", "Headroom"]);
    await does(lead, late.id, "resume", later(HOUR));
    expect(await tickChanges(db, later(HOUR + 1000))).toEqual([late.id]);
    expect((await rowOf(late.id)).status).toBe("executing");
    expect(await tickChanges(db, later(74 * HOUR))).toContain(frozen.id);
    expect((await rowOf(frozen.id)).status).toBe("expired");
  });

  it("a time that was approved needs nobody to set it again", async () => {
    const { environment } = await newGateways(db);
    const { id } = await approved(
      capOf(environment, 500, 0, { schedule: { at: later(HOUR).toISOString(), timeZone: "Europe/Paris" } }),
    );
    expect(await rowOf(id)).toMatchObject({ status: "scheduled", scheduledAt: later(HOUR) });
    await does(analyst, id, "cancel");
  });
});

describe("what is shown", () => {
  it("a preview says what a draft would do, and keeps nothing", async () => {
    const { environment } = await newGateways(db);
    const before = await db.prisma.change.count();
    const preview = await previewChange(as(analyst), { edits: capOf(environment, 500).edits });
    expect(preview).toMatchObject({
      problems: [],
      restartClass: "instant",
      restoreSec: 5,
      quorum: 1,
      traffic: null,
      detectable: [],
      conflicts: [],
    });
    expect(preview.targets.map(({ outcome }) => outcome)).toEqual(["changed"]);
    expect(await db.prisma.change.count()).toBe(before);
    const { id, number } = await createChange(as(analyst), capOf(environment, 400));
    expect((await previewChange(as(analyst), { edits: capOf(environment, 500).edits })).conflicts).toMatchObject([
      { number, status: "draft" },
    ]);
    expect((await previewChange(as(analyst), { edits: capOf(environment, 500).edits, changeId: id })).conflicts).toEqual([]);
  });

  it("says for each button whether it is allowed, and why not", async () => {
    const { id } = await approved();
    const can = async (actor: Actor) =>
      Object.fromEntries((await getChange(as(actor), id)).actions.map(({ kind, allowed }) => [kind, allowed]));
    expect(await can(lead2)).toMatchObject({ start: true, schedule: true, cancel: false, approve: false, edit: true });
    expect(await can(analyst)).toMatchObject({ start: false, cancel: true });
    expect(await can(viewer)).toMatchObject({ start: false, cancel: false, edit: false, submit: false });
  });

  it("lists by status, title, author and policy, a page at a time", async () => {
    const { environment } = await newGateways(db);
    const author = await newPerson(db, "analyst");
    const made = [];
    for (const cap of [1, 2, 3]) made.push(await createChange(as(author), capOf(environment, cap)));
    const ids = async (filter: object) => (await listChanges(as(author), filter)).changes.map(({ id }) => id);
    expect(await ids({ author: "me" })).toEqual(made.map(({ id }) => id).toReversed());
    expect(await ids({ author: author.id, text: "most 2 TOKENS" })).toEqual([made[1]!.id]);
    expect(await ids({ policy: `tokens/environment/${environment}`, limit: 2 })).toEqual([made[2]!.id, made[1]!.id]);
    const page = await listChanges(as(author), { author: "me", limit: 2 });
    expect(page.next).toBe(made[1]!.number);
    expect(await ids({ author: "me", before: page.next! })).toEqual([made[0]!.id]);
    await does(author, made[0]!.id, "cancel");
    expect(await ids({ author: "me", status: "open" })).toHaveLength(2);
    expect(await ids({ author: "me", status: "cancelled,promoted" })).toEqual([made[0]!.id]);
    await expect(listChanges(as(author), { status: "nonsense" })).rejects.toThrow(/status is open/);
  });
});
