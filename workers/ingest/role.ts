import { Gauge } from "prom-client";
import { INGEST_QUEUE } from "@/lib/telemetry";
import type { RoleDeps, RunningRole } from "../role";
import { startIngestWorker } from "./worker";

/** Jobs that wait while nothing was committed for so long mean that ingest stands still. */
const STANDSTILL_MS = 60_000;

export function startIngestRole({ db, queues, log, metrics }: RoleDeps): RunningRole {
  const startedAt = Date.now();
  const worker = startIngestWorker({ db, log }, queues);
  const queue = queues.queue(INGEST_QUEUE);

  const jobs = new Gauge({
    name: "headroom_ingest_jobs",
    help: "Ingest jobs by state",
    labelNames: ["state"],
    registers: [metrics],
  });
  const events = new Gauge({
    name: "headroom_ingest_events",
    help: "Events since start by outcome",
    labelNames: ["outcome"],
    registers: [metrics],
    async collect() {
      const { eventsStored, duplicates, conflicts, poisoned, failures } = worker.status;
      this.set({ outcome: "stored" }, eventsStored);
      this.set({ outcome: "duplicate" }, duplicates);
      this.set({ outcome: "conflict" }, conflicts);
      this.set({ outcome: "poisoned" }, poisoned);
      this.set({ outcome: "failed_job" }, failures);
      const counts = await queue.counts();
      for (const [state, count] of Object.entries(counts)) jobs.set({ state }, count);
    },
  });

  return {
    health: async () => {
      const counts = await queue.counts();
      const quietMs = Date.now() - (worker.status.lastCommitAt ?? startedAt);
      const standing = counts.waiting + counts.active > 0 && quietMs > STANDSTILL_MS;
      return { ok: !standing, detail: { ...counts, quietMs, ...worker.status } };
    },
    close: async () => {
      await worker.close();
      events.reset();
    },
  };
}
