import type { Method } from "@/lib/allocation/fit-work";
import type { IdleMode } from "@/lib/allocation/schemas";
import { toNanoUsd } from "@/lib/money/nano";

export const METHOD_WORDS: Record<Method, string> = {
  "work-nnls": "Fitted work",
  "work-ratio": "Work, decode 4 × prefill",
  "request-time": "Request times",
  even: "Even",
};

export const IDLE_WORDS: Record<IdleMode, string> = {
  none: "Charged to nobody",
  weighted: "Charged like the work",
  even: "Charged to all alike",
  "owner-pays": "Charged to the owner",
  "target-capped": "Charged up to the target",
};

/** Dollars per 1M tokens as decimal text; null without tokens. */
export function perMillion(usd: string, tokens: string): string | null {
  const count = BigInt(tokens);
  // A millionth of a dollar is fine enough for a price per million.
  return count === 0n ? null : (Number((toNanoUsd(usd) * 1_000n) / count) / 1e6).toString();
}
