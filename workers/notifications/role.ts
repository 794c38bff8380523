/**
 * Plans and sends notifications. Any number of processes may: planning is one transaction under a lock, a delivery is one
 * worker's by a lease with a fencing epoch, claimed before it is sent.
 *
 *   sweep ─ plan (routes, groups, repeats, escalation) ─► deliveries ─ claim ─ send ─ finish ─► again while there are any
 *
 * A worker that is killed between sending and finishing leaves an attempt whose outcome is unknown: it is sent again under
 * the same id (webhook-id, dedup_key, Message-ID), by which receivers know it. Slack and Teams know no such id.
 */
import { Counter, Gauge } from "prom-client";
import { claimDelivery } from "@/lib/notifications/delivery/claim-delivery";
import { finishAttempt } from "@/lib/notifications/delivery/finish-attempt";
import { planNow } from "@/lib/notifications/routing/plan-now";
import { loadWorkspace } from "@/lib/workspace/load";
import type { RoleDeps, RunningRole } from "../role";
import { sendDelivery } from "./send-delivery";

export interface NotificationsOptions {
  sweepMs?: number;
  /** Longer than any channel may take. */
  leaseMs?: number;
  concurrency?: number;
}

export function startNotificationsRole(
  { config, db, log, metrics }: RoleDeps,
  { sweepMs = 1_000, leaseMs = 60_000, concurrency = 4 }: NotificationsOptions = {},
): RunningRole {
  const attempts = new Counter({
    name: "headroom_notifications_attempts_total",
    help: "Attempts to deliver by kind of channel and outcome",
    labelNames: ["kind", "outcome"],
    registers: [metrics],
  });
  const oldest: Gauge = new Gauge({
    name: "headroom_notifications_oldest_waiting_seconds",
    help: "Age of the oldest delivery that is due and not yet sent",
    registers: [metrics],
    collect: async (): Promise<void> => oldest.set(await oldestDueSec()),
  });
  const stop = new AbortController();
  let lastSweepAt = Date.now();
  let failing: string | null = null;
  let timer: NodeJS.Timeout;

  async function oldestDueSec(): Promise<number> {
    const { rows } = await db.pool.query<{ sec: number | null }>(
      `select extract(epoch from now() - min(next_attempt_at))::float8 as sec from notification_delivery
       where status = 'queued' and next_attempt_at <= now()`,
    );
    return rows[0]?.sec ?? 0;
  }

  async function sendOne(): Promise<boolean> {
    const delivery = await claimDelivery(db, new Date(), leaseMs);
    if (!delivery) return false;
    const { name: workspace } = await loadWorkspace(db);
    const place = { baseUrl: config.publicUrl.replace(/\/$/, ""), workspace };
    const { answer, payload } = await sendDelivery(delivery, place, new Date());
    const ours = await finishAttempt(db, delivery, answer, { now: new Date(), random: Math.random(), payload });
    attempts.inc({ kind: delivery.channel.kind, outcome: ours ? answer.kind : "lost" });
    if (answer.kind !== "delivered") {
      log.warn(
        { delivery: delivery.id, channel: delivery.channel.name, outcome: answer.kind },
        "a channel did not take a notification",
      );
    }
    return true;
  }

  async function sweep(): Promise<void> {
    await planNow(db, new Date());
    const lane = async () => {
      while (!stop.signal.aborted && (await sendOne())) lastSweepAt = Date.now();
    };
    const ended = await Promise.allSettled(Array.from({ length: concurrency }, lane));
    const broken = ended.find((one) => one.status === "rejected");
    if (broken) throw broken.reason;
    failing = null;
    lastSweepAt = Date.now();
  }

  let working: Promise<void> = Promise.resolve();
  const run = () => {
    working = sweep().catch((error: unknown) => {
      failing = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "notifications could not be swept; tried again");
    });
    void working.then(() => {
      if (!stop.signal.aborted) timer = setTimeout(run, sweepMs);
    });
  };
  timer = setTimeout(run, 0);

  return {
    health: () => {
      const ageMs = Date.now() - lastSweepAt;
      return { ok: ageMs < 2 * leaseMs && failing === null, detail: { ageMs, failing } };
    },
    // What is in the air is finished: a message half sent would be sent again.
    close: async () => {
      stop.abort();
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
