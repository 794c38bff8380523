/**
 * The contract between every door (native, OTLP, integrations) and the ingest workers: one queue job per batch.
 * "Accepted" means that `enqueueBatch` returned: the batch is durably queued.
 */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { config } from "@/lib/config";
import { AppError } from "@/lib/http";
import { queues, type QueueHandle } from "@/lib/queue";
import type { UsageEvent } from "./event";
import { encodeEvents } from "./event-codec";

export const INGEST_QUEUE = "ingest";

const JOB_KINDS = ["usage", "outcomes", "samples"] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const ingestJobSchema = z.object({
  v: z.literal(1),
  kind: z.enum(JOB_KINDS),
  /** Epoch milliseconds at the door. */
  receivedAt: z.number(),
  apiKeyId: z.string().nullable(),
  encoding: z.literal("gzip"),
  /** base64 of gzip of JSON: `encodeEvents` for usage, the array of items for the other kinds. */
  body: z.string(),
  count: z.number().int().min(1),
});
export type IngestJob = z.infer<typeof ingestJobSchema>;

/** A batch as a door hands it in. `items` of outcomes and samples are JSON in the shape that their worker agreed with their door. */
export type IngestBatch = { receivedAt: number; apiKeyId: string | null } & (
  | { kind: "usage"; items: readonly UsageEvent[] }
  | { kind: "outcomes" | "samples"; items: readonly unknown[] }
);

const compress = promisify(gzip);
const decompress = promisify(gunzip);
// A batch in one or two steps instead of twenty.
const CHUNK_BYTES = 256 * 1024;
const ADD_TIMEOUT_MS = 5_000;

let processQueue: QueueHandle<IngestJob> | undefined;

/** The ingest queue of this process. */
export function ingestQueue(): QueueHandle<IngestJob> {
  if (processQueue) return processQueue;
  const { DATABASE_URL, REDIS_URL } = config();
  if (!DATABASE_URL) throw new Error("DATABASE_URL is not set. Start everything with `npm start`, or set it.");
  processQueue = queues({ databaseUrl: DATABASE_URL, redisUrl: REDIS_URL }).queue<IngestJob>(INGEST_QUEUE);
  return processQueue;
}

/**
 * Queue one batch durably. Throws `unavailable` (503, Retry-After) when the queue does not answer. A sender that
 * retries after that may deliver twice: event ids make the second delivery a duplicate.
 */
export async function enqueueBatch(queue: QueueHandle<IngestJob>, batch: IngestBatch): Promise<void> {
  if (batch.items.length === 0) return;
  const text = batch.kind === "usage" ? encodeEvents(batch.items) : JSON.stringify(batch.items);
  const body = (await compress(text, { level: 1, chunkSize: CHUNK_BYTES })).toString("base64");
  const { kind, receivedAt, apiKeyId } = batch;
  const job: IngestJob = { v: 1, kind, receivedAt, apiKeyId, encoding: "gzip", body, count: batch.items.length };
  await answered(queue.add(kind, job), ADD_TIMEOUT_MS);
}

/** The JSON text inside a job. Throws when the body is damaged. */
export async function jobText(job: IngestJob): Promise<string> {
  return (await decompress(Buffer.from(job.body, "base64"), { chunkSize: CHUNK_BYTES })).toString("utf8");
}

const COUNT_FRESH_MS = 1_000;
const counts = new WeakMap<object, { at: number; waiting: Promise<number> }>();

/**
 * Refuse early while the workers are behind: throws `busy` (429, Retry-After) above `maxLag` waiting batches.
 * The count is at most a second old, so that a door costs the queue one count a second, not one a request.
 */
export async function requireRoomInQueue(
  queue: QueueHandle<IngestJob>,
  maxLag: number = config().HEADROOM_INGEST_MAX_LAG,
): Promise<void> {
  let known = counts.get(queue);
  if (!known || performance.now() - known.at >= COUNT_FRESH_MS) {
    const waiting = answered(queue.counts(), ADD_TIMEOUT_MS).then((found) => found.waiting + found.delayed);
    known = { at: performance.now(), waiting };
    counts.set(queue, known);
    waiting.catch(() => counts.delete(queue));
  }
  const waiting = await known.waiting;
  if (waiting > maxLag) {
    throw new AppError(
      "busy",
      `The ingest workers are ${waiting} batches behind. Nothing of this batch was taken; send it again.`,
      {
        retryAfterSec: Math.min(60, 2 + Math.floor(waiting / maxLag)),
      },
    );
  }
}

async function answered<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } catch (cause) {
    promise.catch(() => undefined);
    const error = new AppError(
      "unavailable",
      "The queue does not answer, so this batch was not accepted. Send it again: ids make that safe.",
      {
        retryAfterSec: 5,
      },
    );
    error.cause = cause;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
