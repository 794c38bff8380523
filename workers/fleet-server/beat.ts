/**
 * Says every ten seconds that this fleet server listens, and since when without a gap. A gap (the database was away, the
 * machine slept) begins a new "since": whoever could not be heard in it is not called offline.
 */
import type pg from "pg";
import { BEAT_LOST_MS } from "@/lib/fleet/liveness";
import type { Logger } from "@/lib/log";

const EVERY_MS = 10_000;
/** Rows of servers that died without saying so. */
const FORGET_AFTER = "1 day";

export interface Beat {
  /** False when the database did not take it lately. */
  ok(): boolean;
  stop(): Promise<void>;
}

export async function startBeat(pool: pg.Pool, id: string, log: Logger): Promise<Beat> {
  let lastOkMs = 0;
  const beat = async () => {
    const now = new Date();
    await pool.query(
      `insert into fleet_server (id, listening_since, beat_at) values ($1, $2, $2)
       on conflict (id) do update set beat_at = excluded.beat_at, listening_since =
         case when fleet_server.beat_at < excluded.beat_at - $3 * interval '1 millisecond' then excluded.listening_since
              else fleet_server.listening_since end`,
      [id, now, BEAT_LOST_MS],
    );
    lastOkMs = now.getTime();
  };
  await beat();
  await pool.query(`delete from fleet_server where beat_at < now() - interval '${FORGET_AFTER}'`);
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.warn({ err: error }, "the fleet server cannot say that it listens"));
  }, EVERY_MS);
  return {
    ok: () => Date.now() - lastOkMs < BEAT_LOST_MS,
    stop: async () => {
      clearInterval(timer);
      await pool.query("delete from fleet_server where id = $1", [id]).catch(() => undefined);
    },
  };
}
