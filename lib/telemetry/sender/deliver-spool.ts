/** The spool to the console: oldest first, one segment at a time, again until it is taken. At least once; ids make it once. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Spool } from "./spool";

/** One line of the program's own log. */
type Log = (level: "info" | "warn" | "error", message: string, facts?: Record<string, string | number | null>) => void;

const compress = promisify(gzip);
const FLUSH_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A console that asks for more is asked again all the same: its clock or its proxy may be wrong. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Where it goes: one door of the console. */
export interface Door {
  /** The console's address, e.g. https://headroom.example.com */
  url: string;
  path: "/api/v1/usage" | "/api/v1/samples" | "/api/v1/outcomes";
  key: string;
}

export interface DeliveryCounts {
  delivered: number;
  rejected: number;
  failures: number;
}

export interface Delivery {
  counts: DeliveryCounts;
  /** Sends what is there once more, for at most this long, and stops. */
  close(withinMs: number): Promise<void>;
}

export function startDelivery<Item extends object>(spool: Spool<Item>, to: Door, log: Log): Delivery {
  const counts: DeliveryCounts = { delivered: 0, rejected: 0, failures: 0 };
  /** No more rounds after this one. */
  const closing = new AbortController();
  /** Give up the delivery under way as well. */
  const stopping = new AbortController();
  let wake: () => void = () => undefined;
  let failuresInARow = 0;
  spool.onSealed = () => {
    if (failuresInARow === 0) wake();
  };

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Milliseconds to wait before the next one. */
  const sendOldest = async (): Promise<number> => {
    const segment = await spool.oldest();
    if (!segment) return FLUSH_MS;
    if (segment.lines.length === 0) {
      spool.delivered(segment);
      return 0;
    }
    const answer = await post(to, segment.lines, stopping.signal);
    if (answer.kind === "taken") {
      if (failuresInARow > 0) log("info", "the console takes telemetry again");
      failuresInARow = 0;
      counts.delivered += segment.lines.length - answer.rejected;
      counts.rejected += answer.rejected;
      if (answer.rejected > 0) log("warn", "the console rejected telemetry", { rejected: answer.rejected, first: answer.first });
      spool.delivered(segment);
      return 0;
    }
    counts.failures += 1;
    failuresInARow += 1;
    if (answer.kind === "unreadable") {
      log("error", "the console cannot read a segment; it is set aside", { file: segment.file, reason: answer.why });
      spool.setAside(segment);
      return 0;
    }
    if (failuresInARow === 1) log("warn", "the console does not take telemetry; it waits on disk", { reason: answer.why });
    // Up to half of it random: senders that lost the console together do not come back together.
    const backoff = Math.min(LONGEST_WAIT_MS, 500 * 2 ** Math.min(failuresInARow - 1, 7));
    return Math.max(answer.retryAfterMs, backoff * (1 - Math.random() / 2));
  };

  const running = (async () => {
    while (!closing.signal.aborted) {
      // A disk that cannot be read right now is tried again like a console that is away.
      const ms = await sendOldest().catch((error: unknown) => {
        log("error", "telemetry delivery failed", { reason: error instanceof Error ? error.message : String(error) });
        return 5_000;
      });
      if (ms > 0 && !closing.signal.aborted) await pause(ms);
    }
  })();

  return {
    counts,
    close: async (withinMs) => {
      closing.abort();
      wake();
      const deadline = setTimeout(() => stopping.abort(), withinMs);
      await running;
      while (!stopping.signal.aborted && (await spool.oldest()) && (await sendOldest().catch(() => 1)) === 0);
      clearTimeout(deadline);
    },
  };
}

type Answer =
  | { kind: "taken"; rejected: number; first: string | null }
  | { kind: "later"; retryAfterMs: number; why: string }
  | { kind: "unreadable"; why: string };

async function post(to: Door, lines: string[], signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(new URL(to.path, to.url), {
      method: "POST",
      headers: {
        authorization: `Bearer ${to.key}`,
        "content-type": "application/x-ndjson",
        "content-encoding": "gzip",
      },
      body: new Uint8Array(await compress(`${lines.join("\n")}\n`, { level: 1 })),
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
    });
    const text = await response.text();
    if (response.ok) {
      const answer = JSON.parse(text) as { rejected?: number; items?: { message?: string | null }[] };
      return { kind: "taken", rejected: answer.rejected ?? 0, first: answer.items?.[0]?.message ?? null };
    }
    // The body itself, not the moment or the key, is what it refuses.
    if ([400, 413, 415, 422].includes(response.status)) return { kind: "unreadable", why: `${response.status}` };
    return { kind: "later", retryAfterMs: retryAfterMs(response.headers.get("retry-after")), why: `${response.status}` };
  } catch (error) {
    return { kind: "later", retryAfterMs: 0, why: error instanceof Error ? error.message : String(error) };
  }
}

/** RFC 9110: seconds or a date. */
function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? 0);
  const ms = Number.isNaN(seconds) ? Date.parse(header!) - Date.now() : seconds * 1_000;
  return Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, Number.isNaN(ms) ? 0 : ms));
}
