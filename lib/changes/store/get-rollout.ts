import { requireRole, SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import type { ClaimedRollout } from "../control/claim-rollout";
import { readFacts, type RolloutMemory } from "../control/read-facts";
import type { Judged } from "../observe/judge-all";
import type { RolloutFacts, TargetFact } from "../rollout/decide";
import type { RolloutPlan } from "../rollout/plan";
import type { RolloutState } from "../rollout/state";
import type { GuardrailSeries, RolloutView } from "../schemas";
import { covers } from "./people";
import { readReturn } from "./read-return";

const MINUTE = 60_000;
const MOST_TICKS = 300;

/** What a tick wrote down of what it saw: facts, and each guardrail with what was made of it. */
interface TickFacts extends RolloutFacts {
  judged?: Omit<Judged, "points">[];
}

export async function getRollout(ctx: Ctx, id: string): Promise<RolloutView> {
  requireRole(ctx, "viewer");
  const reader = ctx.db.prisma;
  const row = await reader.rollout.findUnique({
    where: { id },
    include: {
      change: { select: { tenants: true } },
      ticks: { orderBy: { seq: "desc" }, take: MOST_TICKS },
      commandsGiven: { orderBy: { number: "asc" } },
    },
  });
  if (!row || !covers(ctx.actor.tenants, row.change.tenants)) throw new AppError("not_found", "There is no such rollout.");
  const state = row.state as unknown as RolloutState;
  const plan = row.plan as unknown as RolloutPlan;
  const ticks = row.ticks.map(({ at, facts, decision }) => ({
    at,
    facts: facts as unknown as TickFacts,
    state: decision as unknown as RolloutState,
  }));
  const newest = ticks[0]?.facts ?? null;
  return {
    id,
    changeId: row.changeId,
    state,
    plan,
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    nextJudgementAt: nextJudgement(state, plan),
    targets: await targetsOf(ctx, id, row.startedAt, newest?.targets ?? []),
    guardrails: await seriesOf(ctx, { ...row, state, plan }, newest),
    commands: row.commandsGiven.map(({ number, kind, byName, reason, at }) => ({
      number,
      kind: kind as RolloutView["commands"][number]["kind"],
      by: byName,
      reason,
      at: at.toISOString(),
    })),
    history: ticks
      .map(({ at, state: { phase, step, reason, pauses } }) => ({ at: at.toISOString(), phase, step, reason, pauses }))
      .filter((one, index, all) => !same(one, all[index + 1])),
    facts: newest && {
      hardStops: newest.hardStops,
      splitAsPlanned: newest.splitAsPlanned,
      canaryRequests: newest.canaryRequests,
      frozen: newest.frozen,
    },
    wentBack: await readReturn(reader, id),
  };
}

type Step = RolloutView["history"][number];
const same = (a: Step, b: Step | undefined) =>
  b !== undefined && a.phase === b.phase && a.step === b.step && a.reason === b.reason && a.pauses.join() === b.pauses.join();

function nextJudgement({ phase, since, pauses }: RolloutState, { soakMin, bakeMin }: RolloutPlan): string | null {
  if (pauses.length > 0) return null;
  if (phase === "soaking") return new Date(since + soakMin * MINUTE).toISOString();
  return phase === "baking" ? new Date(since + bakeMin * MINUTE).toISOString() : null;
}

/** The points from telemetry as it is now, the words from the newest tick: what was decided was decided from those. */
async function seriesOf(
  ctx: Ctx,
  rollout: Omit<ClaimedRollout, "epoch"> & { endedAt: Date | null },
  newest: TickFacts | null,
): Promise<GuardrailSeries[]> {
  const looked = await judgedOnce(ctx, rollout);
  return looked.map(({ guardrail, critical, tolerance, verdict, points }) => ({
    guardrail,
    critical,
    tolerance,
    newest: newest?.judged?.find((one) => one.guardrail === guardrail)?.verdict ?? verdict,
    points: points.map(({ minuteMs, canary, baseline }) => ({ at: new Date(minuteMs).toISOString(), canary, baseline })),
  }));
}

const FRESH_MS = 10_000;
const MOST_KNOWN = 200;
const memory = new Map<string, RolloutMemory>();
const known = new Map<string, { atMs: number; judged: Promise<Judged[]> }>();

/** Every page that watches a rollout asks every few seconds; the raw events of hours are read once for all of them. */
function judgedOnce(ctx: Ctx, rollout: Omit<ClaimedRollout, "epoch"> & { endedAt: Date | null }): Promise<Judged[]> {
  const nowMs = ctx.now.getTime();
  const held = known.get(rollout.id);
  if (held && (rollout.endedAt ? held.atMs >= rollout.endedAt.getTime() : nowMs - held.atMs < FRESH_MS)) return held.judged;
  for (const map of [known, memory]) if (map.size >= MOST_KNOWN) map.clear();
  // As itself: whoever may see the rollout may see what it is judged by.
  const reader: Ctx = { ...ctx, actor: SYSTEM_ACTOR, now: rollout.endedAt ?? ctx.now };
  const judged = readFacts(reader, { ...rollout, epoch: 0n }, memory).then((facts) => facts.judged);
  judged.catch(() => known.delete(rollout.id));
  known.set(rollout.id, { atMs: nowMs, judged });
  return judged;
}

interface TargetRow {
  id: string;
  name: string;
  position: number;
  capable: boolean;
  stable: string | null;
  final: string | null;
  running: string | null;
  desired: string | null;
  error: string | null;
}

async function targetsOf(
  { db }: Pick<Ctx, "db">,
  rolloutId: string,
  startedAt: Date,
  facts: readonly TargetFact[],
): Promise<RolloutView["targets"]> {
  const rows = await db.prisma.$queryRaw<TargetRow[]>`
    select t.id::text, t.name, r.position, r.capable, r.stable_hash as stable, r.final_hash as final, t.running_hash as running,
      t.desired_hash as desired, (select a.error from target_ack a where a.target_id = t.id and a.at >= ${startedAt}
        and a.error is not null order by a.at desc limit 1) as error
    from rollout_target r join target t on t.id = r.target_id where r.rollout_id = ${rolloutId}::uuid order by r.position`;
  const known = new Map(facts.map((fact) => [fact.name, fact]));
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    position: row.position,
    inStep: known.get(row.name)?.inStep ?? false,
    status: known.get(row.name)?.status ?? (row.capable ? "pending" : "skipped"),
    runs: runs(row),
    error: row.error,
  }));
}

function runs({ running, stable, final, desired }: TargetRow): string {
  if (running === null) return "nothing";
  if (running === final) return "change";
  if (running === stable) return "stable";
  // Both at once, with a share of the requests under the change.
  return running === desired ? "trial" : "other";
}
