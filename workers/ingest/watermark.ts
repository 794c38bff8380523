/**
 * "Complete to 14:32": once a second, how far the workers are. With nothing left in the queue that is now; otherwise it
 * is when the oldest batch, or the oldest delivery of LiteLLM, that is not stored was accepted. Any number of workers may write it.
 */
import type pg from "pg";
import type { QueueHandle } from "@/lib/queue";
import { countDeliveries } from "@/lib/telemetry/litellm";

const EVERY_MS = 1_000;

/** The instant before which everything accepted is stored; `now` and `oldestAt` in epoch milliseconds. Pure. */
export function completeTo(now: number, oldestAt: number | null): number {
  return oldestAt === null ? now : Math.min(now, oldestAt);
}

export async function writeWatermark(pool: pg.Pool, queue: Pick<QueueHandle<unknown>, "oldestAt">, now: number): Promise<void> {
  // `now` was read before the queue is asked: what is added meanwhile is not claimed.
  const [queued, delivered] = await Promise.all([queue.oldestAt(), countDeliveries(pool)]);
  const complete = completeTo(completeTo(now, queued), delivered.oldestAt?.getTime() ?? null);
  await pool.query(
    `insert into telemetry.ingest_state (id, checked_at, complete_to) values (1, $1, $2)
     on conflict (id) do update set checked_at = excluded.checked_at, complete_to = excluded.complete_to
       where telemetry.ingest_state.checked_at < excluded.checked_at`,
    [new Date(now), new Date(complete)],
  );
}

/** Keep writing it until stopped. A try that fails is left out: the watermark then stands still, which is the truth. */
export function keepWatermark(pool: pg.Pool, queue: Pick<QueueHandle<unknown>, "oldestAt">): { stop(): void } {
  let busy = false;
  const tick = () => {
    if (busy) return;
    busy = true;
    writeWatermark(pool, queue, Date.now())
      .catch(() => undefined)
      .finally(() => (busy = false));
  };
  tick();
  const timer = setInterval(tick, EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
