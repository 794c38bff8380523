import { withTransaction, type Db } from "@/lib/db";
import { correctRollups } from "@/lib/metrics";
import { loadPriceBook } from "@/lib/pricing";
import { countEvents, readRatedEvents, replaceRatings } from "@/lib/telemetry";
import { loadWorkspace } from "@/lib/workspace";
import { rerate, sumDiff, totalsOf } from "./rerate";
import { addDiff, claimRepricing, updateRepricing, type Repricing } from "./store";

/** Events of one transaction: the rollup lock is held for the last part of it. */
const EVENTS_PER_PIECE = 2_000;

export interface PieceOptions {
  now: Date;
  /** Absent: EVENTS_PER_PIECE. */
  events?: number;
}

/**
 * Walk one piece of the oldest repricing that waits: the dry run adds up what would change, the application changes it.
 * Everything that the piece does, its progress included, is one transaction. False when nothing is waiting.
 */
export async function runPiece(db: Db, { now, events: limit = EVENTS_PER_PIECE }: PieceOptions): Promise<boolean> {
  const [book, { tagKeys }] = await Promise.all([loadPriceBook(db, { maxAgeMs: 0 }), loadWorkspace(db)]);
  return withTransaction(db.pool, async (client) => {
    const job = await claimRepricing(client);
    if (!job) return false;
    if (book.version !== job.bookVersion) {
      await updateRepricing(client, outdated(job, now));
      return true;
    }
    // Two applications at once would take the same old cost out of the rollups twice.
    if (job.status === "applying") await client.query("select pg_advisory_xact_lock(hashtext('repricing.apply'))");
    job.events ??= await countEvents(client, job.scope);
    const read = await readRatedEvents(client, job.scope, job.cursor, limit);
    const changes = rerate(book, read);
    const totals = totalsOf(changes);
    const last = read.at(-1);
    if (last) job.cursor = { occurredAt: new Date(last.occurredAt), id: last.id };
    job.scanned += BigInt(read.length);
    const ended = read.length < limit;
    if (job.status === "counting") {
      job.changed += BigInt(changes.length);
      job.oldNano += totals.oldNano;
      job.newNano += totals.newNano;
      job.movedNano += totals.movedNano;
      await addDiff(client, job.id, sumDiff(changes, dayFinder(job.timeZone)));
      await updateRepricing(client, ended ? { ...job, status: "ready" } : job);
      return true;
    }
    job.applied += BigInt(changes.length);
    job.appliedDeltaNano += totals.newNano - totals.oldNano;
    await updateRepricing(client, ended ? { ...job, status: "done", endedAt: now } : job);
    const after = changes.map((change) => change.after);
    await replaceRatings(client, after, { repricingId: job.id, now });
    const before = changes.map((change) => change.before);
    await correctRollups(client, before, after, { timeZone: job.timeZone, tagKeys, now });
    return true;
  });
}

export const outdated = (job: Repricing, now: Date): Repricing => ({
  ...job,
  status: "outdated",
  statusReason: "A price changed since the dry run. What was applied stays; start a new dry run for the rest.",
  endedAt: now,
});

function dayFinder(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (at) => format.format(at);
}
