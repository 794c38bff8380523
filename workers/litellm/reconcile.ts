/**
 * Fills what the callback lost from LiteLLM's spend logs, by `request_id`, never doubling: a call whose id is stored
 * already is left alone, whatever the spend log says of it (the callback says more).
 *
 * One step asks for one window of at most a day that ended a while ago, so that a callback on its way comes first:
 *
 *   done_to ─────────── window ───────────► now − settle
 *
 * A window that fails is asked again; `done_to` moves only when all of it is in.
 */
import type { Db } from "@/lib/db";
import type { Logger } from "@/lib/log";
import { addDeadLetters, hash64, readIdentities, type DeadLetter } from "@/lib/telemetry";
import type { UsageEvent } from "@/lib/telemetry/event";
import {
  countDeliveries,
  eventIdOf,
  groupAttempts,
  notePull,
  parseLitellmMapping,
  readCall,
  readPull,
  toEvent,
  withoutContent,
  type LitellmCall,
} from "@/lib/telemetry/litellm";
import { DAY_MS } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { ingestEvents } from "../ingest";

/** The callback flushes every five seconds, and failed attempts are held for a minute. */
const SETTLE_MS = 10 * 60_000;
/** How far back the first pull looks. */
const FIRST_MS = DAY_MS;
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 256 * 1024 * 1024;

interface LitellmSource {
  /** e.g. http://litellm:4000 */
  url: string;
  /** A LiteLLM key that may read spend logs. Never stored or logged. */
  key: string;
}

interface ReconcileResult {
  /** Rows of the window that LiteLLM knows. */
  seen: number;
  filled: number;
  /** True when nothing is left to ask for now. */
  done: boolean;
}

export async function reconcileSpendLogs(
  deps: { db: Db; log: Logger },
  source: LitellmSource,
  now: Date,
): Promise<ReconcileResult> {
  const { pool } = deps.db;
  const settled = now.getTime() - SETTLE_MS;
  const from = (await readPull(pool, source.url))?.getTime() ?? settled - FIRST_MS;
  const waiting = await countDeliveries(pool);
  // What the callback brought before the window's end must be read first.
  const to = Math.min(from + DAY_MS, settled, waiting.oldestAt?.getTime() ?? settled);
  if (to <= from) return { seen: 0, filled: 0, done: true };
  try {
    const rows = (await fetchSpendLogs(source, from, to)).map((row) => ({ row, call: readCall(row) }));
    const calls = new Map<LitellmCall, unknown>();
    const unread: { code: string; field: string | null; message: string; row: unknown }[] = [];
    for (const { row, call } of rows) {
      if ("code" in call) unread.push({ ...call, row });
      else if (call.startedAt >= from && call.startedAt < to) calls.set(call, row);
    }
    const places = groupAttempts([...calls.keys()]);
    const known = await knownIds(deps.db, [...calls.keys()].map(eventIdOf));
    const { litellmMapping, rawRetentionDays } = await loadWorkspace(deps.db);
    const receivedAt = now.getTime();
    const door = {
      now: receivedAt,
      rawRetentionDays,
      tenants: "all" as const,
      apiKeyId: null,
      mapping: parseLitellmMapping(litellmMapping),
    };
    const events: UsageEvent[] = [];
    for (const [call, row] of calls) {
      if (known.has(eventIdOf(call))) continue;
      const read = toEvent(call, places.get(call)!, door);
      if ("event" in read) events.push(read.event);
      else unread.push({ ...read.refusal, row });
    }
    const { stored } = events.length > 0 ? await ingestEvents(deps, events, { receivedAt: () => receivedAt }) : { stored: 0 };
    await addDeadLetters(
      pool,
      unread.map(({ code, field, message, row }): DeadLetter => {
        const payload = withoutContent(row);
        return {
          receivedAt,
          source: "litellm",
          code,
          field,
          reason: `A row of the spend logs: ${message}`,
          eventId: null,
          tenant: null,
          payload,
          fingerprint: hash64(`litellm-pull\n${JSON.stringify(payload)}`),
        };
      }),
    );
    await notePull(pool, { source: source.url, doneTo: new Date(to), now, error: null, filled: stored });
    return { seen: calls.size, filled: stored, done: to >= settled };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await notePull(pool, { source: source.url, doneTo: new Date(from), now, error: why.slice(0, 500), filled: 0 });
    throw error;
  }
}

async function knownIds(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const client = await db.pool.connect();
  try {
    return new Set((await readIdentities(client, ids)).keys());
  } finally {
    client.release();
  }
}

/** The rows of whole UTC days; without `summarize=false` LiteLLM answers sums by day instead. */
async function fetchSpendLogs(source: LitellmSource, from: number, to: number): Promise<unknown[]> {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const url = new URL("/spend/logs", source.url);
  url.search = new URLSearchParams({ start_date: day(from), end_date: day(to + DAY_MS), summarize: "false" }).toString();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${source.key}`, accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: "error",
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`LiteLLM answered ${response.status} to GET /spend/logs. ${adviceOn(response.status)}`);
  }
  if (Number(response.headers.get("content-length") ?? 0) > MAX_BYTES) {
    await response.body?.cancel();
    throw new Error("LiteLLM's spend logs of one day are larger than 256 MiB.");
  }
  const answer: unknown = await response.json();
  if (!Array.isArray(answer)) throw new Error("LiteLLM's answer to GET /spend/logs is not a list.");
  const first: unknown = answer[0];
  if (typeof first === "object" && first !== null && !("request_id" in first)) {
    throw new Error("LiteLLM answered sums by day, not calls: it does not know summarize=false. Update it to reconcile.");
  }
  return answer;
}

function adviceOn(status: number): string {
  if (status === 401 || status === 403) return "Set HEADROOM_LITELLM_KEY to a key that may read spend logs.";
  if (status === 404) return "Is HEADROOM_LITELLM_URL the address of the proxy itself?";
  return "It is asked again later.";
}
