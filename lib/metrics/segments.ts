/**
 * Which table answers for which stretch of time: the coarsest that answers exactly. Days where the zone's day rows are
 * complete, hours at their edges, minutes at the edges of hours, raw rows at the edges of minutes. Pure.
 */
import { HOUR_MS, MINUTE_MS, nextZoneDay, startOfZoneDay } from "@/lib/time";
import type { Bucket } from "./periods";

export type Source = "day" | "hour" | "minute" | "raw";

export interface Segment {
  source: Source;
  from: number;
  to: number;
}

export interface Sources {
  /** Zone of days in answers. */
  timeZone: string;
  /** Day rows of that zone are complete from here on; null when they are in another zone. */
  daysFrom: number | null;
  /** Minute rows are complete from here on. */
  minutesFrom: number;
  /** Raw rows are complete from here on. */
  rawFrom: number;
  /** Raw rows are read for at most this long in one answer. */
  maxRawMs: number;
}

const ceil = (at: number, step: number) => Math.ceil(at / step) * step;
const floor = (at: number, step: number) => Math.floor(at / step) * step;

const ceilDay = (at: number, zone: string) => {
  const start = startOfZoneDay(at, zone);
  return start === at ? at : nextZoneDay(at, zone);
};

function ofDays(from: number, to: number, sources: Sources): Segment[] {
  if (sources.daysFrom === null) return ofHours(from, to, sources);
  const usable = Math.max(from, sources.daysFrom);
  if (usable >= to) return ofHours(from, to, sources);
  const first = ceilDay(usable, sources.timeZone);
  const last = startOfZoneDay(to, sources.timeZone);
  if (first >= last) return ofHours(from, to, sources);
  return [...ofHours(from, first, sources), { source: "day", from: first, to: last }, ...ofHours(last, to, sources)];
}

function ofHours(from: number, to: number, sources: Sources): Segment[] {
  const first = ceil(from, HOUR_MS);
  const last = floor(to, HOUR_MS);
  if (first >= last) return ofMinutes(from, to, sources);
  return [...ofMinutes(from, first, sources), { source: "hour", from: first, to: last }, ...ofMinutes(last, to, sources)];
}

function ofMinutes(from: number, to: number, sources: Sources): Segment[] {
  if (from >= to) return [];
  const first = ceil(Math.max(from, sources.minutesFrom), MINUTE_MS);
  const last = floor(to, MINUTE_MS);
  if (first >= last) return ofRaw(from, to, sources);
  return [...ofRaw(from, first, sources), { source: "minute", from: first, to: last }, ...ofRaw(last, to, sources)];
}

/** Where raw rows are gone, an hour belongs to the stretch in which it begins: no hour is counted twice. */
function ofRaw(from: number, to: number, sources: Sources): Segment[] {
  if (from >= to) return [];
  if (from >= sources.rawFrom) return [{ source: "raw", from, to }];
  const hours = { source: "hour", from: ceil(from, HOUR_MS), to: ceil(to, HOUR_MS) } as const;
  return hours.from < hours.to ? [hours] : [];
}

function merged(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const segment of segments) {
    const last = result.findLast((earlier) => earlier.source === segment.source);
    if (last && last.to === segment.from) last.to = segment.to;
    else result.push({ ...segment });
  }
  return result;
}

/** The segments of a period cut into buckets. With `rawOnly`, everything comes from the raw rows. */
export function segmentsOf(buckets: readonly Bucket[], sources: Sources, rawOnly: boolean): Segment[] {
  if (rawOnly) return merged(buckets.map(({ from, to }) => ({ source: "raw", from, to })));
  return merged(buckets.flatMap(({ from, to }) => ofDays(from, to, sources)));
}

/** Is the answer rounded to hours somewhere, because finer rows are gone? */
export function isRounded(buckets: readonly Bucket[], segments: readonly Segment[]): boolean {
  const covered = segments.reduce((sum, segment) => sum + segment.to - segment.from, 0);
  const asked = buckets.reduce((sum, bucket) => sum + bucket.to - bucket.from, 0);
  const outside = segments.some((segment) => segment.from < buckets[0]!.from || segment.to > buckets.at(-1)!.to);
  return covered !== asked || outside;
}

export function segmentsBySource(segments: readonly Segment[]): [Source, Segment[]][] {
  const found = new Map<Source, Segment[]>();
  for (const segment of segments) found.set(segment.source, [...(found.get(segment.source) ?? []), segment]);
  return [...found];
}
