/** What may go wrong around a rollout, on a real database: people, calendars, partitions, telemetry, money, quality, clocks. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Registry } from "prom-client";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { commandRollout } from "@/lib/changes/store";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startRolloutsRole } from "./role";
import { bad, good, MINUTE, rolloutStand, type Started } from "./testing/rollout-stand";

let db: TestDatabase;
const stand = rolloutStand(() => db);
const { ctx, later, started, tick, stateOf, targetsObey, traffic, deliver, complete, fleetServerListens, minutes } = stand;

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
});
afterAll(() => db.close());
beforeEach(() => stand.begin());

const soaking = (one: Started) => minutes(one, good, ({ phase }) => phase === "soaking");
const everyTickReplays = async (one: Started) => {
  const { ticks, problems } = await stand.replayed(one);
  expect(problems).toEqual([]);
  expect(ticks).toBeGreaterThan(2);
};

describe("people and calendars", () => {
  it("a freeze that starts mid-step: it stands still with the reason, and goes on when the freeze ends", async () => {
    const one = await started();
    await soaking(one);
    const [from, to] = [stand.now(), new Date(stand.now().getTime() + 10 * MINUTE)];
    await db.prisma.changeFreeze.create({
      data: { startsAt: from, endsAt: to, reason: "Black Friday", createdById: "a", createdByName: "Ada", createdAt: from },
    });
    const frozen = await minutes(one, good, ({ pauses }) => pauses.length > 0, 2);
    expect(frozen).toMatchObject({ phase: "soaking", pauses: ["freeze"] });
    const state = await minutes(one, good, ({ phase }) => phase === "promoted");
    expect(state.pauses).toEqual([]);
    expect(stand.now().getTime()).toBeGreaterThan(to.getTime());
    await everyTickReplays(one);
  });

  it("an abort is not held up by a freeze", async () => {
    const one = await started();
    await soaking(one);
    await db.prisma.changeFreeze.create({
      data: {
        startsAt: stand.now(),
        endsAt: new Date(stand.now().getTime() + MINUTE),
        reason: "Freeze",
        createdById: "a",
        createdByName: "Ada",
        createdAt: stand.now(),
      },
    });
    await commandRollout(ctx(), one.rolloutId, { kind: "abort", reason: "now" });
    await tick(one);
    expect((await stateOf(one)).phase).toBe("rolling_back");
  });

  it("an abort that races promote, resume and ticks wins whenever it was taken; ten times", async () => {
    for (let round = 0; round < 10; round++) {
      const one = await started({ soakMin: 0, bakeMin: 0, minTraffic: 0, sharesPercent: [100], strategy: "nodes" });
      await fleetServerListens();
      await targetsObey(one);
      for (let again = 0; again < round % 5; again++) await tick(one);
      await targetsObey(one);
      const asks = ["promote", "abort", "resume"] as const;
      const [outcomes] = await Promise.all([
        Promise.allSettled(asks.map((kind) => commandRollout(ctx(), one.rolloutId, { kind }))),
        ...[1, 2, 3].map((holder) => tick(one, `controller ${holder}`).catch(() => "failed")),
      ]);
      const aborted = outcomes![1]!.status === "fulfilled";
      later(MINUTE);
      for (let again = 0; again < 6; again++) {
        await fleetServerListens();
        await targetsObey(one);
        await tick(one);
      }
      const { phase } = await stateOf(one);
      expect({ round, aborted, phase }).toEqual({ round, aborted, phase: aborted ? "rolled_back" : "promoted" });
      expect(stand.promoted().includes(one.changeId)).toBe(!aborted);
    }
  }, 60_000);
});

describe("a partition", () => {
  it("of half of the targets: they count as nothing, too few of the others is a reason to stand still, and they converge afterwards", async () => {
    const one = await started({ strategy: "nodes", sharesPercent: [50, 100], minTargets: 2, stepDeadlineMin: 60 }, undefined, {
      count: 4,
      of: "foreign",
    });
    const reached = [one.targets[0]!, one.targets[3]!];
    for (let minute = 0; minute < 12; minute++) {
      await fleetServerListens();
      await targetsObey(one, reached);
      await traffic(one, good);
      for (let again = 0; again < 3; again++) await tick(one);
      later(MINUTE);
    }
    const cut = await stateOf(one);
    expect([cut.phase, cut.pauses]).toEqual(["deploying", ["min_targets"]]);
    // Healed: whoever was away gets straight what is wanted now.
    for (let minute = 0; minute < 3; minute++) {
      await fleetServerListens();
      await targetsObey(one);
      await traffic(one, good);
      for (let again = 0; again < 3; again++) await tick(one);
      later(MINUTE);
    }
    expect((await stateOf(one)).pauses).toEqual([]);
    await commandRollout(ctx(), one.rolloutId, { kind: "abort" });
    // Half of them never hear of the way back: it is over all the same, and their newest order is what was before.
    later(10 * MINUTE);
    for (let again = 0; again < 4; again++) {
      await fleetServerListens();
      await targetsObey(one, reached);
      await tick(one);
    }
    expect((await stateOf(one)).phase).toBe("rolled_back");
    const rows = await db.prisma.target.findMany({
      where: { id: { in: one.targets.map(({ id }) => id) } },
      include: { rollouts: true },
    });
    expect(rows.map((row) => row.desiredHash)).toEqual(rows.map((row) => row.rollouts[0]!.stableHash));
  });
});

describe("a target that says applied and runs something else", () => {
  it("is no success: the step waits for it, and goes back at its deadline", async () => {
    const one = await started({ stepDeadlineMin: 5 });
    await fleetServerListens();
    await traffic(one, good);
    for (let again = 0; again < 3; again++) await tick(one);
    const lies = async () => {
      await fleetServerListens();
      await targetsObey(one);
      await db.pool.query("update target set effective_hash = 'something else', drift_polls = 3 where id = $1", [
        one.targets[0]!.id,
      ]);
      await tick(one);
      later(MINUTE);
    };
    for (let minute = 0; minute < 5; minute++) await lies();
    expect((await stateOf(one)).phase).toBe("deploying");
    for (let minute = 0; minute < 3; minute++) await lies();
    expect(await stateOf(one)).toMatchObject({
      phase: "rolling_back",
      reason: `${one.targets[0]!.name} did not apply it within 5 minutes.`,
    });
  });
});

describe("telemetry", () => {
  it("absent: it stands still after three minutes and goes back after a quarter of an hour", async () => {
    const one = await started({ soakMin: 30, maxSoakMin: 60 });
    await soaking(one);
    const silent = async (state: (phase: string, pauses: readonly string[]) => boolean) => {
      for (let minute = 0; minute < 20; minute++) {
        await fleetServerListens();
        await targetsObey(one);
        await tick(one);
        const { phase, pauses } = await stateOf(one);
        if (state(phase, pauses)) return minute;
        later(MINUTE);
      }
      throw new Error("It never came to that.");
    };
    expect(await silent((_, pauses) => pauses.includes("metrics_unavailable"))).toBeLessThanOrEqual(5);
    await silent((phase) => phase === "rolling_back");
    expect((await stateOf(one)).reason).toMatch(/No telemetry for 15 minutes/);
    await everyTickReplays(one);
  });

  it("late: what comes eleven minutes late counts for the minute in which it happened, and takes the change back", async () => {
    const one = await started({ soakMin: 30, maxSoakMin: 60 });
    await soaking(one);
    later(MINUTE);
    const late = stand.atGateways(one, bad);
    for (let minute = 0; minute < 11; minute++) {
      await targetsObey(one);
      await fleetServerListens();
      await traffic(one, { canary: { requests: 3, failed: 0 }, control: { requests: 9, failed: 0 } });
      await tick(one);
      expect((await stateOf(one)).phase).toBe("soaking");
      later(MINUTE);
    }
    await deliver(late);
    expect((await minutes(one, good, ({ phase }) => phase !== "soaking", 12)).reason).toMatch(/Errors/);
    await everyTickReplays(one);
  }, 60_000);

  it("duplicated: an event that is delivered three times is one, and no verdict changes", async () => {
    const one = await started({ soakMin: 30, maxSoakMin: 60 });
    await soaking(one);
    const events = stand.atGateways(one, { canary: { requests: 40, failed: 1 }, control: { requests: 120, failed: 3 } });
    const seen = async () => {
      await complete();
      later(MINUTE);
      await targetsObey(one);
      await fleetServerListens();
      await complete();
      await tick(one);
      const last = await db.prisma.rolloutTick.findFirstOrThrow({
        where: { rolloutId: one.rolloutId },
        orderBy: { seq: "desc" },
      });
      return (last.facts as { judged: { verdict: { exposed: object; evidence: number } }[] }).judged[0]!.verdict;
    };
    await deliver(events);
    const once = await seen();
    await deliver(events);
    await deliver(events.toReversed());
    expect(await seen()).toEqual(once);
  });
});

describe("money and quality", () => {
  it("a canary that spends more than its ceiling stops at once, with both amounts", async () => {
    const one = await started({ spendCeilingUsdPerHour: 12 }, [{ kind: "count", metric: "error" }]);
    await soaking(one);
    const spend = (nano: number) =>
      db.pool.query("update telemetry.event set cost_nano = $2 where gateway = any($1) and variant = 'canary'", [
        one.targets.map(({ name }) => name),
        nano,
      ]);
    later(MINUTE);
    await traffic(one, good);
    const { rows } = await db.pool.query<{ n: number }>(
      `select count(*)::int as n from telemetry.event e join rollout r on r.id = $2
       where gateway = any($1) and variant = 'canary' and e.occurred_at >= r.started_at`,
      [one.targets.map(({ name }) => name), one.rolloutId],
    );
    // $1.90 in ten minutes are $11.40 an hour; $2.10 are $12.60.
    await spend(Math.floor(1_900_000_000 / rows[0]!.n));
    await targetsObey(one);
    await tick(one);
    expect((await stateOf(one)).phase).toBe("soaking");
    await spend(Math.ceil(2_100_000_000 / rows[0]!.n));
    later(31_000);
    await fleetServerListens();
    await targetsObey(one);
    await tick(one, "another");
    expect(await stateOf(one)).toMatchObject({
      phase: "rolling_back",
      reason: expect.stringMatching(/^It spends \$12\.\d\d an hour; the ceiling is \$12\.00\./),
    });
    await everyTickReplays(one);
  });

  it("answers that people do not accept take it back: quality is counted from outcomes, by the request they are about", async () => {
    const one = await started({ soakMin: 30, maxSoakMin: 60 }, [
      { kind: "count", metric: "error" },
      { kind: "count", metric: "quality_failure" },
    ]);
    await soaking(one);
    later(MINUTE);
    const events = stand.atGateways(one, { canary: { requests: 60, failed: 0 }, control: { requests: 180, failed: 0 } });
    await deliver(events);
    const outcomes = events.map(({ requestId, variant, occurredAt }) => ({
      id: randomUUID(),
      request_id: requestId,
      value: variant === "canary" ? 0 : 1,
      at: occurredAt,
    }));
    await db.pool.query(
      `insert into telemetry.outcome (id, occurred_at, received_at, tenant, request_id, kpi, value, content_hash)
       select o.id, o.at, o.at, 'acme', o.request_id, 'accepted', o.value, 1
       from jsonb_to_recordset($1::jsonb) as o(id text, request_id text, value float8, at timestamptz)`,
      [JSON.stringify(outcomes)],
    );
    await complete();
    const state = await minutes(one, good, ({ phase }) => phase !== "soaking", 2);
    expect(state).toMatchObject({ phase: "rolling_back", reason: expect.stringMatching(/Quality/i) });
    expect(state.reason).toMatch(/60 canary and 180 baseline/);
    await everyTickReplays(one);
  });
});

describe("a large pool", () => {
  it("of 25 nodes is promoted in waves of 1, 7, 13 and 25, and each wave is compared with the nodes outside", async () => {
    const one = await started({ strategy: "nodes", sharesPercent: [1, 25, 50, 100] }, undefined, { count: 25, of: "node" });
    const sizes = new Set<number>();
    for (let minute = 0; minute < 60; minute++) {
      await targetsObey(one);
      await fleetServerListens();
      await traffic(one, good);
      for (let again = 0; again < 3; again++) await tick(one);
      const rows = await db.prisma.target.findMany({ where: { poolId: one.pool! }, include: { rollouts: true } });
      sizes.add(rows.filter((row) => row.desiredHash === row.rollouts[0]!.finalHash).length);
      if ((await stateOf(one)).phase === "promoted") break;
      later(MINUTE);
    }
    expect(await stateOf(one)).toMatchObject({ phase: "promoted", pauses: [] });
    expect([...sizes]).toEqual([0, 1, 7, 13, 25].filter((size) => sizes.has(size)));
    expect(sizes.size).toBeGreaterThanOrEqual(4);
    expect(await db.prisma.targetDesired.count({ where: { rolloutId: one.rolloutId } })).toBe(50);
    await everyTickReplays(one);
  }, 120_000);

  it("of gateways that cannot split: those that were changed are compared with those that were not", async () => {
    const one = await started({ strategy: "nodes", sharesPercent: [50, 100] }, undefined, { count: 4, of: "foreign" });
    for (let minute = 0; minute < 20; minute++) {
      await targetsObey(one);
      await fleetServerListens();
      // By gateway only: nobody stamps a variant.
      const events = [...stand.atGateways(one, good)].map((event, index) => ({
        ...event,
        variant: null,
        gateway: one.targets[index % 4]!.name,
      }));
      await deliver(events);
      await complete();
      for (let again = 0; again < 3; again++) await tick(one);
      if (["promoted", "rolled_back"].includes((await stateOf(one)).phase)) break;
      later(MINUTE);
    }
    expect(await stateOf(one)).toMatchObject({ phase: "promoted" });
    const ticks = await db.prisma.rolloutTick.findMany({ where: { rolloutId: one.rolloutId }, orderBy: { seq: "desc" } });
    const { canary, baseline } = (
      ticks[0]!.facts as unknown as { judged: { verdict: { exposed: { canary: number; baseline: number } } }[] }
    ).judged[0]!.verdict.exposed;
    expect(Math.min(canary, baseline)).toBeGreaterThan(500);
  }, 60_000);
});

describe("clocks", () => {
  it("a controller whose own clock is an hour ahead or behind decides by the database's", async () => {
    for (const hours of [1, -1]) {
      const one = await started({ soakMin: 30 });
      const real = new Date();
      await db.pool.query("update rollout set next_tick_at = now() where id = $1", [one.rolloutId]);
      vi.useFakeTimers({ toFake: ["Date"], now: real.getTime() + hours * 60 * MINUTE });
      const log = createLogger("test", "silent");
      const role = await startRolloutsRole({ db, log, metrics: new Registry() } as unknown as Parameters<
        typeof startRolloutsRole
      >[0]);
      try {
        await expect
          .poll(() => db.prisma.rolloutTick.count({ where: { rolloutId: one.rolloutId } }), { timeout: 20_000 })
          .toBeGreaterThan(0);
      } finally {
        await role.close();
        vi.useRealTimers();
      }
      const row = await db.prisma.rollout.findUniqueOrThrow({ where: { id: one.rolloutId }, include: { ticks: true } });
      for (const at of [
        row.ticks[0]!.at,
        ...(row.nextTickAt ? [row.nextTickAt] : []),
        ...(row.leaseUntil ? [row.leaseUntil] : []),
      ]) {
        expect(Math.abs(at.getTime() - real.getTime())).toBeLessThan(5 * MINUTE);
      }
      await commandRollout({ ...ctx(), actor: SYSTEM_ACTOR }, one.rolloutId, { kind: "abort" }).catch(() => undefined);
    }
  }, 60_000);
});
