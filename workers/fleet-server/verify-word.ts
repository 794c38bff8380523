/** Is this sync really of the target that it names, new, and in time? */
import { decodeJwt } from "jose";
import type pg from "pg";
import { readTargetKeys } from "@/lib/fleet/sync-store";
import type { TargetKeys } from "@/lib/fleet/decide-keys";
import { verifySyncToken, type PublicKey } from "@/lib/protocol";

const KEYS_FRESH_MS = 60_000;
/** Keys that a signature does not fit are read again at once, as they may have changed; but no more often than this. */
const RELOAD_AFTER_MS = 1_000;
const MAX_KNOWN = 50_000;
/** Longer than any token lives, tolerance included. */
const REPLAY_WINDOW_MS = 120_000;

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export type Verified =
  | { targetId: string; signedBy: PublicKey; sentAtMs: number }
  | { code: "bad_signature" | "unknown_target"; detail: string };

export interface WordVerifier {
  verify(authorization: string | undefined, body: Buffer, now: Date): Promise<Verified>;
}

interface Known {
  keys: TargetKeys | undefined;
  readAtMs: number;
  /** When they were last read because a signature did not fit. */
  doubtedAtMs: number;
}

export function createWordVerifier(pool: pg.Pool): WordVerifier {
  const known = new Map<string, Known>();
  // Two generations of seen tokens: the older one is forgotten as a whole.
  let seen = new Set<string>();
  let seenBefore = new Set<string>();
  let turnAtMs = 0;

  const read = async (id: string, nowMs: number, doubtedAtMs: number): Promise<Known> => {
    const fresh = { keys: await readTargetKeys(pool, id), readAtMs: nowMs, doubtedAtMs };
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(id, fresh);
    return fresh;
  };
  const isFresh = (one: Known | undefined, nowMs: number): one is Known =>
    one !== undefined && nowMs >= one.readAtMs && nowMs - one.readAtMs < KEYS_FRESH_MS;

  /** False when it was seen before. */
  const first = (tokenId: string, nowMs: number): boolean => {
    if (nowMs - turnAtMs >= REPLAY_WINDOW_MS) {
      seenBefore = seen;
      seen = new Set();
      turnAtMs = nowMs;
    }
    if (seen.has(tokenId) || seenBefore.has(tokenId)) return false;
    seen.add(tokenId);
    return true;
  };

  return {
    verify: async (authorization, body, now) => {
      const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? "")?.[1];
      const targetId = token && subjectOf(token);
      if (!token || !targetId) return { code: "bad_signature", detail: "The authorization header holds no sync token." };
      const nowMs = now.getTime();
      const check = async ({ keys }: Known): Promise<Verified> => {
        if (!keys) return { code: "unknown_target", detail: "There is no such target. Enrol it again with a new token." };
        const both = keys.next ? [keys.current, keys.next] : [keys.current];
        const verdict = await verifySyncToken(token, { nodeId: targetId, keys: both, body, now });
        if ("refusal" in verdict) return { code: "bad_signature", detail: verdict.refusal };
        if (!first(verdict.tokenId, nowMs)) return { code: "bad_signature", detail: "This token was used before." };
        return { targetId, signedBy: verdict.key, sentAtMs: verdict.issuedAt.getTime() };
      };
      const cached = known.get(targetId);
      if (!isFresh(cached, nowMs)) return check(await read(targetId, nowMs, 0));
      const verified = await check(cached);
      if (!("code" in verified) || Math.abs(nowMs - cached.doubtedAtMs) < RELOAD_AFTER_MS) return verified;
      return check(await read(targetId, nowMs, nowMs));
    },
  };
}

/** Whose token it says it is. Worth nothing until the signature was checked. */
function subjectOf(token: string): string | undefined {
  try {
    const { sub } = decodeJwt(token);
    return sub && UUID.test(sub) ? sub.toLowerCase() : undefined;
  } catch {
    return undefined;
  }
}
