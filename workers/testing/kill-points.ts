/**
 * Where exactly a program is killed, without a hook in the program: the test holds a lock that its next step needs, waits
 * until it stands still there, kills it with -9, and lets go. What its connection was at is then finished or rolled back by
 * PostgreSQL, as after any crash.
 */
import pg from "pg";
import { expect } from "vitest";
import type { TestDatabase } from "@/lib/testing/database";
import { WORKER, type WorkerProcess } from "./worker-process";

export type KillPoint =
  /** Before it reads of a table. */
  | { before: "read"; table: string }
  /** Before it writes in a table: the transaction so far is undone. A single statement is done, and nobody learns of it. */
  | { before: "write"; table: string }
  /** Inside the commit of a transaction that wrote in a table: all of it is done, and nobody learns of it. */
  | { before: "committed"; table: string };

export const wordsOf = ({ before, table }: KillPoint): string =>
  before === "committed" ? `while what it wrote in ${table} is committed` : `before it can ${before} in ${table}`;

const LOCK = 20_261_129;

export async function killAt(db: TestDatabase, point: KillPoint, start: () => WorkerProcess): Promise<void> {
  const holder = new pg.Client({ connectionString: db.url });
  await holder.connect();
  try {
    await hold(holder, point);
    const worker = start();
    try {
      await expect.poll(() => standing(db), { message: wordsOf(point), interval: 10, timeout: 150_000 }).toBeGreaterThan(0);
    } finally {
      await worker.kill();
    }
    await holder.query(point.before === "committed" ? `select pg_advisory_unlock(${LOCK})` : "rollback");
    await connectionsGone(db);
    if (point.before === "committed") await holder.query(`drop trigger stand_still on ${point.table}`);
  } finally {
    await holder.end();
  }
}

async function hold(holder: pg.Client, { before, table }: KillPoint): Promise<void> {
  if (before !== "committed") {
    await holder.query("begin");
    await holder.query(`lock table ${table} in ${before === "read" ? "access exclusive" : "share row exclusive"} mode`);
    return;
  }
  await holder.query(`select pg_advisory_lock(${LOCK})`);
  await holder.query(
    `create or replace function stand_still() returns trigger language plpgsql as
     $$ begin perform pg_advisory_xact_lock_shared(${LOCK}); return null; end $$`,
  );
  await holder.query(
    `create constraint trigger stand_still after insert or update on ${table} deferrable initially deferred
     for each row execute function stand_still()`,
  );
}

async function standing(db: TestDatabase): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and application_name = $1 and wait_event_type = 'Lock'`,
    [WORKER],
  );
  return rows[0]!.n;
}

/** Killed or stopped: what was on its way in the database has ended one way or the other. */
export async function connectionsGone(db: TestDatabase): Promise<void> {
  const open = async () => {
    const { rows } = await db.pool.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = $1",
      [WORKER],
    );
    return rows[0]!.n;
  };
  await expect.poll(open, { interval: 10, timeout: 30_000 }).toBe(0);
}
