/** Orders that nobody allowed, planted into the tables: no target is ever given one, and it is on record. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { appendAudit } from "@/lib/audit";
import { payloadOf } from "@/lib/changes/control/payload-of";
import { usualPlan } from "@/lib/changes/rollout/plan";
import { startOf } from "@/lib/changes/rollout/state";
import { createEnrolmentToken, publishDesired, type Warrant } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { publishToTarget } from "@/lib/policies/store";
import { putInForce } from "@/lib/policies/store/testing";
import { canonicalHash, canonicalText } from "@/lib/protocol/canonical";
import { CAPABILITIES } from "@/lib/protocol/connectors";
import type { Payload } from "@/lib/protocol/payload";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer, type FleetServer } from "./fleet-server";
import { TestTarget } from "./testing/test-target";

let db: TestDatabase;
let dataDir: string;
let server: FleetServer;
const log = createLogger("test", "silent");
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });
const gatewayPayload = (name: string): Payload => ({
  schema: 1,
  connector: "headroom-gateway",
  content: { layers: [{ scope: { level: "global", value: null }, policies: { tokens: { stop: [name] } } }] },
});
const [STABLE, FINAL] = [gatewayPayload("stable"), gatewayPayload("final")];

beforeAll(async () => {
  db = await testDatabase({ max: 5 });
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-gate-"));
  server = await startFleetServer({ databaseUrl: db.url, dataDir, host: "127.0.0.1", port: 0, log, holdMs: 300 });
  for (const one of [STABLE, FINAL]) await store(one);
});
afterAll(async () => {
  await server.close();
  await db.close();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

const store = (payload: Payload) =>
  db.prisma.targetPayload.create({
    data: { hash: canonicalHash(payload), connector: payload.connector, payload: canonicalText(payload), createdAt: new Date() },
  });

let names = 0;
async function enrolled(): Promise<TestTarget> {
  names += 1;
  const target = new TestTarget(`http://127.0.0.1:${server.port}`, `gate-${names}`);
  const { token } = await createEnrolmentToken(ctx(), { connector: "headroom-gateway" });
  const capabilities = [...CAPABILITIES];
  target.said = { capabilities };
  expect((await target.enrol(token, { connector: "headroom-gateway", capabilities })).status).toBe(200);
  await target.sync();
  return target;
}

interface Circumstances {
  approvers?: string[];
  approvedHash?: string;
  brokeGlass?: boolean;
  /** False: the rollout is about other targets. */
  concerns?: boolean;
}

/** A change by Ada that is being rolled out, approved by Bob unless it is said otherwise. */
async function rolloutFor(targetId: string, over: Circumstances = {}): Promise<string> {
  const now = new Date();
  const { approvers = ["bob"], approvedHash = "h", brokeGlass = false, concerns = true } = over;
  const change = await db.prisma.change.create({
    data: {
      title: "A change",
      rationale: "For the test",
      status: "executing",
      since: now,
      createdAt: now,
      content: {},
      contentHash: "h",
      authorId: "ada",
      authorName: "Ada",
      contributors: ["ada"],
      quorum: 1,
      restartClass: "instant",
      restoreSec: 5,
      tenants: ["*"],
      ...(brokeGlass ? { breakGlass: { by: "Ada", reason: "Fire", incidentUrl: "https://x.example" } } : {}),
      approvals: {
        create: approvers.map((userId) => ({ userId, userName: userId, contentHash: approvedHash, at: now })),
      },
    },
  });
  const stored = { stableHash: canonicalHash(STABLE), finalHash: canonicalHash(FINAL) };
  const rollout = await db.prisma.rollout.create({
    data: {
      changeId: change.id,
      phase: "soaking",
      state: startOf(now.getTime()) as object,
      plan: usualPlan("traffic"),
      startedAt: now,
      ...(concerns ? { targets: { create: { targetId, position: 0, capable: true, ...stored } } } : {}),
    },
  });
  return rollout.id;
}

const order = (targetId: string, payload: Payload, warrant: Warrant) =>
  db.prisma.$transaction((tx) => publishDesired(tx, ctx(), { targetId, payload, warrant, reason: "test" }));

/** What the target is given, asked twice. */
async function given(target: TestTarget): Promise<number | undefined> {
  const first = (await target.sync()).body.desired?.generation;
  return first ?? (await target.sync()).body.desired?.generation;
}

async function withheldFor(target: TestTarget): Promise<string> {
  expect(await given(target)).toBeUndefined();
  const row = await db.prisma.target.findUniqueOrThrow({ where: { id: target.id } });
  const events = await db.prisma.auditEvent.findMany({ where: { subject: `target:${target.id}`, action: "target.withhold" } });
  const { generation, reason } = row.unsignedOrder as { generation: number; reason: string };
  expect(generation).toBe(row.desiredGeneration);
  expect(events.filter(({ data }) => (data as { generation: number }).generation === generation)).toHaveLength(1);
  const told = await db.prisma.notification.findMany({ where: { dedupeKey: `withheld:${target.id}:${generation}` } });
  expect(told).toMatchObject([{ severity: "critical", tenants: ["*"], body: expect.stringContaining(reason) as string }]);
  return reason;
}

describe("what is signed", () => {
  it("the stored bytes of an approved change, of before and after, and the trial made of both", async () => {
    const target = await enrolled();
    const rolloutId = await rolloutFor(target.id);
    await order(target.id, FINAL, { rolloutId });
    expect(await given(target)).toBe(1);
    const trial = payloadOf({ run: "canary", sharePercent: 25, mode: "serve" }, { stable: STABLE, final: FINAL }, rolloutId)!;
    await order(target.id, trial.payload, { rolloutId });
    expect(await given(target)).toBe(2);
    await order(target.id, STABLE, { rolloutId });
    expect(await given(target)).toBe(3);
  });

  it("what broke the glass, and what is in force by an approved change", async () => {
    const target = await enrolled();
    await order(target.id, FINAL, { rolloutId: await rolloutFor(target.id, { approvers: [], brokeGlass: true }) });
    expect(await given(target)).toBe(1);
    await putInForce(ctx(), {
      kind: "tokens",
      scope: { level: "global", value: null },
      document: { maxOutputTokens: 700 },
      baseVersion: 0,
      message: "A cap",
    });
    expect(await given(target)).toBe(2);
    const later = await enrolled();
    await db.prisma.$transaction((tx) => publishToTarget(tx, ctx(), later.id));
    expect(await given(later)).toBe(1);
  });
});

describe("what is withheld", () => {
  it.each<[string, Circumstances, RegExp]>([
    ["nobody approved", { approvers: [] }, /0 of 1 approvals/],
    ["only its author approved", { approvers: ["ada"] }, /0 of 1 approvals/],
    ["was approved with another content", { approvedHash: "other" }, /0 of 1 approvals/],
    ["is about other targets", { concerns: false }, /not what its change made of this target/],
  ])("the order of a change that %s; an allowed one after it is given again", async (_, circumstances, why) => {
    const target = await enrolled();
    await order(target.id, FINAL, { rolloutId: await rolloutFor(target.id, circumstances) });
    expect(await withheldFor(target)).toMatch(why);
    await order(target.id, STABLE, { rolloutId: await rolloutFor(target.id) });
    expect(await given(target)).toBe(2);
  });

  it("other bytes, and another share, than its change stored and planned", async () => {
    const target = await enrolled();
    const rolloutId = await rolloutFor(target.id);
    await order(target.id, gatewayPayload("slipped in"), { rolloutId });
    expect(await withheldFor(target)).toMatch(/not what its change made of this target/);
    const both = { stable: STABLE, final: FINAL };
    await order(target.id, payloadOf({ run: "canary", sharePercent: 26, mode: "serve" }, both, rolloutId)!.payload, {
      rolloutId,
    });
    expect(await withheldFor(target)).toMatch(/not what its change made of this target/);
    const foreign = { stable: gatewayPayload("slipped in"), final: FINAL };
    await order(target.id, payloadOf({ run: "canary", sharePercent: 25, mode: "serve" }, foreign, rolloutId)!.payload, {
      rolloutId,
    });
    expect(await withheldFor(target)).toMatch(/not what its change made of this target/);
  });

  it("a policy version that was never approved, one that is not there, and none", async () => {
    const target = await enrolled();
    const { changeId } = await db.prisma.rollout.findUniqueOrThrow({
      where: { id: await rolloutFor(target.id, { approvers: [] }) },
    });
    const version = { kind: "tokens", scopeLevel: "endpoint", scopeValue: "planted", version: 1 };
    await db.prisma.policyVersion.create({
      data: {
        ...version,
        document: {},
        hash: "h",
        message: "m",
        authorKind: "user",
        authorId: "eve",
        authorName: "Eve",
        createdAt: new Date(),
        origin: "change",
        changeId,
      },
    });
    const cited = { kind: "tokens", level: "endpoint", value: "planted", version: 1 };
    await order(target.id, FINAL, { policies: [cited] });
    expect(await withheldFor(target)).toMatch(/tokens of endpoint planted version 1: Its change has 0 of 1 approvals/);
    await order(target.id, STABLE, { policies: [{ ...cited, version: 2 }] });
    expect(await withheldFor(target)).toBe("There is no tokens of endpoint planted version 2.");
    await order(target.id, FINAL, { policies: [] });
    expect(await withheldFor(target)).toBe("Nothing is named that allows it.");
  });

  it("a row written past the product: on the target alone, in the log of orders, and with somebody else's audit event", async () => {
    const target = await enrolled();
    const plant = (generation: number) =>
      db.pool.query("update target set desired_generation = $2, desired_hash = $3 where id = $1", [
        target.id,
        generation,
        canonicalHash(FINAL),
      ]);
    await plant(1);
    expect(await withheldFor(target)).toBe("It is not in the log of orders.");

    const rolloutId = await rolloutFor(target.id);
    const log = (generation: number, auditSeq: bigint | null) =>
      db.pool.query(
        `insert into target_desired (target_id, generation, hash, reason, created_by_kind, created_by_id, created_by_name, created_at, rollout_id, audit_seq)
         values ($1, $2, $3, 'planted', 'user', 'eve', 'Eve', now(), $4, $5)`,
        [target.id, generation, canonicalHash(FINAL), rolloutId, auditSeq],
      );
    await expect(log(2, null)).rejects.toThrow(/target_desired_warrant_check/);
    const other = await db.prisma.$transaction((tx) =>
      appendAudit(tx, ctx(), { action: "target.publish", subject: "targets", data: { targets: [] } }),
    );
    await log(2, other);
    await plant(2);
    expect(await withheldFor(target)).toBe("The audit chain does not know it.");
    await expect(db.pool.query("update target_desired set audit_seq = 1")).rejects.toThrow(/append-only/);
  });

  it("is counted for whoever watches the fleet server", async () => {
    const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    expect(Number(/headroom_fleet_withheld_orders_total (\d+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(10);
  });
});
