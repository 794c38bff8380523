/** A signed-in person as an actor, re-read from the database at most every five seconds. */
import type { Db } from "@/lib/db";
import { ROLES, type Actor, type Role } from "./actor";
import type { SessionClaims } from "./session";

const FRESH_MS = 5_000;
const MAX_KNOWN = 10_000;

interface KnownUser {
  readAtMs: number;
  /** Undefined: no such user, or disabled. */
  user: { actor: Actor; epoch: number } | undefined;
}

const caches = new WeakMap<Db, Map<string, KnownUser>>();

/** The actor behind a session, or undefined when it is over: user gone, disabled, or of an older epoch. */
export async function actorOfSession(claims: SessionClaims, db: Db, now: Date): Promise<Actor | undefined> {
  let cache = caches.get(db);
  if (!cache) caches.set(db, (cache = new Map()));
  let known = cache.get(claims.userId);
  const ageMs = known ? now.getTime() - known.readAtMs : Number.POSITIVE_INFINITY;
  if (!known || ageMs < 0 || ageMs >= FRESH_MS) {
    known = { readAtMs: now.getTime(), user: await readUser(claims.userId, db) };
    if (cache.size >= MAX_KNOWN) cache.clear();
    cache.set(claims.userId, known);
  }
  return known.user && known.user.epoch === claims.epoch ? known.user.actor : undefined;
}

/** Called after a change to a user in this process; other processes see it within five seconds. */
export function forgetUser(db: Db, userId: string): void {
  caches.get(db)?.delete(userId);
}

async function readUser(id: string, db: Db): Promise<KnownUser["user"]> {
  const row = await db.prisma.user.findUnique({ where: { id }, include: { tenants: { select: { tenantId: true } } } });
  if (!row || row.disabledAt) return undefined;
  return {
    epoch: row.sessionEpoch,
    actor: {
      kind: "user",
      id: row.id,
      name: row.name,
      role: asRole(row.role),
      tenants: row.tenantLimited ? row.tenants.map((tenant) => tenant.tenantId) : "all",
    },
  };
}

function asRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (!role) throw new Error(`A user has the unknown role "${text}".`);
  return role;
}
