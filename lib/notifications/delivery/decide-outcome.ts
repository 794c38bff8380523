/** What follows from what a channel answered. Pure. */

export type Answer =
  | { kind: "delivered"; statusCode: number | null; text: string }
  /** `unknown`: it may have been heard. The next attempt carries the same id, so that a receiver can tell. */
  | { kind: "retry"; statusCode: number | null; text: string; retryAfterSec: number | null; unknown: boolean }
  /** It will not be taken however often it is tried. */
  | { kind: "refused"; statusCode: number | null; text: string };

const MOST_ATTEMPTS = 8;
const FIRST_WAIT_MS = 5_000;
const MOST_WAIT_MS = 15 * 60_000;
const MOST_RETRY_AFTER_MS = 60 * 60_000;
/** Failed attempts in a row after which a channel counts as failing; one that refuses counts at once. */
const FAILING_AFTER = 3;

/** `random` in [0, 1): half of the wait is fixed, half is jitter. What the channel asks for is the least. */
export function waitMs(attempt: number, retryAfterSec: number | null, random: number): number {
  const wait = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  const asked = Math.min(MOST_RETRY_AFTER_MS, (retryAfterSec ?? 0) * 1_000);
  return Math.max(asked, Math.round(wait / 2 + (wait / 2) * random));
}

export type Next = { status: "delivered" } | { status: "queued"; waitMs: number } | { status: "failed" };

export function nextAfter(answer: Answer, attempt: number, random: number): Next {
  if (answer.kind === "delivered") return { status: "delivered" };
  if (answer.kind === "refused" || attempt >= MOST_ATTEMPTS) return { status: "failed" };
  return { status: "queued", waitMs: waitMs(attempt, answer.retryAfterSec, random) };
}

/** An HTTP status as an answer; a date in Retry-After is read as well. */
export function answerOfHttp(statusCode: number, text: string, retryAfter: string | undefined, now: Date): Answer {
  if (statusCode >= 200 && statusCode < 300) return { kind: "delivered", statusCode, text };
  if (statusCode < 500 && ![408, 425, 429].includes(statusCode)) return { kind: "refused", statusCode, text };
  return { kind: "retry", statusCode, text, retryAfterSec: retryAfterSec(retryAfter, now), unknown: false };
}

function retryAfterSec(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1_000));
}

export const becomesFailing = (answer: Answer, failures: number): boolean =>
  answer.kind === "refused" || (answer.kind === "retry" && failures >= FAILING_AFTER);
