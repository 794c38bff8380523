import { requireRole, type Ctx } from "@/lib/auth/actor";

/** How much of the simulated history is in. It is loaded newest first, after the console is already up. */
export interface DemoHistory {
  /** False: this installation never had the demo fleet. */
  present: boolean;
  /** 0..1 */
  share: number;
  events: number;
  done: boolean;
}

export async function readDemoHistory(ctx: Ctx): Promise<DemoHistory> {
  requireRole(ctx, "viewer");
  const { rows } = await ctx.db.pool.query<{ share: number; events: bigint; done: boolean }>(
    `select extract(epoch from history_to - history_at) / extract(epoch from history_to - history_from) as share,
       history_events as events, history_done_at is not null as done from telemetry.demo_fleet`,
  );
  const row = rows[0];
  if (!row) return { present: false, share: 1, events: 0, done: true };
  return { present: true, share: Number(row.share), events: Number(row.events), done: row.done };
}
