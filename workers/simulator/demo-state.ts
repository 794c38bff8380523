/** How far the demo fleet's telemetry has come: the one row of telemetry.demo_fleet. */
import type pg from "pg";
import type { FleetCalendar } from "./calendar";

export interface DemoState {
  calendar: FleetCalendar;
  historyFromMs: number;
  historyToMs: number;
  /** History is loaded newest day first: from here to `historyToMs` it is in. */
  historyAtMs: number;
  historyEvents: number;
  historyDone: boolean;
  /** Live telemetry is sent up to here. */
  liveAtMs: Record<LiveStream, number>;
}

/** What is sent live, each at its own pace. */
export type LiveStream = "usage" | "outcomes" | "samples";
const CURSORS = { usage: "live_at", outcomes: "outcomes_at", samples: "samples_at" } as const satisfies Record<
  LiveStream,
  string
>;

type Queryable = Pick<pg.ClientBase, "query">;

// Nodes report every five minutes in the history; its end lies on that grid.
const GRID_MS = 300_000;

export async function saveCalendar(client: Queryable, calendar: FleetCalendar, now: Date): Promise<void> {
  const to = new Date(Math.floor(now.getTime() / GRID_MS) * GRID_MS);
  await client.query(
    `insert into telemetry.demo_fleet (calendar, created_at, history_from, history_to, history_at, live_at)
     values ($1, $2, $3, $4, $4, $4) on conflict (id) do nothing`,
    [JSON.stringify(calendar), now, new Date(calendar.beginsMs), to],
  );
}

export async function readDemo(client: Queryable): Promise<DemoState | undefined> {
  const { rows } = await client.query<{
    calendar: FleetCalendar;
    history_from: Date;
    history_to: Date;
    history_at: Date;
    history_events: bigint;
    history_done_at: Date | null;
    live_at: Date;
    outcomes_at: Date | null;
    samples_at: Date | null;
  }>("select * from telemetry.demo_fleet");
  const row = rows[0];
  return (
    row && {
      calendar: row.calendar,
      historyFromMs: row.history_from.getTime(),
      historyToMs: row.history_to.getTime(),
      historyAtMs: row.history_at.getTime(),
      historyEvents: Number(row.history_events),
      historyDone: row.history_done_at !== null,
      liveAtMs: {
        usage: row.live_at.getTime(),
        outcomes: (row.outcomes_at ?? row.history_to).getTime(),
        samples: (row.samples_at ?? row.history_to).getTime(),
      },
    }
  );
}

export async function noteHistory(
  client: Queryable,
  at: { historyAtMs: number; addedEvents: number; done: boolean },
): Promise<void> {
  await client.query(
    `update telemetry.demo_fleet set history_at = $1, history_events = history_events + $2,
       history_done_at = case when $3 then now() else null end`,
    [new Date(at.historyAtMs), at.addedEvents, at.done],
  );
}

export async function noteLive(client: Queryable, stream: LiveStream, atMs: number): Promise<void> {
  await client.query(`update telemetry.demo_fleet set ${CURSORS[stream]} = $1`, [new Date(atMs)]);
}
