/**
 * An API key as an actor. Ingest asks for the same key thousands of times a second, so answers are kept for ten
 * seconds, "unknown" included; expiry is checked every time. A revoked key is refused within those ten seconds by
 * every process, at once by the one that revoked it.
 */
import { createHash } from "node:crypto";
import type { Db } from "@/lib/db";
import { AppError } from "@/lib/http";
import { API_SCOPES, type Actor, type ApiScope } from "./actor";

const FRESH_MS = 10_000;
const USE_NOTED_EVERY_MS = 60_000;
// A flood of invented keys must not fill the memory.
const MAX_KNOWN = 20_000;

interface KnownKey {
  readAtMs: number;
  key: { actor: Actor; expiresAtMs: number; useNotedAtMs: number } | undefined;
}

const caches = new WeakMap<Db, Map<string, KnownKey>>();

/** Keys hold 256 random bits: a fast hash is enough, and needed on the ingest path. */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

export async function actorOfKey(key: string, db: Db, now: Date): Promise<Actor> {
  const hash = hashApiKey(key);
  const nowMs = now.getTime();
  let cache = caches.get(db);
  if (!cache) caches.set(db, (cache = new Map()));
  let known = cache.get(hash);
  const ageMs = known ? nowMs - known.readAtMs : Number.POSITIVE_INFINITY;
  if (!known || ageMs < 0 || ageMs >= FRESH_MS) {
    known = { readAtMs: nowMs, key: await readKey(hash, db) };
    if (cache.size >= MAX_KNOWN) cache.clear();
    cache.set(hash, known);
  }
  const found = known.key;
  if (!found || found.expiresAtMs <= nowMs) {
    throw new AppError("unauthenticated", "This API key is unknown, expired or revoked.");
  }
  if (nowMs - found.useNotedAtMs >= USE_NOTED_EVERY_MS) {
    found.useNotedAtMs = nowMs;
    await noteUse(found.actor.id, db, now);
  }
  return found.actor;
}

export function forgetApiKey(db: Db, hash: string): void {
  caches.get(db)?.delete(hash);
}

async function readKey(hash: string, db: Db): Promise<KnownKey["key"]> {
  const row = await db.prisma.apiKey.findUnique({ where: { hash } });
  if (!row || row.revokedAt) return undefined;
  const scopes = API_SCOPES.filter((scope): scope is ApiScope => row.scopes.includes(scope));
  return {
    expiresAtMs: row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    useNotedAtMs: row.lastUsedAt?.getTime() ?? Number.NEGATIVE_INFINITY,
    actor: {
      kind: "api_key",
      id: row.id,
      name: row.name,
      role: scopes.includes("admin") ? "admin" : "viewer",
      tenants: row.tenantId ? [row.tenantId] : "all",
      scopes,
    },
  };
}

/** "Last used" is a courtesy: when it cannot be written, the request goes on. */
async function noteUse(id: string, db: Db, now: Date): Promise<void> {
  await db.pool
    .query(
      `update api_key set last_used_at = $2
       where id = $1 and (last_used_at is null or last_used_at <= $2::timestamptz - interval '1 minute')`,
      [id, now],
    )
    .catch(() => undefined);
}
