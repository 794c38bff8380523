import type { ReturnView } from "../schemas";
import type { Reader } from "./rows";

interface TickRow {
  at: Date;
  phase: string | null;
  data: string | null;
}

/** How quickly a rollout went back; null: it did not. */
export async function readReturn(reader: Reader, rolloutId: string): Promise<ReturnView | null> {
  const ticks = await reader.$queryRaw<TickRow[]>`
    select at, decision->>'phase' as phase, facts->>'dataUntil' as data from rollout_tick
    where rollout_id = ${rolloutId}::uuid and decision->>'phase' in ('rolling_back', 'rolled_back') order by seq`;
  const decided = ticks.find(({ phase }) => phase === "rolling_back");
  if (!decided) return null;
  const [order] = await reader.$queryRaw<{ at: Date | null }[]>`
    select max(d.first) as at from rollout_target r
      cross join lateral (select min(created_at) as first from target_desired d
        where d.target_id = r.target_id and d.hash = r.stable_hash and d.created_at >= ${decided.at}) d
    where r.rollout_id = ${rolloutId}::uuid`;
  return {
    knownUntil: decided.data === null ? null : new Date(Number(decided.data)).toISOString(),
    decidedAt: decided.at.toISOString(),
    orderedAt: order?.at?.toISOString() ?? null,
    backAt: ticks.find(({ phase }) => phase === "rolled_back")?.at.toISOString() ?? null,
  };
}
