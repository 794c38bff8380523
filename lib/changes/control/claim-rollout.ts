/**
 * The lease of a rollout: one controller at a time. Every claim is a new epoch, so of two ticks only the one that claimed last
 * counts, whoever they belong to.
 */
import type { Db } from "@/lib/db";
import type { RolloutPlan } from "../rollout/plan";
import { TERMINAL_PHASES, type RolloutState } from "../rollout/state";

export const LEASE_MS = 30_000;

export interface ClaimedRollout {
  id: string;
  changeId: string;
  state: RolloutState;
  plan: RolloutPlan;
  epoch: bigint;
  /** Highest command at the time of claiming; a later one makes the tick void. */
  commands: number;
  startedAt: Date;
}

/** Null: another one holds it, or it is over. */
export async function claimRollout(
  db: Pick<Db, "pool">,
  rolloutId: string,
  holder: string,
  now: Date,
): Promise<ClaimedRollout | null> {
  const { rows } = await db.pool.query<ClaimedRollout>(
    `update rollout set epoch = epoch + 1, lease_holder = $2, lease_until = $4
     where id = $1 and phase <> all($5) and (lease_holder is not distinct from $2 or lease_until is null or lease_until < $3)
     returning id, change_id as "changeId", state, plan, epoch, commands, started_at as "startedAt"`,
    [rolloutId, holder, now, new Date(now.getTime() + LEASE_MS), [...TERMINAL_PHASES]],
  );
  return rows[0] ?? null;
}

/** Rollouts that are due, by the table: the queue only hints. */
export async function dueRollouts(db: Pick<Db, "pool">, now: Date): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `select id from rollout where phase <> all($2) and next_tick_at <= $1 order by next_tick_at limit 100`,
    [now, [...TERMINAL_PHASES]],
  );
  return rows.map(({ id }) => id);
}
