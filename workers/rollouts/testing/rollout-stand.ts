/**
 * A rollout on a real database for tests of ticks: telemetry through the real ingest, targets as rows that say what a test
 * tells them to, and a clock that the test moves.
 */
import { randomUUID } from "node:crypto";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { guardrailsSchema } from "@/lib/changes/guardrails/schemas";
import { tickRollout, type TickDeps } from "@/lib/changes/control/tick-rollout";
import { rolloutPlanSchema, type RolloutPlan } from "@/lib/changes/rollout/plan";
import { startOf, type RolloutState } from "@/lib/changes/rollout/state";
import { AppError } from "@/lib/http";
import { createLogger } from "@/lib/log";
import { canonicalHash, canonicalText } from "@/lib/protocol/canonical";
import type { Payload } from "@/lib/protocol/payload";
import { readNativeEvent, type NativeEvent } from "@/lib/telemetry";
import type { TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { ingestEvents } from "../../ingest/ingest-events";

export const MINUTE = 60_000;
const log = createLogger("test");

export interface Started {
  rolloutId: string;
  changeId: string;
  targets: { id: string; name: string }[];
  domain: string;
}

/** `db`: asked for when it is there. */
export function rolloutStand(db: () => TestDatabase) {
  let now = new Date();
  let promoted: string[] = [];
  let seed = 0;

  const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db: db(), now, log });
  const later = (ms: number) => {
    now = new Date(now.getTime() + ms);
  };
  let refusal: string | null = null;
  /** Each controller remembers for itself. */
  const memories = new Map<string, TickDeps["memory"]>();
  const memoryOf = (holder: string): TickDeps["memory"] => {
    const memory = memories.get(holder) ?? new Map();
    memories.set(holder, memory);
    return memory;
  };
  const deps = (holder = "one"): TickDeps => ({
    holder,
    memory: memoryOf(holder),
    promote: async (_tx, _ctx, changeId) => {
      if (refusal !== null) throw new AppError("unprocessable", refusal);
      promoted.push(changeId);
    },
  });
  const payload = (text: string): Payload => ({ schema: 1, connector: "headroom-gateway", content: { layers: [text] } });

  /** A change that was just started on two gateways that run `stable`. */
  async function started(
    plan: Partial<RolloutPlan> = {},
    guardrails: unknown[] = [{ kind: "count", metric: "error" }],
  ): Promise<Started> {
    const number = ++seed;
    const stored = [payload(`stable ${number}`), payload(`final ${number}`)];
    for (const one of stored) {
      await db().prisma.targetPayload.create({
        data: { hash: canonicalHash(one), connector: one.connector, payload: canonicalText(one), createdAt: now },
      });
    }
    const [stableHash, finalHash] = stored.map(canonicalHash) as [string, string];
    const targets = [];
    for (const name of [`gw-${number}-a`, `gw-${number}-b`]) {
      const target = await db().prisma.target.create({
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
    const change = await db().prisma.change.create({
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
    const rollout = await db().prisma.rollout.create({
      data: {
        changeId: change.id,
        phase: "pending",
        state: startOf(now.getTime()) as object,
        plan: full as object,
        startedAt: now,
        nextTickAt: now,
        targets: {
          create: targets.map(({ id }, position) => ({ targetId: id, position, capable: true, stableHash, finalHash })),
        },
        locks: { create: { domain, takenAt: now } },
      },
    });
    return { rolloutId: rollout.id, changeId: change.id, targets, domain };
  }

  const tick = (one: Started, holder?: string) => tickRollout(ctx(), deps(holder), one.rolloutId);
  const stateOf = async ({ rolloutId }: Started) =>
    (await db().prisma.rollout.findUniqueOrThrow({ where: { id: rolloutId } })).state as unknown as RolloutState;

  /** Every target is heard from, and runs what is wanted of it. */
  async function targetsObey({ targets }: Started): Promise<void> {
    for (const { id } of targets) {
      await db().pool.query(
        `update target set running_generation = desired_generation, running_hash = desired_hash, effective_hash = desired_hash, last_seen_at = $2
         where id = $1`,
        [id, now],
      );
    }
  }

  const wantedOf = async ({ targets }: Started) => {
    const rows = await db().prisma.target.findMany({
      where: { id: { in: targets.map((target) => target.id) } },
      orderBy: { name: "asc" },
    });
    const stored = await db().prisma.targetPayload.findMany({ where: { hash: { in: rows.map((row) => row.desiredHash!) } } });
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
    await ingestEvents({ db: db(), log }, read, { receivedAt: () => now.getTime() });
    await db().pool.query(
      `insert into telemetry.ingest_state (id, checked_at, complete_to) values (1, $1, $1)
       on conflict (id) do update set checked_at = $1, complete_to = $1`,
      [now],
    );
  }

  /** A fleet server has listened all the time, so that silence means something. */
  async function fleetServerListens(): Promise<void> {
    await db().prisma.fleetServer.deleteMany({});
    await db().prisma.fleetServer.create({
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

  return {
    /** Each test on its own half of an hour, so that none sees another's telemetry. */
    begin: () => {
      now = new Date(Math.floor((Date.now() - (seed % 20) * 30 * MINUTE) / MINUTE) * MINUTE);
      promoted = [];
    },
    now: () => now,
    promoted: () => promoted,
    refuse: (why: string | null) => {
      refusal = why;
    },
    ctx,
    later,
    deps,
    started,
    tick,
    stateOf,
    targetsObey,
    wantedOf,
    traffic,
    fleetServerListens,
    minutes,
  };
}

/** What both arms did in one minute. */
export const good = { canary: { requests: 300, failed: 0 }, control: { requests: 600, failed: 0 } };
export const bad = { canary: { requests: 60, failed: 40 }, control: { requests: 180, failed: 1 } };
