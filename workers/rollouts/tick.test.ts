/** Ticks on a real database: telemetry through the real ingest, targets as rows that say what a test tells them to. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { verifyAudit } from "@/lib/audit/verify-audit";
import { guardrailsSchema } from "@/lib/changes/guardrails/schemas";
import { claimRollout, LEASE_MS } from "@/lib/changes/control/claim-rollout";
import { tickRollout, type TickDeps } from "@/lib/changes/control/tick-rollout";
import { rolloutPlanSchema, type RolloutPlan } from "@/lib/changes/rollout/plan";
import { startOf, type RolloutState } from "@/lib/changes/rollout/state";
import { AppError } from "@/lib/http";
import { createLogger } from "@/lib/log";
import { canonicalHash, canonicalText } from "@/lib/protocol/canonical";
import type { Payload } from "@/lib/protocol/payload";
import { readNativeEvent, type NativeEvent } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { ingestEvents } from "../ingest/ingest-events";

const MINUTE = 60_000;
const log = createLogger("test");
let db: TestDatabase;
let now: Date;
let promoted: string[];
let seed = 0;

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
});
afterAll(() => db.close());
beforeEach(() => {
  // Each test on its own quarter of an hour, so that none sees another's telemetry.
  now = new Date(Math.floor((Date.now() - (seed % 20) * 30 * MINUTE) / MINUTE) * MINUTE);
  promoted = [];
});

const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now, log });
const later = (ms: number) => {
  now = new Date(now.getTime() + ms);
};
let refusal: string | null = null;
const deps = (holder = "one"): TickDeps => ({
  holder,
  memory: new Map(),
  promote: async (_tx, _ctx, changeId) => {
    if (refusal !== null) throw new AppError("unprocessable", refusal);
    promoted.push(changeId);
  },
});
const payload = (text: string): Payload => ({ schema: 1, connector: "headroom-gateway", content: { layers: [text] } });

interface Started {
  rolloutId: string;
  changeId: string;
  targets: { id: string; name: string }[];
  domain: string;
}

/** A change that was just started on two gateways that run `stable`. */
async function started(
  plan: Partial<RolloutPlan> = {},
  guardrails: unknown[] = [{ kind: "count", metric: "error" }],
): Promise<Started> {
  const number = ++seed;
  const stored = [payload(`stable ${number}`), payload(`final ${number}`)];
  for (const one of stored) {
    await db.prisma.targetPayload.create({
      data: { hash: canonicalHash(one), connector: one.connector, payload: canonicalText(one), createdAt: now },
    });
  }
  const [stableHash, finalHash] = stored.map(canonicalHash) as [string, string];
  const targets = [];
  for (const name of [`gw-${number}-a`, `gw-${number}-b`]) {
    const target = await db.prisma.target.create({
      data: {
        name,
        connector: "headroom-gateway",
        environment: "production",
        stateAt: now,
        publicKey: {},
        enrolledAt: now,
        version: "1",
        capabilities: [],
        lastSeenAt: now,
        health: { ok: true, crashes: 0, figures: {} },
        desiredGeneration: 1,
        desiredHash: stableHash,
        runningGeneration: 1,
        runningHash: stableHash,
        effectiveHash: stableHash,
        desired: {
          create: {
            generation: 1,
            hash: stableHash,
            reason: "test",
            createdByKind: "system",
            createdById: "t",
            createdByName: "t",
            createdAt: now,
            policies: [],
            auditSeq: 1n,
          },
        },
      },
    });
    targets.push({ id: target.id, name });
  }
  const domain = `gateways:${number}`;
  const change = await db.prisma.change.create({
    data: {
      title: "A change",
      rationale: "For the test",
      status: "executing",
      since: now,
      content: { diff: {}, baseVersions: {}, guardrails: guardrailsSchema.parse(guardrails) },
      contentHash: "h",
      authorId: "ada",
      authorName: "Ada",
      contributors: ["ada"],
      quorum: 1,
      restartClass: "instant",
      restoreSec: 5,
      blastDomains: [domain],
      tenants: ["*"],
      createdAt: now,
    },
  });
  const full = rolloutPlanSchema.parse({
    strategy: "traffic",
    sharesPercent: [25, 100],
    soakMin: 2,
    bakeMin: 3,
    minTraffic: 20,
    ...plan,
  });
  const rollout = await db.prisma.rollout.create({
    data: {
      changeId: change.id,
      phase: "pending",
      state: startOf(now.getTime()) as object,
      plan: full as object,
      startedAt: now,
      nextTickAt: now,
      targets: { create: targets.map(({ id }, position) => ({ targetId: id, position, capable: true, stableHash, finalHash })) },
      locks: { create: { domain, takenAt: now } },
    },
  });
  return { rolloutId: rollout.id, changeId: change.id, targets, domain };
}

const tick = (one: Started, holder?: string) => tickRollout(ctx(), deps(holder), one.rolloutId);
const stateOf = async ({ rolloutId }: Started) =>
  (await db.prisma.rollout.findUniqueOrThrow({ where: { id: rolloutId } })).state as unknown as RolloutState;

/** Every target is heard from, and runs what is wanted of it. */
async function targetsObey({ targets }: Started): Promise<void> {
  for (const { id } of targets) {
    await db.pool.query(
      `update target set running_generation = desired_generation, running_hash = desired_hash, effective_hash = desired_hash, last_seen_at = $2
       where id = $1`,
      [id, now],
    );
  }
}

const wantedOf = async ({ targets }: Started) => {
  const rows = await db.prisma.target.findMany({
    where: { id: { in: targets.map((target) => target.id) } },
    orderBy: { name: "asc" },
  });
  const stored = await db.prisma.targetPayload.findMany({ where: { hash: { in: rows.map((row) => row.desiredHash!) } } });
  return rows.map((row) => ({
    generation: row.desiredGeneration,
    lease: row.desiredLeaseTtlSec,
    content: (JSON.parse(stored.find(({ hash }) => hash === row.desiredHash)!.payload) as Payload).content,
  }));
};

/** Requests in the newest minute, through the real door; complete up to now. */
async function traffic(
  { targets }: Started,
  arms: Record<"canary" | "control", { requests: number; failed: number }>,
): Promise<void> {
  const events = (["canary", "control"] as const).flatMap((variant) =>
    Array.from({ length: arms[variant].requests }, (_, index): Partial<NativeEvent> => {
      const id = randomUUID();
      return {
        id,
        requestId: id,
        actionId: id,
        occurredAt: new Date(now.getTime() - 50_000 + index * 50).toISOString(),
        tenant: "acme",
        route: "chat",
        gateway: targets[index % 2]!.name,
        variant,
        status: index < arms[variant].failed ? "error" : "success",
      };
    }),
  );
  const read = events.map((event, index) => {
    const door = { now: now.getTime(), rawRetentionDays: 35, tenants: "all" as const, apiKeyId: null };
    const one = readNativeEvent(nativeEvent(index, event), door);
    if ("refusal" in one) throw new Error(one.refusal.message);
    return one.event;
  });
  await ingestEvents({ db, log }, read, { receivedAt: () => now.getTime() });
  await db.pool.query(
    `insert into telemetry.ingest_state (id, checked_at, complete_to) values (1, $1, $1)
     on conflict (id) do update set checked_at = $1, complete_to = $1`,
    [now],
  );
}
const good = { canary: { requests: 300, failed: 0 }, control: { requests: 600, failed: 0 } };
const bad = { canary: { requests: 60, failed: 40 }, control: { requests: 180, failed: 1 } };

/** A fleet server has listened all the time, so that silence means something. */
async function fleetServerListens(): Promise<void> {
  await db.prisma.fleetServer.deleteMany({});
  await db.prisma.fleetServer.create({
    data: { id: randomUUID(), listeningSince: new Date(now.getTime() - 60 * MINUTE), beatAt: now },
  });
}

/** One minute after the other, as `what` says, until `done`. */
async function minutes(
  one: Started,
  what: typeof good,
  done: (state: RolloutState) => boolean,
  most = 30,
): Promise<RolloutState> {
  for (let minute = 0; minute < most; minute++) {
    await targetsObey(one);
    await fleetServerListens();
    await traffic(one, what);
    for (let again = 0; again < 3; again++) await tick(one);
    const state = await stateOf(one);
    if (done(state)) return state;
    later(MINUTE);
  }
  throw new Error(`It is ${JSON.stringify(await stateOf(one))} after ${most} minutes.`);
}

describe("a rollout on a real database", () => {
  it("offers the change to a share, compares, gives it to everybody, and promotes", async () => {
    const one = await started();
    await minutes(one, good, (state) => state.phase === "soaking");
    const [first, second] = await wantedOf(one);
    expect(second).toEqual(first);
    expect(first).toEqual({
      generation: 2,
      lease: 900,
      content: {
        layers: [expect.stringMatching(/^stable/)],
        experiment: {
          id: one.rolloutId,
          mode: "serve",
          sharePercent: 25,
          sticky: "action",
          layers: [expect.stringMatching(/^final/)],
        },
      },
    });
    // Some 700 canary requests without a fault: surely fewer than one in a hundred fail.
    await minutes(one, good, (state) => state.phase === "baking");
    expect((await wantedOf(one))[0]).toMatchObject({
      generation: 3,
      lease: 900,
      content: { layers: [expect.stringMatching(/^final/)] },
    });
    const state = await minutes(one, good, ({ phase }) => phase === "promoted");
    expect(state.pauses).toEqual([]);
    expect((await wantedOf(one))[0]).toMatchObject({ generation: 4, lease: null });
    expect(promoted).toEqual([one.changeId]);
    expect(await db.prisma.blastLock.count({ where: { domain: one.domain } })).toBe(0);
    expect(await db.prisma.change.findUniqueOrThrow({ where: { id: one.changeId } })).toMatchObject({
      status: "promoted",
      version: 2,
    });
    expect(await verifyAudit(ctx())).toMatchObject({ ok: true });
  });

  it("goes back by itself when the canary fails more often: the stored bytes, as a new generation", async () => {
    const one = await started();
    await minutes(one, good, (state) => state.phase === "soaking");
    const [before] = await wantedOf(one);
    later(MINUTE);
    const state = await minutes(one, bad, ({ phase }) => phase === "rolling_back" || phase === "rolled_back", 3);
    expect(state.reason).toMatch(/error|failed/i);
    const [after] = await wantedOf(one);
    expect(after).toMatchObject({
      generation: before!.generation! + 1,
      lease: null,
      content: { layers: [expect.stringMatching(/^stable/)] },
    });
    expect(after!.content).not.toHaveProperty("experiment");
    expect((await minutes(one, good, ({ phase }) => phase === "rolled_back")).phase).toBe("rolled_back");
    expect(await db.prisma.change.findUniqueOrThrow({ where: { id: one.changeId } })).toMatchObject({ status: "rolled_back" });
    const ticks = await db.prisma.rolloutTick.findMany({ where: { rolloutId: one.rolloutId }, orderBy: { seq: "asc" } });
    const harmful = ticks.map((row) => row.facts as { judged: { guardrail: string; verdict: { verdict: string } }[] });
    expect(harmful.some(({ judged }) => judged[0]?.verdict.verdict === "harm")).toBe(true);
    expect(promoted).toEqual([]);
  });

  it("what can no longer be put in force stands still for a person, and goes on when it can", async () => {
    const one = await started();
    refusal = "FP8 does not run on A100.";
    const state = await minutes(one, good, ({ pauses }) => pauses.length > 0);
    expect(state).toMatchObject({ phase: "baking", pauses: ["manual"] });
    expect(state.reason).toMatch(/it cannot go on: FP8 does not run on A100\./);
    refusal = null;
    await db.prisma.rollout.update({ where: { id: one.rolloutId }, data: { commands: { increment: 1 } } });
    const { commands } = await db.prisma.rollout.findUniqueOrThrow({ where: { id: one.rolloutId } });
    await db.prisma.rolloutCommand.create({
      data: { rolloutId: one.rolloutId, number: commands, kind: "resume", byId: "ada", byName: "Ada", reason: "", at: now },
    });
    await minutes(one, good, ({ phase }) => phase === "promoted");
    expect(promoted).toEqual([one.changeId]);
  });

  it("a target that cannot apply it takes everybody back", async () => {
    const one = await started();
    await fleetServerListens();
    await traffic(one, good);
    await minutes(one, good, (state) => state.phase === "deploying", 3);
    const { desiredGeneration, desiredHash } = await db.prisma.target.findUniqueOrThrow({ where: { id: one.targets[0]!.id } });
    await db.prisma.targetAck.create({
      data: {
        targetId: one.targets[0]!.id,
        generation: desiredGeneration!,
        attempt: 7,
        bootId: randomUUID(),
        hash: desiredHash!,
        status: "failed",
        error: "It ended at start.",
        at: now,
      },
    });
    await tick(one);
    expect(await stateOf(one)).toMatchObject({
      phase: "rolling_back",
      reason: `${one.targets[0]!.name} could not apply it and went back.`,
    });
  });
});

describe("who may decide", () => {
  it("one controller at a time; another one takes over when the lease ended, and the first one's tick is void", async () => {
    const one = await started();
    const first = await claimRollout(db, one.rolloutId, "one", now);
    expect(first!.epoch).toBe(1n);
    expect(await tick(one, "two")).toBe("not_mine");
    later(LEASE_MS + 1);
    expect(await tick(one, "two")).toBe("decided");
    expect(await db.prisma.rollout.findUniqueOrThrow({ where: { id: one.rolloutId } })).toMatchObject({
      epoch: 2n,
      leaseHolder: "two",
    });
    expect(await tick(one, "one")).toBe("not_mine");
  });

  it("a command that came while a tick was under way makes it void; the next one obeys", async () => {
    const one = await started();
    await minutes(one, good, (state) => state.phase === "soaking");
    const client = await db.pool.connect();
    await client.query("begin; lock table telemetry.ingest_state in access exclusive mode");
    const racing = tick(one);
    // It has claimed and reads; the command lands before it can write.
    await expect
      .poll(
        async () =>
          (await db.pool.query("select 1 from pg_locks where not granted and relation = 'telemetry.ingest_state'::regclass"))
            .rowCount,
      )
      .toBeGreaterThan(0);
    await db.prisma.rollout.update({ where: { id: one.rolloutId }, data: { commands: 1 } });
    await db.prisma.rolloutCommand.create({
      data: { rolloutId: one.rolloutId, number: 1, kind: "abort", byId: "ada", byName: "Ada", reason: "wrong model", at: now },
    });
    await client.query("commit");
    client.release();
    expect(await racing).toBe("void");
    expect((await stateOf(one)).phase).toBe("soaking");
    expect(await tick(one)).toBe("decided");
    expect(await stateOf(one)).toMatchObject({ phase: "rolling_back", reason: "Ada (wrong model) aborted it.", commandsSeen: 1 });
  });

  it("two ticks of one controller at once end a rollout once", async () => {
    const one = await started();
    await db.prisma.rollout.update({ where: { id: one.rolloutId }, data: { commands: 1 } });
    await db.prisma.rolloutCommand.create({
      data: { rolloutId: one.rolloutId, number: 1, kind: "abort", byId: "ada", byName: "Ada", reason: "", at: now },
    });
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => tick(one)));
    expect(outcomes.filter((outcome) => outcome === "decided").length).toBeLessThanOrEqual(1);
    if (!outcomes.includes("decided")) expect(await tick(one)).toBe("decided");
    expect(await db.prisma.change.findUniqueOrThrow({ where: { id: one.changeId } })).toMatchObject({
      status: "rolled_back",
      version: 2,
    });
  });

  it("a hundred ticks at once change nothing twice", async () => {
    const one = await started();
    await fleetServerListens();
    await traffic(one, good);
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => tick(one, `holder ${index % 4}`).catch(() => "failed")),
    );
    expect(outcomes.filter((outcome) => outcome === "decided").length).toBeGreaterThan(0);
    const ticks = await db.prisma.rolloutTick.findMany({ where: { rolloutId: one.rolloutId } });
    expect(new Set(ticks.map(({ seq }) => seq)).size).toBe(ticks.length);
    const orders = await db.prisma.targetDesired.findMany({
      where: { targetId: one.targets[0]!.id },
      orderBy: { generation: "asc" },
    });
    expect(orders.map(({ generation }) => generation)).toEqual(orders.map((_, index) => index + 1));
    expect(orders.length).toBeLessThanOrEqual(2);
    expect(await verifyAudit(ctx())).toMatchObject({ ok: true });
  });
});
