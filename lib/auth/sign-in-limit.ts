/**
 * How often somebody may try to sign in, counted in Postgres so that replicas count together. Three counts in windows
 * of 15 minutes: this address for this email; this email from anywhere (a sender can invent addresses); this address
 * for any email (trying one password on everybody). Every try counts before it is checked, so parallel tries cannot
 * slip through; a success takes its own back.
 */
import { createHash } from "node:crypto";
import type { Db } from "@/lib/db";
import { AppError } from "@/lib/http";

const WINDOW_MIN = 15;
const EMAIL_FACTOR = 5;
const ADDRESS_FACTOR = 20;

export interface SignInTry {
  email: string;
  address: string;
}

/** Count one try; throws `busy` with the seconds to wait when it is one too many. `limit` is per address and email. */
export async function countSignInTry(db: Db, attempt: SignInTry, limit: number, now: Date): Promise<void> {
  const counters = countersOf(attempt, limit);
  const { rows } = await db.pool.query<{ key: string; tries: number; window_ends_at: Date }>(
    `insert into auth.sign_in_try as t (key, tries, window_ends_at)
     select key, 1, $2::timestamptz + $3 * interval '1 minute' from unnest($1::text[]) as key
     on conflict (key) do update set
       tries = case when t.window_ends_at <= $2 then 1 else t.tries + 1 end,
       window_ends_at = case when t.window_ends_at <= $2 then excluded.window_ends_at else t.window_ends_at end
     returning key, tries, window_ends_at`,
    // Always in the same order: two tries at once must not lock each other.
    [counters.map((counter) => counter.key).sort(), now, WINDOW_MIN],
  );
  const over = rows.filter((row) => row.tries > counters.find((counter) => counter.key === row.key)!.limit);
  if (over.length === 0) return;
  const endsMs = Math.max(...over.map((row) => row.window_ends_at.getTime()));
  const retryAfterSec = Math.max(1, Math.ceil((endsMs - now.getTime()) / 1000));
  const minutes = Math.ceil(retryAfterSec / 60);
  throw new AppError("busy", `Too many tries to sign in. Wait ${minutes} minute${minutes === 1 ? "" : "s"} and try again.`, {
    retryAfterSec,
  });
}

/** After a success: the right person is here, only failures keep counting for the address. */
export async function forgiveSignInTries(db: Db, attempt: SignInTry, now: Date): Promise<void> {
  const [pair, email, address] = countersOf(attempt, 1).map((counter) => counter.key);
  await db.pool.query("delete from auth.sign_in_try where key = any($1) or window_ends_at <= $2", [[pair, email], now]);
  await db.pool.query("update auth.sign_in_try set tries = tries - 1 where key = $1 and tries > 0", [address]);
}

function countersOf({ email, address }: SignInTry, limit: number): { key: string; limit: number }[] {
  return [
    { key: keyOf("pair", address, email), limit },
    { key: keyOf("email", email), limit: limit * EMAIL_FACTOR },
    { key: keyOf("address", address), limit: limit * ADDRESS_FACTOR },
  ];
}

function keyOf(...parts: string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

/** The sender as the nearest proxy saw it. Without a proxy, Next puts the socket's address into this header. */
export function clientAddress(forwardedFor: string | null | undefined): string {
  return forwardedFor?.split(",").at(-1)?.trim() || "unknown";
}
