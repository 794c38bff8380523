/**
 * The ingest worker: takes jobs from the queue, stores what is in them, acknowledges after the commit.
 *
 *   job ─┬─ usage ────► batcher (jobs of about 5,000 events) ─► read bodies ─► one transaction ─► commit ─► ack
 *        ├─ outcomes ─► kinds.outcomes ─► ack
 *        └─ samples ──► kinds.samples ──► ack
 *
 * A job that fails is tried again by the queue with growing pauses; when it ran out of tries it is swept back in here,
 * so failed means late, never lost. A job that cannot be read becomes one dead letter.
 */
import type { Queues } from "@/lib/queue";
import { addDeadLetters, decodeEvents, hash64, INGEST_QUEUE, ingestJobSchema, jobText, type IngestJob } from "@/lib/telemetry";
import type { UsageEvent } from "@/lib/telemetry/event";
import { createBatcher } from "./batcher";
import { EVENTS_PER_TRANSACTION, ingestEvents, type IngestDeps } from "./ingest-events";
import { kinds } from "./kinds";
import { keepWatermark } from "./watermark";

export interface IngestWorkerStatus {
  /** Epoch milliseconds of the last committed batch; null before the first. */
  lastCommitAt: number | null;
  eventsStored: number;
  duplicates: number;
  conflicts: number;
  poisoned: number;
  failures: number;
}

export interface IngestWorker {
  readonly status: IngestWorkerStatus;
  close(): Promise<void>;
}

// Jobs held at once: enough to fill two transactions with jobs of 500 events while two others commit.
const JOBS_IN_HAND = 40;
const FLUSHES = 2;
const LINGER_MS = 15;
const SWEEP_MS = 15_000;
// After a kill -9 its jobs are taken over within two of these.
const LOCK_MS = 10_000;

export function startIngestWorker(deps: IngestDeps, queues: Queues): IngestWorker {
  const status: IngestWorkerStatus = {
    lastCommitAt: null,
    eventsStored: 0,
    duplicates: 0,
    conflicts: 0,
    poisoned: 0,
    failures: 0,
  };

  // Jobs wait with their bodies compressed, and are read when their turn comes: few objects live at a time.
  const batcher = createBatcher<IngestJob>(
    { maxWeight: EVENTS_PER_TRANSACTION, lingerMs: LINGER_MS, slots: FLUSHES },
    async (jobs) => {
      const events: UsageEvent[] = [];
      const receivedAt = new Map<UsageEvent, number>();
      const texts = await Promise.all(jobs.map((job) => attempt(() => jobText(job))));
      for (const [index, job] of jobs.entries()) {
        const text = texts[index]!;
        const read = "failed" in text ? text : await attempt(() => decodeEvents(text.value));
        if ("failed" in read) {
          await buryJob(deps, job, read.failed);
          continue;
        }
        for (const event of read.value) {
          events.push(event);
          receivedAt.set(event, job.receivedAt);
        }
      }
      const result = await ingestEvents(deps, events, { receivedAt: (event) => receivedAt.get(event)! });
      status.lastCommitAt = Date.now();
      status.eventsStored += result.stored;
      status.duplicates += result.duplicates;
      status.conflicts += result.conflicts;
      status.poisoned += result.poisoned;
    },
  );

  const handle = async (data: unknown): Promise<void> => {
    const parsed = ingestJobSchema.safeParse(data);
    if (!parsed.success) {
      await buryJob(deps, data, parsed.error.message);
      return;
    }
    const job = parsed.data;
    if (job.kind === "usage") {
      await batcher.add(job, job.count);
      return;
    }
    const items = await attempt(async () => JSON.parse(await jobText(job)) as unknown[]);
    if ("failed" in items) {
      await buryJob(deps, data, items.failed);
      return;
    }
    await kinds[job.kind](deps, { receivedAt: job.receivedAt, apiKeyId: job.apiKeyId, items: items.value });
    status.lastCommitAt = Date.now();
  };

  const worker = queues.worker<IngestJob>(INGEST_QUEUE, (job) => handle(job.data), {
    concurrency: JOBS_IN_HAND,
    lockMs: LOCK_MS,
    onError: (error) => deps.log.warn({ err: error }, "ingest queue"),
    onFailed: (error, attemptsMade) => {
      status.failures += 1;
      deps.log.warn({ err: error, attemptsMade }, "an ingest job failed and will be tried again");
    },
  });

  const queue = queues.queue<IngestJob>(INGEST_QUEUE);
  const sweep = setInterval(() => {
    queue.retryFailed(500).then(
      (count) => count > 0 && deps.log.warn({ count }, "failed ingest jobs were put back in line"),
      (error: unknown) => deps.log.warn({ err: error }, "failed ingest jobs could not be looked for"),
    );
  }, SWEEP_MS);

  const watermark = keepWatermark(deps.db.pool, queue);

  return {
    status,
    close: async () => {
      clearInterval(sweep);
      watermark.stop();
      await worker.close();
    },
  };
}

/** The value, or why there is none. */
async function attempt<T>(read: () => T | Promise<T>): Promise<{ value: T } | { failed: string }> {
  try {
    return { value: await read() };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

async function buryJob(deps: IngestDeps, data: unknown, why: string): Promise<void> {
  deps.log.error({ why }, "an ingest job cannot be read; it is kept in the dead letters");
  const text = JSON.stringify(data) ?? "null";
  await addDeadLetters(deps.db.pool, [
    {
      receivedAt: Date.now(),
      source: "queue",
      code: "unreadable_job",
      field: null,
      reason: `This queue job cannot be read: ${why}`,
      eventId: null,
      tenant: null,
      payload: data,
      fingerprint: hash64(`unreadable_job\n${text}`),
    },
  ]);
}
