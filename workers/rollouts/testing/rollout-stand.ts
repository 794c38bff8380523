/**
 * A rollout on a real database for tests of ticks: telemetry through the real ingest, targets as rows that say what a test
 * tells them to, and a clock that the test moves.
 */
import { randomUUID } from "node:crypto";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { judgementProblems, replayProblems } from "@/lib/changes/evidence/replay-ticks";
import { guardrailsSchema, type Guardrail } from "@/lib/changes/guardrails/schemas";
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
  /** Of nodes. */
  pool: string | null;
}

export interface Fleet {
  count?: number;
  /** gateway: splits requests; foreign: a gateway of another kind; node: an engine of a pool. */
  of?: "gateway" | "foreign" | "node";
}
const CONNECTORS = { gateway: "headroom-gateway", foreign: "file", node: "engine" } as const;

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
  const payload = (text: string, connector: Payload["connector"]): Payload => ({
    schema: 1,
    connector,
    content: { layers: [text] },
  });

  /** A change that was just started on targets (two gateways) that run `stable`. */
  async function started(
    plan: Partial<RolloutPlan> = {},
    guardrails: unknown[] = [{ kind: "count", metric: "error" }],
    { count = 2, of = "gateway" }: Fleet = {},
  ): Promise<Started> {
    const number = ++seed;
    const connector = CONNECTORS[of];
    const pool = of === "node" ? `pool-${number}` : null;
    if (pool) await db().prisma.pool.create({ data: { id: pool, name: pool, model: "llama", engine: "vllm" } });
    const stored = [payload(`stable ${number}`, connector), payload(`final ${number}`, connector)];
    for (const one of stored) {
      await db().prisma.targetPayload.create({
        data: { hash: canonicalHash(one), connector: one.connector, payload: canonicalText(one), createdAt: now },
      });
    }
    const [stableHash, finalHash] = stored.map(canonicalHash) as [string, string];
    const targets = [];
    for (let at = 0; at < count; at++) {
      const name = `gw-${number}-${String.fromCharCode(97 + at)}`;
      const target = await db().prisma.target.create({
        data: {
          name,
          connector,
          poolId: pool,
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
    const domain = pool ? `pool:${pool}` : `gateways:${number}`;
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
    return { rolloutId: rollout.id, changeId: change.id, targets, domain, pool };
  }

  const tick = (one: Started, holder?: string) => tickRollout(ctx(), deps(holder), one.rolloutId);
  const stateOf = async ({ rolloutId }: Started) =>
    (await db().prisma.rollout.findUniqueOrThrow({ where: { id: rolloutId } })).state as unknown as RolloutState;

  /** Targets are heard from, run what is wanted of them, and say so. `who`: only these. */
  async function targetsObey({ targets }: Pick<Started, "targets">, who = targets): Promise<void> {
    const ids = who.map(({ id }) => id);
    await db().pool.query(
      `insert into target_ack (target_id, generation, attempt, boot_id, hash, status, at)
       select id, desired_generation, desired_generation, gen_random_uuid(), desired_hash, 'applied', $2 from target
       where id = any($1::uuid[]) and desired_generation is distinct from running_generation on conflict do nothing`,
      [ids, now],
    );
    await db().pool.query(
      `update target set running_generation = desired_generation, running_hash = desired_hash, effective_hash = desired_hash, last_seen_at = $2
       where id = any($1::uuid[])`,
      [ids, now],
    );
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
  async function traffic(one: Started, arms: Arms): Promise<string[]> {
    const events = one.pool === null ? atGateways(one, arms) : await atNodes(one, arms);
    await deliver(events);
    await complete();
    return events.map(({ requestId }) => requestId!);
  }

  function atGateways({ targets }: Started, arms: Arms): Partial<NativeEvent>[] {
    return (["canary", "control"] as const).flatMap((variant) =>
      requests(arms[variant], (index) => ({ gateway: targets[index % targets.length]!.name, variant })),
    );
  }

  /** What runs the change is the canary: engines do not split. */
  async function atNodes({ targets, rolloutId, pool }: Started, arms: Arms): Promise<Partial<NativeEvent>[]> {
    const { rows } = await db().pool.query<{ name: string; canary: boolean }>(
      `select t.name, t.running_hash = r.final_hash as canary from target t
         join rollout_target r on r.target_id = t.id and r.rollout_id = $2 where t.id = any($1::uuid[]) order by 1`,
      [targets.map(({ id }) => id), rolloutId],
    );
    return [true, false].flatMap((canary) => {
      const nodes = rows.filter((row) => row.canary === canary);
      if (nodes.length === 0) return [];
      return requests(arms[canary ? "canary" : "control"], (index) => ({ pool: pool!, node: nodes[index % nodes.length]!.name }));
    });
  }

  function requests({ requests, failed }: Arm, where: (index: number) => Partial<NativeEvent>): Partial<NativeEvent>[] {
    return Array.from({ length: requests }, (_, index) => {
      const id = randomUUID();
      const at = new Date(now.getTime() - 50_000 + index * 50).toISOString();
      const status = index < failed ? ("error" as const) : ("success" as const);
      return { id, requestId: id, actionId: id, occurredAt: at, tenant: "acme", route: "chat", status, ...where(index) };
    });
  }

  async function deliver(events: readonly Partial<NativeEvent>[]): Promise<void> {
    const read = events.map((event, index) => {
      const door = { now: now.getTime(), rawRetentionDays: 35, tenants: "all" as const, apiKeyId: null };
      const one = readNativeEvent(nativeEvent(index, event), door);
      if ("refusal" in one) throw new Error(one.refusal.message);
      return one.event;
    });
    await ingestEvents({ db: db(), log }, read, { receivedAt: () => now.getTime() });
  }

  /** Everything that was accepted is stored, up to now. */
  const complete = () =>
    db().pool.query(
      `insert into telemetry.ingest_state (id, checked_at, complete_to) values (1, $1, $1)
       on conflict (id) do update set checked_at = $1, complete_to = $1`,
      [now],
    );

  /** A fleet server has listened all the time, so that silence means something. */
  async function fleetServerListens(): Promise<void> {
    await db().prisma.fleetServer.deleteMany({});
    await db().prisma.fleetServer.create({
      data: { id: randomUUID(), listeningSince: new Date(now.getTime() - 60 * MINUTE), beatAt: now },
    });
  }

  /** One minute after the other, as `what` says, until `done`. */
  async function minutes(one: Started, what: Arms, done: (state: RolloutState) => boolean, most = 30): Promise<RolloutState> {
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

  /** Every decision, verdict and hard stop that was written down, computed again. */
  async function replayed({ rolloutId }: Started): Promise<{ ticks: number; problems: string[] }> {
    const { plan, ticks, change } = await db().prisma.rollout.findUniqueOrThrow({
      where: { id: rolloutId },
      include: { ticks: { orderBy: { seq: "asc" } }, change: { select: { content: true } } },
    });
    const written = ticks.map(({ seq, at, facts, decision }) => ({ seq, at: at.toISOString(), facts, decision }));
    const { guardrails } = change.content as unknown as { guardrails: Guardrail[] };
    const problems = [...replayProblems(plan as unknown as RolloutPlan, written), ...judgementProblems(written, guardrails)];
    return { ticks: ticks.length, problems };
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
    atGateways,
    deliver,
    complete,
    fleetServerListens,
    minutes,
    replayed,
  };
}

interface Arm {
  requests: number;
  failed: number;
}
/** What both arms do in one minute. */
export type Arms = Record<"canary" | "control", Arm>;

export const good: Arms = { canary: { requests: 300, failed: 0 }, control: { requests: 600, failed: 0 } };
export const bad: Arms = { canary: { requests: 60, failed: 40 }, control: { requests: 180, failed: 1 } };
