/** Everything that one tick decides from: targets, telemetry, people, freezes. Reads only. */
import type { Ctx } from "@/lib/auth/actor";
import { listTargets } from "@/lib/fleet";
import type { TargetView } from "@/lib/fleet/schemas";
import { harmWords } from "../guardrails/harm-words";
import { usualCeiling } from "../guardrails/hard-stops";
import { stopsOf, type StopFacts } from "../guardrails/stops-of";
import type { Guardrail } from "../guardrails/schemas";
import { splitEvidence, type SplitBlock } from "../guardrails/sample-ratio";
import { costOnSameMix } from "../observe/same-mix";
import { dispersionOf, judgeAll, type Judged } from "../observe/judge-all";
import type { ArmRow } from "../observe/arm-row";
import { inOrder, readFromMs, remember, type ArmsMemory } from "../observe/arms-memory";
import {
  readArms,
  readBefore,
  readOutOfMemory,
  readRecent,
  withQuality,
  type Before,
  type Population,
} from "../observe/read-arms";
import type { Command, RolloutFacts, TargetFact } from "../rollout/decide";
import { placementPercent } from "../rollout/state";
import { statusOf } from "../rollout/target-status";
import { wantedOf } from "../rollout/wanted";
import type { ClaimedRollout } from "./claim-rollout";

export interface RolloutTargetRow {
  targetId: string;
  position: number;
  capable: boolean;
  stableHash: string | null;
  finalHash: string | null;
}

export interface Facts {
  facts: RolloutFacts;
  judged: Judged[];
  /** What the verdicts and hard stops were computed from. */
  dispersions: Record<string, number>;
  stops: StopFacts;
  arms: ArmsMemory;
  /** In the order of the waves. */
  targets: (TargetFact & { id: string })[];
}

/** Of one rollout, kept between ticks. */
export interface RolloutMemory {
  /** Never changes. */
  before: Before;
  arms: ArmsMemory;
  /** What of the arms the tick `seq` and those before it wrote down; null: none of this controller. */
  told: { seq: number; rows: ArmsMemory["rows"] } | null;
}

const MINUTE = 60_000;
const SPEND_WINDOW_MS = 10 * MINUTE;
const STREAK_WINDOW_MS = 30 * MINUTE;
const SPLIT_ALPHA = 0.001;
/** Requests a sticky key brings about: the split is drawn by action, not by request. */
const SPLIT_DISPERSION = 4;

/** `memory`: kept between ticks by the caller; without it the same is read, slowly. */
export async function readFacts(ctx: Ctx, rollout: ClaimedRollout, memory: Map<string, RolloutMemory>): Promise<Facts> {
  const { db, now } = ctx;
  const rows = await db.prisma.rolloutTarget.findMany({ where: { rolloutId: rollout.id }, orderBy: { position: "asc" } });
  const [views, change, commands, freeze] = await Promise.all([
    listTargets(
      ctx,
      rows.map(({ targetId }) => targetId),
    ),
    db.prisma.change.findUniqueOrThrow({ where: { id: rollout.changeId }, select: { content: true } }),
    db.prisma.rolloutCommand.findMany({
      where: { rolloutId: rollout.id, number: { gt: rollout.state.commandsSeen } },
      orderBy: { number: "asc" },
    }),
    db.prisma.changeFreeze.findFirst({ where: { startsAt: { lte: now }, endsAt: { gt: now } } }),
  ]);
  const viewOf = new Map(views.targets.map((view) => [view.id, view]));
  const waves = rows.map(({ targetId, position }) => ({ id: targetId, position }));
  const wanted = wantedOf(rollout.state, rollout.plan, waves);
  const targets = rows.map((row) => {
    const view = viewOf.get(row.targetId);
    const inStep = wanted.get(row.targetId)!.run !== "stable";
    const report = view && { active: view.state === "active", liveness: view.liveness, order: view.rollout };
    const status = report ? statusOf({ ...report, capable: row.capable, inStep }) : ("unreachable" as const);
    return { id: row.targetId, name: view?.name ?? row.targetId, inStep, status };
  });

  const touchedViews = rows.flatMap((row) => viewOf.get(row.targetId) ?? []);
  const population = await populationOf(ctx, rollout, rows, touchedViews);
  const known = memory.get(rollout.id);
  const earlier = known?.before ?? (await readBefore(db.pool, population, rollout.startedAt));
  const guardrails = (change.content as unknown as { guardrails: Guardrail[] }).guardrails;
  const thresholds = thresholdsOf(guardrails, earlier);
  const key = JSON.stringify([population, thresholds]);
  const [startedAtMs, nowMs] = [rollout.startedAt.getTime(), now.getTime()];
  const fromMs = readFromMs(known?.arms ?? null, key, startedAtMs, nowMs);
  const range = { from: new Date(fromMs), to: now };
  const whole = { from: rollout.startedAt, to: now };
  const [fresh, outOfMemory, recent, watermark] = await Promise.all([
    readArms(db.pool, population, range, thresholds).then((arms) =>
      guardrails.some(({ metric }) => metric === "quality_failure") ? withQuality(db.pool, population, range, arms) : arms,
    ),
    readOutOfMemory(db.pool, population, whole),
    readRecent(db.pool, population, { from: new Date(now.getTime() - STREAK_WINDOW_MS), to: now }),
    readIngested(ctx),
  ]);
  const dispersions = {
    error: dispersionOf(earlier.halves.error),
    slow: dispersionOf(earlier.halves.slow),
  };
  const remembered = remember(known?.arms ?? null, key, fresh, { fromMs, startedAtMs, nowMs });
  memory.set(rollout.id, { before: earlier, arms: remembered, told: known?.told ?? null });
  const arms = inOrder(remembered.rows);
  const judged = judgeAll(guardrails, arms, dispersions);
  const stops: StopFacts = {
    input: {
      targets: targets
        .filter((target) => target.inStep)
        .map(({ id, name, status }) => {
          const health = viewOf.get(id)?.health ?? null;
          const ended = { crashes: health?.crashes ?? 0, outOfMemory: outOfMemory.get(name) ?? 0 };
          return { name, status, healthy: health?.ok ?? true, ...ended };
        }),
      spendNanoUsdPerHour: spendPerHour(arms, nowMs),
      spendCeilingNanoUsdPerHour: ceilingOf(rollout.plan.spendCeilingUsdPerHour, earlier),
      costPerSuccess: costOnSameMix(arms),
    },
    recent: recent.cells,
  };
  const heardAt = recent.heardAt?.getTime() ?? null;
  const facts: RolloutFacts = {
    targets: targets.map(({ name, inStep, status }) => ({ name, inStep, status })),
    preflight: rollout.state.phase === "preflight" ? preflight(rollout, rows, viewOf) : null,
    frozen: freeze !== null,
    hardStops: stopsOf(stops),
    verdicts: judged.map(({ guardrail, kind, critical, tolerance, verdict }) => ({
      guardrail,
      critical,
      verdict: verdict.verdict,
      ...(verdict.verdict === "harm" ? { words: harmWords({ metric: guardrail, kind, tolerance }, verdict) } : {}),
    })),
    splitAsPlanned: splitAsPlanned(rollout, arms),
    canaryRequests: sum(
      arms.filter((row) => row.arm === "canary" && row.minuteMs >= rollout.state.since - MINUTE).map((row) => row.exposed),
    ),
    dataUntil: heardAt === null || watermark === null ? null : Math.min(heardAt, watermark.getTime()),
    stableHealthy: !targets.some(({ id, status }) => status === "healthy" && viewOf.get(id)?.health?.ok === false),
    commands: commands.map(({ number, kind, byName, reason }): Command => ({
      number,
      kind: kind as Command["kind"],
      by: reason === "" ? byName : `${byName} (${reason})`,
    })),
  };
  return { facts, judged, dispersions, stops, arms: remembered, targets };
}

async function populationOf(
  ctx: Ctx,
  rollout: ClaimedRollout,
  rows: readonly RolloutTargetRow[],
  views: readonly TargetView[],
): Promise<Population> {
  const { strategy } = rollout.plan;
  const gateways = views.filter((view) => view.connector !== "engine").map((view) => view.name);
  if (strategy === "all" && gateways.length > 0) {
    return { kind: "before_after", gateways, sinceMs: rollout.startedAt.getTime() };
  }
  if (strategy !== "nodes" && gateways.length > 0) return { kind: "gateways", gateways, shadow: strategy === "shadow" };
  // Since when each node runs the change, by its own word that it read it back, and until when: what was seen stays seen.
  const { rows: applied } = await ctx.db.pool.query<{ name: string; since: Date; until: Date | null }>(
    `select t.name, f.since, (select min(d.created_at) from target_desired d
         where d.target_id = t.id and d.generation > f.generation and d.hash <> r.final_hash) as until
     from rollout_target r join target t on t.id = r.target_id
       cross join lateral (select min(a.at) as since, min(a.generation) as generation from target_ack a
         where a.target_id = t.id and a.hash = r.final_hash and a.status = 'applied' and a.at >= $2) f
     where r.rollout_id = $1 and f.since is not null`,
    [rollout.id, rollout.startedAt],
  );
  const pool = views.find((view) => view.connector === "engine" && view.pool !== null)?.pool ?? "";
  const nodes = applied.map(({ name, since, until }) => ({
    node: name,
    sinceMs: since.getTime(),
    untilMs: until?.getTime() ?? null,
  }));
  return { kind: "nodes", of: gateways.length > 0 ? { gateways } : { pool }, nodes };
}

function thresholdsOf(guardrails: readonly Guardrail[], before: Before): Before["thresholds"] {
  const chosen = (metric: string) => {
    const guardrail = guardrails.find((one) => one.kind === "count" && one.metric === metric);
    return guardrail?.kind === "count" ? guardrail.thresholdMs : null;
  };
  return {
    slowMs: chosen("slow") ?? before.thresholds.slowMs,
    slowFirstMs: chosen("slow_first_token") ?? before.thresholds.slowFirstMs,
  };
}

function preflight(rollout: ClaimedRollout, rows: readonly RolloutTargetRow[], views: ReadonlyMap<string, TargetView>): string[] {
  const able = rows.filter((row) => row.capable && row.finalHash !== null);
  const reachable = able.filter((row) => {
    const view = views.get(row.targetId);
    return view?.state === "active" && view.liveness === "online";
  });
  const { minTargets } = rollout.plan;
  if (able.length === 0) return ["No target can take this change."];
  if (reachable.length >= minTargets) return [];
  return [`Only ${reachable.length} of ${able.length} targets can be reached; the plan needs ${minTargets}.`];
}

/** Of the canary, from its last ten minutes. Null: it did nothing yet. */
function spendPerHour(arms: readonly ArmRow[], nowMs: number): bigint | null {
  const lately = arms.filter((row) => row.arm === "canary" && row.minuteMs >= nowMs - SPEND_WINDOW_MS);
  if (lately.length === 0) return null;
  return BigInt(Math.round((sum(lately.map((row) => row.costNanoUsd)) * 3_600_000) / SPEND_WINDOW_MS));
}

const ceilingOf = (usdPerHour: number | undefined, before: Before): bigint =>
  usdPerHour === undefined ? usualCeiling(before.dearestHourNanoUsd) : BigInt(Math.round(usdPerHour * 1e9));

function splitAsPlanned(rollout: ClaimedRollout, arms: readonly ArmRow[]): boolean {
  const share = placementPercent(rollout.state, rollout.plan) / 100;
  if (rollout.plan.strategy !== "traffic" || share <= 0 || share >= 1) return true;
  // Of this step only, from its second minute on: before, some gateways had the old share.
  const blocks = new Map<number, SplitBlock>();
  for (const row of arms.filter((one) => one.minuteMs >= rollout.state.since + MINUTE)) {
    const block = blocks.get(row.minuteMs) ?? { share, canary: 0, baseline: 0 };
    block[row.arm] += row.exposed;
    blocks.set(row.minuteMs, block);
  }
  return splitEvidence([...blocks.values()], SPLIT_DISPERSION) < Math.log(1 / SPLIT_ALPHA);
}

/** Until when everything that was accepted is stored. */
async function readIngested(ctx: Ctx): Promise<Date | null> {
  const { rows } = await ctx.db.pool.query<{ at: Date }>(`select least(complete_to, $1) as at from telemetry.ingest_state`, [
    ctx.now,
  ]);
  return rows[0]?.at ?? null;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
