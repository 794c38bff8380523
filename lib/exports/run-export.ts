import type { Ctx } from "@/lib/auth/actor";
import { withTransaction, type Db } from "@/lib/db";
import { AppError, asAppError } from "@/lib/http";
import type { Logger } from "@/lib/log";
import { produce, type Sink } from "./produce";
import { claimExport, endExport, expireExports, reportProgress, storeChunk, type ExportJob } from "./store";

const DAY_MS = 86_400_000;
/** How long a finished file can be downloaded, and how long the list remembers it. */
const KEPT_MS = 7 * DAY_MS;
const REMEMBERED_MS = 30 * DAY_MS;
/** A file that fails the worker itself so often will do so again. */
const MOST_CLAIMS = 5n;
const MAX_BYTES = 512 * 1024 * 1024;

export interface RunOptions {
  db: Db;
  log: Logger;
  now: () => Date;
  leaseMs: number;
  signal: AbortSignal;
}

/** It is not ours any more, or the program stops: nothing more is written. */
class Lost extends Error {}

/** Make the oldest waiting file, or go on with one whose worker is gone. False when nothing waits. */
export async function runExport(options: RunOptions): Promise<"none" | "done" | "failed" | "lost"> {
  const { db, now, leaseMs } = options;
  const until = () => new Date(now().getTime() + leaseMs);
  const job = await withTransaction(db.pool, (client) => claimExport(client, now(), until()));
  if (!job) return "none";
  const fail = async (reason: string) => {
    const at = now();
    const end = { fileName: null, contentType: null, receipt: null, now: at, expiresAt: at };
    await endExport(db.pool, job, { ...end, status: "failed", reason });
    return "failed" as const;
  };
  if (job.epoch > MOST_CLAIMS)
    return fail(`It was begun ${MOST_CLAIMS} times and never finished. Look into the log of the workers.`);
  try {
    const product = await produce(ctxOf(job, options), job.params, sinkOf(job, options));
    const at = now();
    const ours = await endExport(db.pool, job, {
      ...product,
      status: "done",
      reason: null,
      now: at,
      expiresAt: new Date(at.getTime() + KEPT_MS),
    });
    return ours ? "done" : "lost";
  } catch (error) {
    if (error instanceof Lost) return "lost";
    const refusal = asAppError(error);
    // A fault of ours is tried again when the lease is over; a refusal would come again.
    if (!refusal) throw error;
    return fail(refusal.message);
  }
}

export async function expireFiles(db: Db, now: Date): Promise<number> {
  return expireExports(db.pool, now, new Date(now.getTime() - REMEMBERED_MS));
}

/** Whoever asked, with the tenants they could see when they asked. */
function ctxOf(job: ExportJob, { db, log, now }: RunOptions): Ctx {
  const { kind, id, name, role } = job.owner;
  return {
    actor: { kind, id, name, role, tenants: job.tenants, ...(kind === "api_key" ? { scopes: ["read"] } : {}) },
    db,
    now: now(),
    log,
  };
}

function sinkOf(job: ExportJob, { db, now, leaseMs, signal }: RunOptions): Sink {
  let seq = 0;
  let bytes = 0;
  const check = (ours: boolean) => {
    if (!ours || signal.aborted) throw new Lost();
  };
  return {
    async write(data) {
      bytes += data.byteLength;
      if (bytes > MAX_BYTES) {
        throw new AppError("too_large", "The file would be larger than 512 MiB. Choose a shorter period or fewer columns.");
      }
      check(await storeChunk(db.pool, job, seq, data));
      seq += 1;
    },
    async progress(done, total) {
      check(await reportProgress(db.pool, job, { done, total, until: new Date(now().getTime() + leaseMs) }));
    },
  };
}
