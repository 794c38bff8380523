import { requireRole } from "@/lib/auth/actor";
import type { Annotation, AnnotationSource } from "@/lib/metrics/annotations";
import { rolloutMarks } from "../describe/rollout-marks";
import type { RolloutPlan } from "../rollout/plan";
import type { RolloutState } from "../rollout/state";
import { visibleIds } from "./list-changes";

/** A chart with more says nothing; the newest are marked. */
const MOST_ROLLOUTS = 100;

/** Rollouts of changes that the actor may see, as marks on charts of the period. */
export const listRolloutMarks: AnnotationSource = async (ctx, { from, to }): Promise<Annotation[]> => {
  requireRole(ctx, "viewer");
  const reader = ctx.db.prisma;
  const visible = await visibleIds(ctx);
  const rows = await reader.rollout.findMany({
    where: {
      startedAt: { lt: to },
      OR: [{ endedAt: null }, { endedAt: { gte: from } }],
      ...(visible === "all" ? {} : { changeId: { in: visible } }),
    },
    include: { change: { select: { number: true, title: true } } },
    orderBy: { startedAt: "desc" },
    take: MOST_ROLLOUTS,
  });
  if (rows.length === 0) return [];
  const began = await reader.$queryRaw<{ id: string; step: number; at: Date }[]>`
    select rollout_id::text as id, (decision->>'step')::int as step, min(at) as at from rollout_tick
    where rollout_id = any(${rows.map(({ id }) => id)}::uuid[]) and decision->>'phase' = 'deploying' group by 1, 2 order by 2`;
  return rows.flatMap((row) =>
    rolloutMarks(
      {
        changeId: row.changeId,
        number: row.change.number,
        title: row.change.title,
        startedAt: row.startedAt,
        endedAt: row.endedAt,
        plan: row.plan as unknown as RolloutPlan,
        state: row.state as unknown as RolloutState,
        steps: began.filter(({ id }) => id === row.id),
      },
      { from, to },
    ),
  );
};
