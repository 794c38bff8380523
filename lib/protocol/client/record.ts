/** What a target remembers across restarts: small, whole, and parsed again at each start. */
import { z } from "zod";
import { hashSchema } from "../keys";
import { attemptSchema } from "../sync";

const versionSchema = z.object({
  generation: z.number().int().min(0),
  hash: hashSchema,
  /** Not null: held only while the console renews it by answering. */
  leaseTtlSec: z.number().int().min(1).nullable(),
});
export type Version = z.infer<typeof versionSchema>;

export const recordSchema = z.object({
  /** Newest order seen and found genuine, applied or not. Its generation never falls. */
  newest: z.object({ generation: z.number().int().min(0), hash: hashSchema.nullable() }),
  /** Tries so far. */
  attempts: z.number().int().min(0),
  running: versionSchema.nullable(),
  /** Newest one without a lease that was applied; the same as `running` when that has none. */
  stable: versionSchema.nullable(),
  /** The one without a lease before `stable`: last known good when `stable` itself crashes. */
  good: versionSchema.nullable(),
  /** Journal: begun and not ended. After a start: it was cut short. */
  applying: versionSchema.nullable(),
  lastAttempt: attemptSchema.nullable(),
  /** Contents that failed here, newest last. Not tried again by the same version of the program. */
  failed: z.array(z.object({ hash: hashSchema, reason: z.string(), program: z.string() })),
  /** Wall clock, epoch ms. */
  crashes: z.array(z.object({ generation: z.number().int().min(0), at: z.number() })),
  /** Wall clock of the last answer of the console, epoch ms; written only as often as a lease needs it. */
  answeredAt: z.number().nullable(),
  /** True while a program runs from this folder. Found true at a start: the last one did not end of its own will. */
  alive: z.boolean(),
});
export type SyncRecord = z.infer<typeof recordSchema>;

export const EMPTY_RECORD: SyncRecord = {
  newest: { generation: 0, hash: null },
  attempts: 0,
  running: null,
  stable: null,
  good: null,
  applying: null,
  lastAttempt: null,
  failed: [],
  crashes: [],
  answeredAt: null,
  alive: false,
};

/** The contents that must stay on disk for this record. */
export const hashesOf = (record: SyncRecord): Set<string> =>
  new Set([record.running, record.stable, record.good, record.applying].flatMap((version) => version?.hash ?? []));

/** The record without the versions whose content cannot be read any more: what is left moves up. */
export function withoutLost(record: SyncRecord, isThere: (hash: string) => boolean): SyncRecord {
  const kept = (version: Version | null) => (version && isThere(version.hash) ? version : null);
  const good = kept(record.good);
  const stable = kept(record.stable) ?? good;
  const lost = record.running !== null && !isThere(record.running.hash);
  return {
    ...record,
    running: kept(record.running) ?? stable,
    stable,
    good: stable === good ? null : good,
    // Not told as applied any more: the console offers it again.
    lastAttempt: lost ? null : record.lastAttempt,
  };
}
