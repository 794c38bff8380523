/**
 * Allocates closed hours, each as often as what it is worked out from changes. Any number of processes may: an hour is
 * worked out in one transaction on its locked row, and states what it was worked out from in the same one.
 *
 *   findHours: prints of readings, usage, fit and terms ─► gpu_hour.wanted      (unchanged: nothing happens)
 *   allocatePending: wanted ≠ done ─ lock ─ read ─ allocateHour ─ replace rows, done = wanted ─► commit
 *
 * Killed anywhere, an hour is wholly old or wholly new. Data that come between the two steps are found by the next look.
 */
import { withTransaction, type Db } from "@/lib/db";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { hash64 } from "@/lib/telemetry";
import { loadWorkspace } from "@/lib/workspace";
import { allocateHour } from "./allocate-hour";
import { fitWork, type WorkFit } from "./fit-work";
import type { CommittedTerm, Term } from "./schemas";
import {
  claimHours,
  readCharges,
  readEngineMinutes,
  readFits,
  readHourPrints,
  readNodeHours,
  readSampleCounts,
  readTerms,
  readWork,
  replaceHours,
  saveFit,
  wantHours,
  type SampleCount,
} from "./store";
import { committedTerms, inForce } from "./terms-of";

/** An hour is closed this long after its end: most of what comes late has come. */
const GRACE_MS = 5 * 60_000;
/** Weights are fitted on this long before the day that they are used for. */
const FIT_MS = 7 * DAY_MS;
/** Hours of one transaction. */
const HOURS_PER_PIECE = 24;

export interface FindOptions {
  now: Date;
  /** How far back to look; at most as far as raw events are kept, because work is read from them. */
  backMs: number;
}

/** Look for hours that are new, or whose inputs changed. Returns how many were looked at. */
export async function findHours(db: Db, { now, backMs }: FindOptions): Promise<number> {
  const { rawRetentionDays } = await loadWorkspace(db);
  const to = Math.floor((now.getTime() - GRACE_MS) / HOUR_MS) * HOUR_MS;
  const oldest = Math.floor(now.getTime() / DAY_MS - (rawRetentionDays - 1)) * DAY_MS;
  const from = Math.max(oldest, Math.floor((to - backMs) / HOUR_MS) * HOUR_MS);
  if (from >= to) return 0;
  const [prints, counts, terms] = await Promise.all([
    readHourPrints(db.pool, new Date(from), new Date(to)),
    readSampleCounts(db.pool, new Date(startOfDay(from) - FIT_MS), new Date(to)),
    termsInUse(db),
  ]);
  const printOf = new Map(prints.map(({ hour, print }) => [hour, print]));
  const hours = [...new Set([...printOf.keys(), ...committedHours(committedTerms(terms), prints[0]?.hour ?? to, from, to)])];
  const days = new Map<number, string>();
  const windowOf = (day: number): string => {
    let window = days.get(day);
    if (window === undefined) days.set(day, (window = [...windowSamples(counts, day)].sort().join()));
    return window;
  };
  const wanted = hours.map((hour) => {
    const own = terms.filter((term) => inForce(term, hour)).map(({ id }) => id);
    return { hour, wanted: hash64(JSON.stringify([printOf.get(hour) ?? "", windowOf(startOfDay(hour)), own.sort()])) };
  });
  if (wanted.length > 0) await wantHours(db.pool, wanted);
  return wanted.length;
}

/** Work out what waits, the newest hours first. Returns how many were done; 0: nothing waits. */
export async function allocatePending(db: Db, options: { now: Date; hours?: number }): Promise<number> {
  const terms = await termsInUse(db);
  return withTransaction(db.pool, async (client) => {
    const claimed = await claimHours(client, options.hours ?? HOURS_PER_PIECE);
    if (claimed.length === 0) return 0;
    const hours = claimed.map(({ hour }) => hour);
    const nodes = await readNodeHours(client, hours);
    const work = await readWork(client, hours);
    const fits = await fitsOf(client, hours);
    const before = await readCharges(client, hours);
    const results = claimed.map((each) => {
      const result = allocateHour({
        nodes: nodes.filter(({ hour }) => hour === each.hour),
        work: work.filter(({ hour }) => hour === each.hour),
        fits: fits.get(startOfDay(each.hour))!,
        terms: terms.filter((term) => inForce(term, each.hour)),
      });
      const charges = new Map([
        ...result.rows.map((row): [string, bigint] => [
          `${row.pool} ${row.tenant} ${row.endpoint}`,
          row.busyNanoUsd + row.idleNanoUsd + row.otherNanoUsd,
        ]),
        ...result.pools.map((pool): [string, bigint] => [
          pool.pool,
          pool.unallocatedBusyNanoUsd + pool.unallocatedIdleNanoUsd + pool.unallocatedOtherNanoUsd,
        ]),
      ]);
      return {
        claimed: each,
        movedNanoUsd: each.revision === 0 ? 0n : moved(before.get(each.hour) ?? new Map(), charges),
        ...result,
      };
    });
    await replaceHours(client, results, options.now);
    return claimed.length;
  });
}

async function termsInUse(db: Db): Promise<Term[]> {
  return (await readTerms(db.pool)).filter(({ withdrawnAt }) => withdrawnAt === null);
}

/** The fits of the days of some hours, by day and pool; made, or made anew, where more readings came since. */
async function fitsOf(
  client: Parameters<typeof saveFit>[0],
  hours: readonly number[],
): Promise<Map<number, Map<string, WorkFit>>> {
  const days = [...new Set(hours.map(startOfDay))].sort((a, b) => a - b);
  const counts = await readSampleCounts(client, new Date(days[0]! - FIT_MS), new Date(days.at(-1)!));
  const known = await readFits(client, dayText(days[0]!), dayText(days.at(-1)!));
  const fits = new Map<number, Map<string, WorkFit>>();
  for (const day of days) {
    const ofDay = new Map<string, WorkFit>();
    fits.set(day, ofDay);
    for (const [pool, samples] of [...windowSamples(counts, day)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const stored = known.find((fit) => fit.pool === pool && fit.day === dayText(day));
      if (stored?.samples === samples) {
        ofDay.set(pool, stored);
        continue;
      }
      const fit = fitWork(await readEngineMinutes(client, pool, new Date(day - FIT_MS), new Date(day)));
      if (!fit) continue;
      await saveFit(client, { ...fit, pool, day: dayText(day), samples });
      ofDay.set(pool, fit);
    }
  }
  return fits;
}

/** Readings of each pool in the window of a day's fit. */
function windowSamples(counts: readonly SampleCount[], day: number): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { pool, day: of, samples } of counts) {
    if (of >= day - FIT_MS && of < day) sums.set(pool, (sums.get(pool) ?? 0n) + samples);
  }
  return sums;
}

/** A committed GPU costs in hours too in which no node reports. */
function committedHours(terms: readonly CommittedTerm[], first: number, from: number, to: number): number[] {
  const hours: number[] = [];
  for (const term of terms) {
    // A term without a beginning began with the first reading: nobody commits before they have anything.
    const start = Math.max(from, term.effectiveFrom?.getTime() ?? first);
    const end = Math.min(to, term.effectiveTo?.getTime() ?? to);
    for (let hour = start; hour < end; hour += HOUR_MS) hours.push(hour);
  }
  return hours;
}

function moved(before: ReadonlyMap<string, bigint>, after: ReadonlyMap<string, bigint>): bigint {
  let sum = 0n;
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const by = (after.get(key) ?? 0n) - (before.get(key) ?? 0n);
    sum += by < 0n ? -by : by;
  }
  return sum;
}

const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;
const dayText = (day: number): string => new Date(day).toISOString().slice(0, 10);
