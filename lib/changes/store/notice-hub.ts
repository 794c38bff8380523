/**
 * Who listens to changes in this process, and the one poll that they share. A notice says only which change is outdated:
 * what it became is asked for by the listener's own request, with the listener's own rights.
 */
import type { Actor } from "@/lib/auth/actor";
import type { Db } from "@/lib/db";
import { covers } from "./people";

export interface StaleChange {
  id: bigint;
  changeId: string;
  kind: string;
}
type Row = StaleChange & { tenants: string[] };

const POLL_MS = 1_000;
/** Ids are given before they are committed: one that appears late is still found this far back. */
const LOOK_BACK = 200n;
const MOST_MISSED = 500;

interface Hub {
  listeners: Set<(row: Row) => void>;
  newest: bigint;
  seen: Set<bigint>;
  timer: NodeJS.Timeout | null;
}

const hubs = new WeakMap<Db, Hub>();

/** `listen` is called for each notice that the actor may know of, from now on. Returns how to stop. */
export async function listenToChanges(db: Db, actor: Actor, listen: (stale: StaleChange) => void): Promise<() => void> {
  const hub = await openHub(db);
  const one = (row: Row) => void (covers(actor.tenants, row.tenants) && listen(row));
  hub.listeners.add(one);
  hub.timer ??= setInterval(() => void poll(db, hub), POLL_MS).unref();
  return () => {
    hub.listeners.delete(one);
    if (hub.listeners.size > 0 || hub.timer === null) return;
    clearInterval(hub.timer);
    hub.timer = null;
    hubs.delete(db);
  };
}

/** What was missed since `after`, the newest of it, oldest first. */
export async function missedNotices(db: Db, actor: Actor, after: bigint): Promise<StaleChange[]> {
  const rows = await db.prisma.$queryRaw<Row[]>`
    select n.id, n.change_id::text as "changeId", n.kind, c.tenants from change_notice n join change c on c.id = n.change_id
    where n.id > ${after} order by n.id desc limit ${MOST_MISSED}`;
  return rows.filter(({ tenants }) => covers(actor.tenants, tenants)).toReversed();
}

async function openHub(db: Db): Promise<Hub> {
  const known = hubs.get(db);
  if (known) return known;
  const hub: Hub = { listeners: new Set(), newest: 0n, seen: new Set(), timer: null };
  hubs.set(db, hub);
  const [row] = await db.prisma.$queryRaw<{ id: bigint | null }[]>`select max(id) as id from change_notice`;
  hub.newest = row?.id ?? 0n;
  for (const { id } of await newerThan(db, hub.newest - LOOK_BACK)) hub.seen.add(id);
  return hub;
}

async function poll(db: Db, hub: Hub): Promise<void> {
  // The database is away for a moment: the next poll finds what this one did not.
  const rows = await newerThan(db, hub.newest - LOOK_BACK).catch(() => []);
  for (const row of rows) {
    if (hub.seen.has(row.id)) continue;
    hub.seen.add(row.id);
    if (row.id > hub.newest) hub.newest = row.id;
    for (const listen of hub.listeners) listen(row);
  }
  for (const id of hub.seen) if (id <= hub.newest - LOOK_BACK) hub.seen.delete(id);
}

const newerThan = (db: Db, after: bigint) => db.prisma.$queryRaw<Row[]>`
  select n.id, n.change_id::text as "changeId", n.kind, c.tenants from change_notice n join change c on c.id = n.change_id
  where n.id > ${after} order by n.id limit 2000`;
