/**
 * Events → rows, once. One transaction does everything that one event causes: claim its id, flag repeats, price it,
 * store it, add it to the rollups and the counters. So whatever kills the process, an event is wholly in or not at all,
 * and a second delivery finds its id taken.
 *
 *   events ─ claim ids ─┬─ new ──► duplicates flag ► first of action ► rate ► store ► counters ► rollups ► commit
 *                       ├─ known, same content ──► counted as duplicate
 *                       └─ known, other content ─► dead letter `conflict`
 *
 * Order of locks is the same in every worker (partition, tenant, ids, fingerprints, actions, rows, counters, rollups;
 * sorted inside each), so workers wait for each other instead of deadlocking; what the database still aborts is retried.
 * An event whose data the database or the rating refuses is found by halving the batch, and becomes a dead letter.
 */
import type { PoolClient } from "pg";
import { withTransaction, type Db } from "@/lib/db";
import type { Logger } from "@/lib/log";
import { isGatewayHit, loadPriceBook, rateUsage, type PriceBook } from "@/lib/pricing";
import {
  actionKey,
  addDeadLetters,
  addIngestCounts,
  claimActions,
  claimFingerprints,
  claimIdentities,
  discoverTenants,
  ensureEventPartitions,
  hash64,
  readIdentities,
  storeEvents,
  toNativeEvent,
  type ActionSighting,
  type DeadLetter,
  type Identity,
  type IngestCount,
} from "@/lib/telemetry";
import type { RatedEvent, UsageEvent } from "@/lib/telemetry/event";
import { loadWorkspace, type Workspace } from "@/lib/workspace";
import { requestFingerprint } from "./request-fingerprint";
import { isDataError, isRetryable, PoisonError } from "./failures";
import { writeRollups } from "./rollups";

export interface IngestDeps {
  db: Db;
  log: Logger;
}

export interface IngestOptions {
  /** When an event was received; absent: now. History that is loaded in bulk says when it would have been. */
  receivedAt?: (event: UsageEvent) => number;
  /** Which door it came through, for dead letters. */
  source?: string;
}

export interface IngestResult {
  stored: number;
  duplicates: number;
  conflicts: number;
  poisoned: number;
}

/** Events of one transaction: large enough that rollups cost almost nothing, small enough to redo. */
export const EVENTS_PER_TRANSACTION = 5_000;
const MAX_TRIES = 6;
/** Received later than this after it happened: "late" in completeness. */
const LATE_MS = 15 * 60_000;

/** What this process has seen stored; saves asking for every batch. */
interface Known {
  tenants: Set<string>;
  days: Set<string>;
}
const knownByDb = new WeakMap<Db, Known>();

/** Store what is new in `events`. Safe to repeat with the same events, in any order, from any number of processes. */
export async function ingestEvents(
  deps: IngestDeps,
  events: readonly UsageEvent[],
  options: IngestOptions = {},
): Promise<IngestResult> {
  const total: IngestResult = { stored: 0, duplicates: 0, conflicts: 0, poisoned: 0 };
  for (let at = 0; at < events.length; at += EVENTS_PER_TRANSACTION) {
    const result = await ingestSlice(deps, events.slice(at, at + EVENTS_PER_TRANSACTION), options);
    for (const key of Object.keys(total) as (keyof IngestResult)[]) total[key] += result[key];
  }
  return total;
}

async function ingestSlice(deps: IngestDeps, events: readonly UsageEvent[], options: IngestOptions): Promise<IngestResult> {
  try {
    return await ingestOnce(deps, events, options);
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (events.length === 1) {
      await buryPoison(deps, events[0]!, error, options);
      return { stored: 0, duplicates: 0, conflicts: 0, poisoned: 1 };
    }
    const middle = events.length >> 1;
    const left = await ingestSlice(deps, events.slice(0, middle), options);
    const right = await ingestSlice(deps, events.slice(middle), options);
    return {
      stored: left.stored + right.stored,
      duplicates: left.duplicates + right.duplicates,
      conflicts: left.conflicts + right.conflicts,
      poisoned: left.poisoned + right.poisoned,
    };
  }
}

/** One transaction, tried again while the database asks for it. */
async function ingestOnce(deps: IngestDeps, events: readonly UsageEvent[], options: IngestOptions): Promise<IngestResult> {
  let known = knownByDb.get(deps.db);
  if (!known) knownByDb.set(deps.db, (known = { tenants: new Set(), days: new Set() }));
  const now = Date.now();
  const receivedAt = options.receivedAt ?? (() => now);
  const [book, workspace] = await Promise.all([loadPriceBook(deps.db), loadWorkspace(deps.db)]);
  for (let attempt = 1; ; attempt++) {
    const newDays = daysOf(events).filter((day) => !known.days.has(day));
    const newTenants = [...new Set(events.map((event) => event.tenant))].filter((tenant) => !known.tenants.has(tenant));
    try {
      await ensureEventPartitions(deps.db.pool, newDays);
      const result = await withTransaction(deps.db.pool, async (client) => {
        await discoverTenants(client, newTenants);
        return storeNew(client, events, { book, workspace, receivedAt, now, source: options.source ?? "usage" });
      });
      for (const day of newDays) known.days.add(day);
      for (const tenant of newTenants) known.tenants.add(tenant);
      return result;
    } catch (error) {
      // A day this process knew was dropped by retention meanwhile, or a tenant removed: look again.
      known.days.clear();
      known.tenants.clear();
      if (attempt >= MAX_TRIES || !isRetryable(error)) throw error;
      deps.log.info({ err: error, attempt }, "ingest transaction is tried again");
      await new Promise((resolve) => setTimeout(resolve, 20 * 2 ** attempt * (0.5 + Math.random())));
    }
  }
}

interface Surroundings {
  book: PriceBook;
  workspace: Workspace;
  receivedAt: (event: UsageEvent) => number;
  now: number;
  source: string;
}

async function storeNew(client: PoolClient, events: readonly UsageEvent[], around: Surroundings): Promise<IngestResult> {
  // Of several events with one id the first of the batch may claim it; the others are judged against what is stored.
  const firsts = new Map<string, UsageEvent>();
  const repeats: UsageEvent[] = [];
  for (const event of events) {
    if (firsts.has(event.id)) repeats.push(event);
    else firsts.set(event.id, event);
  }
  const distinct = repeats.length === 0 ? events : [...firsts.values()];
  const claimed = await claimIdentities(client, distinct);
  const fresh = claimed.size === distinct.length ? distinct : distinct.filter((event) => claimed.has(event.id));
  const known = claimed.size === distinct.length ? repeats : [...distinct.filter((event) => !claimed.has(event.id)), ...repeats];

  const counts = new IngestCounter(around.receivedAt);
  const conflicts = await judgeKnown(client, known, around, counts);
  await addDeadLetters(client, conflicts);

  if (fresh.length > 0) {
    const repeated = await findRepeatedRequests(client, fresh, around.now);
    const firstOfAction = await findFirstOfAction(client, fresh);
    const rated = fresh.map((event) => rate(event, around.book, repeated.has(event), firstOfAction.has(event)));
    await storeEvents(client, rated, around.receivedAt);
    for (const event of rated) counts.stored(event);
    await addIngestCounts(client, counts.list());
    await writeRollups(client, rated, around.workspace);
  } else await addIngestCounts(client, counts.list());
  return { stored: fresh.length, duplicates: known.length - conflicts.length, conflicts: conflicts.length, poisoned: 0 };
}

/** Known ids: same content is a duplicate, other content a conflict that is kept for inspection. */
async function judgeKnown(
  client: PoolClient,
  events: readonly UsageEvent[],
  around: Surroundings,
  counts: IngestCounter,
): Promise<DeadLetter[]> {
  const stored = await readIdentities(client, [...new Set(events.map((event) => event.id))]);
  const letters: DeadLetter[] = [];
  for (const event of events) {
    const identity = stored.get(event.id);
    if (identity && identity.contentHash !== event.contentHash) {
      counts.conflict(event);
      letters.push(conflictLetter(event, identity, around));
    } else counts.duplicate(event);
  }
  return letters;
}

function conflictLetter(event: UsageEvent, stored: Identity, around: Surroundings): DeadLetter {
  const iso = (at: number) => new Date(at).toISOString();
  const hex = (hash: bigint) => BigInt.asUintN(64, hash).toString(16).padStart(16, "0");
  return {
    receivedAt: around.receivedAt(event),
    source: around.source,
    code: "conflict",
    field: stored.occurredAt === event.occurredAt ? "id" : "occurredAt",
    reason:
      `Event ${event.id} was stored before with occurredAt ${iso(stored.occurredAt)} and content ${hex(stored.contentHash)}; ` +
      `this one has occurredAt ${iso(event.occurredAt)} and content ${hex(event.contentHash)}. One id is charged once: ` +
      `if this is another call, replay it with an id of its own.`,
    eventId: event.id,
    tenant: event.tenant,
    payload: toNativeEvent(event),
    fingerprint: hash64(`conflict\n${event.id}\n${event.contentHash}`),
  };
}

/** Events that repeat a request of the same tenant within the same five minutes; of several in here, all but the first. */
async function findRepeatedRequests(client: PoolClient, events: readonly UsageEvent[], now: number): Promise<Set<UsageEvent>> {
  const firstOf = new Map<bigint, UsageEvent>();
  const candidates: { event: UsageEvent; fingerprint: bigint }[] = [];
  for (const event of events) {
    if (event.requestHash === null || !event.final || event.shadow || isGatewayHit(event)) continue;
    const fingerprint = requestFingerprint(event.tenant, event.requestHash, event.occurredAt);
    candidates.push({ event, fingerprint });
    const first = firstOf.get(fingerprint);
    if (first === undefined || event.occurredAt < first.occurredAt) firstOf.set(fingerprint, event);
  }
  const unseen = await claimFingerprints(client, [...firstOf.keys()], now);
  const repeated = new Set<UsageEvent>();
  for (const { event, fingerprint } of candidates) {
    if (!unseen.has(fingerprint) || firstOf.get(fingerprint) !== event) repeated.add(event);
  }
  return repeated;
}

/** The events that are the first sighting of their action. Mirrored traffic never is. */
async function findFirstOfAction(client: PoolClient, events: readonly UsageEvent[]): Promise<Set<UsageEvent>> {
  const firstOf = new Map<string, UsageEvent>();
  for (const event of events) {
    if (event.actionId === null || event.shadow) continue;
    const key = actionKey(event.tenant, event.actionId);
    const first = firstOf.get(key);
    if (first === undefined || event.occurredAt < first.occurredAt) firstOf.set(key, event);
  }
  const sightings: ActionSighting[] = [];
  for (const event of firstOf.values()) {
    sightings.push({ tenant: event.tenant, actionId: event.actionId!, firstAt: event.occurredAt });
  }
  const unseen = await claimActions(client, sightings);
  const firsts = new Set<UsageEvent>();
  for (const [key, event] of firstOf) if (unseen.has(key)) firsts.add(event);
  return firsts;
}

function rate(event: UsageEvent, book: PriceBook, duplicate: boolean, firstOfAction: boolean): RatedEvent {
  try {
    return Object.assign(event, { rating: rateUsage(book, event), duplicate, firstOfAction });
  } catch (cause) {
    throw new PoisonError("could not be priced", { cause });
  }
}

async function buryPoison(deps: IngestDeps, event: UsageEvent, error: unknown, options: IngestOptions): Promise<void> {
  deps.log.warn({ err: error, eventId: event.id }, "an event cannot be stored; it is kept in the dead letters");
  await addDeadLetters(deps.db.pool, [
    {
      receivedAt: options.receivedAt?.(event) ?? Date.now(),
      source: options.source ?? "usage",
      code: "poison",
      field: null,
      reason: `This event cannot be stored: ${error instanceof Error ? error.message : String(error)}. Edit it and replay it.`,
      eventId: event.id,
      tenant: event.tenant,
      payload: toNativeEvent(event),
      fingerprint: hash64(`poison\n${event.id}\n${event.contentHash}`),
    },
  ]);
}

/** UTC days, yyyy-mm-dd, that the events fall on. */
function daysOf(events: readonly UsageEvent[]): string[] {
  const days = new Set<number>();
  for (const event of events) days.add(Math.floor(event.occurredAt / 86_400_000));
  return [...days].sort((a, b) => a - b).map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
}

/** Adds up the ingest counters of one transaction. */
class IngestCounter {
  private readonly counts = new Map<string, IngestCount>();
  constructor(private readonly receivedAt: (event: UsageEvent) => number) {}

  stored(event: UsageEvent): void {
    const count = this.of(event);
    count.stored += 1;
    if (this.receivedAt(event) - event.occurredAt > LATE_MS) count.late += 1;
    if (event.tokenMismatch !== null && event.tokenMismatch !== 0) count.mismatched += 1;
  }
  duplicate(event: UsageEvent): void {
    this.of(event).duplicates += 1;
  }
  conflict(event: UsageEvent): void {
    this.of(event).conflicts += 1;
  }
  list(): IngestCount[] {
    return [...this.counts.values()];
  }

  private of(event: UsageEvent): IngestCount {
    const minute = Math.floor(this.receivedAt(event) / 60_000) * 60_000;
    const key = `${minute}\n${event.tenant}`;
    let count = this.counts.get(key);
    if (!count) {
      count = {
        minute,
        tenant: event.tenant,
        accepted: 0,
        stored: 0,
        duplicates: 0,
        conflicts: 0,
        rejected: 0,
        late: 0,
        mismatched: 0,
      };
      this.counts.set(key, count);
    }
    count.accepted += 1;
    return count;
  }
}
