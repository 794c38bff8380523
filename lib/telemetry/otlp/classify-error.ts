import type { Status } from "../event";
import type { AttributeValue } from "./scalars";

export interface Verdict {
  status: Status;
  /** timeout, rate_limited, oom, cancelled, invalid or provider: few values, whatever exception names senders use. */
  errorClass: string | null;
}

// In this order: "RateLimitError: request timed out" is a rate limit; a cancelled deadline is a timeout.
const CLASSES: [Exclude<Status, "success" | "error">, RegExp][] = [
  ["rate_limited", /\b429\b|rate.?limit|too.?many.?requests|quota|throttl|resource.?exhausted/i],
  ["oom", /out.?of.?memory|(^|[^a-z])oom([^a-z]|$)|cuda.*memory/i],
  ["timeout", /time.?d?.?out|deadline|\b(408|504)\b/i],
  ["cancelled", /cancel|abort|\b499\b/i],
];
const INVALID =
  /^(400|401|403|404|405|409|413|415|422)$|bad.?request|invalid|validation|authentication|permission|not.?found|unprocessable/i;
const STATUS_ERROR = 2;

/** `error.type` (an HTTP status, an exception name, a provider's code) and the span status → status and error class. */
export function classifyError(
  errorType: AttributeValue | undefined,
  spanStatus: unknown,
  finishReasons: readonly string[],
): Verdict {
  const failed =
    errorType !== undefined ||
    spanStatus === STATUS_ERROR ||
    spanStatus === "STATUS_CODE_ERROR" ||
    finishReasons.includes("error");
  if (!failed) return { status: "success", errorClass: null };
  const text = errorType === undefined ? "" : String(errorType);
  for (const [status, pattern] of CLASSES) {
    if (pattern.test(text)) return { status, errorClass: status };
  }
  return { status: "error", errorClass: INVALID.test(text) ? "invalid" : "provider" };
}
