/** Ticks on a real database: telemetry through the real ingest, targets as rows that say what a test tells them to. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { verifyAudit } from "@/lib/audit/verify-audit";
import { claimRollout, LEASE_MS } from "@/lib/changes/control/claim-rollout";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { bad, good, MINUTE, rolloutStand } from "./testing/rollout-stand";

let db: TestDatabase;
const stand = rolloutStand(() => db);
const { ctx, later, started, tick, stateOf, wantedOf, traffic, fleetServerListens, minutes } = stand;

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
});
afterAll(() => db.close());
beforeEach(() => stand.begin());

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
    expect(stand.promoted()).toEqual([one.changeId]);
    expect(await stand.replayed(one)).toMatchObject({ problems: [] });
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
    expect(stand.promoted()).toEqual([]);
  });

  it("what can no longer be put in force stands still for a person, and goes on when it can", async () => {
    const one = await started();
    stand.refuse("FP8 does not run on A100.");
    const state = await minutes(one, good, ({ pauses }) => pauses.length > 0);
    expect(state).toMatchObject({ phase: "baking", pauses: ["manual"] });
    expect(state.reason).toMatch(/it cannot go on: FP8 does not run on A100\./);
    stand.refuse(null);
    await db.prisma.rollout.update({ where: { id: one.rolloutId }, data: { commands: { increment: 1 } } });
    const { commands } = await db.prisma.rollout.findUniqueOrThrow({ where: { id: one.rolloutId } });
    await db.prisma.rolloutCommand.create({
      data: {
        rolloutId: one.rolloutId,
        number: commands,
        kind: "resume",
        byId: "ada",
        byName: "Ada",
        reason: "",
        at: stand.now(),
      },
    });
    await minutes(one, good, ({ phase }) => phase === "promoted");
    expect(stand.promoted()).toEqual([one.changeId]);
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
        at: stand.now(),
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
    const first = await claimRollout(db, one.rolloutId, "one", stand.now());
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
      data: {
        rolloutId: one.rolloutId,
        number: 1,
        kind: "abort",
        byId: "ada",
        byName: "Ada",
        reason: "wrong model",
        at: stand.now(),
      },
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
      data: { rolloutId: one.rolloutId, number: 1, kind: "abort", byId: "ada", byName: "Ada", reason: "", at: stand.now() },
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
