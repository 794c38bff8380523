/**
 * The one file that decides where queues live: Redis when REDIS_URL is set, else PostgreSQL.
 * Queues only hint. A lost or doubled job must never change a fact: every effect is fenced in Postgres.
 */
import { createPostgresBackend, DEFAULT_SCHEMA, Queue, runMigrations, withBackend, Worker, type Job } from "bullmq";
import { Redis } from "ioredis";
import pg from "pg";

export type { Job };

export interface QueueSettings {
  databaseUrl: string;
  redisUrl?: string | undefined;
  /** Keeps parallel installations on one Redis apart. */
  prefix?: string;
}

export interface QueueCounts {
  waiting: number;
  delayed: number;
  active: number;
  failed: number;
}

/** The part of BullMQ's queue that Headroom uses, the same on both backends. `T` must survive JSON. */
export interface QueueHandle<T> {
  add(name: string, data: T, options?: { jobId?: string; delayMs?: number; attempts?: number }): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** When the oldest job that is not done was added, epoch milliseconds: waiting, in hand or failed. Null when all is done. */
  oldestAt(): Promise<number | null>;
  /** Put up to `max` failed jobs back in line; returns how many. A failed job is never lost data. */
  retryFailed(max: number): Promise<number>;
}

export interface WorkerSettings {
  concurrency?: number;
  /** How long a job may be held without renewal before another worker takes it. */
  lockMs?: number;
  onError?: (error: Error) => void;
  onFailed?: (error: Error, attemptsMade: number) => void;
}

export interface Queues {
  readonly backend: "redis" | "postgres";
  queue<T>(name: string): QueueHandle<T>;
  /** Start handling jobs. The returned close waits for jobs in hand. */
  worker<T>(name: string, handle: (job: Job<T>) => Promise<void>, settings?: WorkerSettings): { close(): Promise<void> };
  close(): Promise<void>;
}

// A job whose workers are killed again and again must never end as failed: BullMQ's default here is 1.
const MAX_STALLED = 1_000_000;
const UNDONE = ["active", "waiting", "prioritized", "delayed", "failed"] as const;
const RETRY = { attempts: 20, backoff: { type: "exponential", delay: 500, jitter: 0.5 } } as const;

export function openQueues(settings: QueueSettings): Queues {
  const onRedis = settings.redisUrl !== undefined;
  const redis = onRedis ? new Redis(settings.redisUrl!, { maxRetriesPerRequest: null }) : undefined;
  redis?.on("error", () => undefined);
  const pool = onRedis ? undefined : postgresPool(settings.databaseUrl);
  const classes = (onRedis ? { Queue, Worker } : withBackend(createPostgresBackend)) as {
    Queue: typeof Queue;
    Worker: typeof Worker;
  };
  const shared = { connection: (redis ?? pool) as never, prefix: settings.prefix ?? "headroom" };
  const queues = new Map<string, Queue>();
  const workers = new Set<Worker>();

  const open = (name: string): Queue => {
    let queue = queues.get(name);
    if (!queue) {
      queue = new classes.Queue(name, { ...shared, defaultJobOptions: { removeOnComplete: 100, removeOnFail: false, ...RETRY } });
      queue.on("error", () => undefined);
      queues.set(name, queue);
    }
    return queue;
  };

  return {
    backend: onRedis ? "redis" : "postgres",
    queue: <T>(name: string): QueueHandle<T> => ({
      add: async (jobName, data, options = {}) => {
        const { jobId, delayMs, attempts } = options;
        await open(name).add(jobName, data, {
          ...(jobId === undefined ? {} : { jobId }),
          ...(delayMs === undefined ? {} : { delay: delayMs }),
          ...(attempts === undefined ? {} : { attempts }),
        });
      },
      counts: async () => {
        const found = await open(name).getJobCounts("waiting", "delayed", "active", "failed", "prioritized");
        return {
          waiting: (found["waiting"] ?? 0) + (found["prioritized"] ?? 0),
          delayed: found["delayed"] ?? 0,
          active: found["active"] ?? 0,
          failed: found["failed"] ?? 0,
        };
      },
      oldestAt: async () => {
        const firsts = await Promise.all(UNDONE.map((state) => open(name).getJobs([state], 0, 0, true)));
        const times = firsts.flat().map((job) => job.timestamp);
        return times.length > 0 ? Math.min(...times) : null;
      },
      retryFailed: async (max) => {
        const failed = await open(name).getFailed(0, max - 1);
        for (const job of failed) await job.retry("failed").catch(() => undefined);
        return failed.length;
      },
    }),
    worker: (name, handle, options = {}) => {
      const worker = new classes.Worker(name, (job) => handle(job as never), {
        ...shared,
        concurrency: options.concurrency ?? 1,
        lockDuration: options.lockMs ?? 30_000,
        maxStalledCount: MAX_STALLED,
        stalledInterval: Math.min(options.lockMs ?? 30_000, 15_000),
      });
      worker.on("error", (error) => options.onError?.(error));
      worker.on("failed", (job, error) => options.onFailed?.(error, job?.attemptsMade ?? 0));
      workers.add(worker);
      return {
        close: async () => {
          workers.delete(worker);
          await worker.close();
        },
      };
    },
    close: async () => {
      await Promise.all([...workers].map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      redis?.disconnect();
      await pool?.end();
    },
  };
}

/** Create or upgrade the queue tables in PostgreSQL (schema `bullmq`). Safe from any number of programs at once. */
export async function migrateQueues(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await runMigrations(client as never);
  } finally {
    await client.end();
  }
}

function postgresPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 8,
    keepAlive: true,
    application_name: "headroom-queue",
    options: `-c search_path=${DEFAULT_SCHEMA}`,
  });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

const globalQueues = globalThis as unknown as { headroomQueues?: Queues };

/** The queues of this process. */
export function queues(settings: QueueSettings): Queues {
  globalQueues.headroomQueues ??= openQueues(settings);
  return globalQueues.headroomQueues;
}
