/** Which failures mean what: try again, one of the events is bad, or something is broken and the job must wait. */

/** Thrown where one event, not the system, is at fault. */
export class PoisonError extends Error {
  override readonly name = "PoisonError";
}

// serialization_failure, deadlock_detected, lock_not_available, no partition (dropped a moment ago)
const RETRYABLE = new Set(["40001", "40P01", "55P03"]);

export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error)) || isMissingPartition(error);
}

/** PostgreSQL class 22 (data exception) and 23 (integrity), program_limit_exceeded for one oversized value, and our own; RangeError: lib/telemetry/binary-rows.ts. */
export function isDataError(error: unknown): boolean {
  if (error instanceof PoisonError || error instanceof RangeError) return true;
  const code = codeOf(error);
  return /^2[23]...$/.test(code) || code === "54000";
}

function isMissingPartition(error: unknown): boolean {
  return codeOf(error) === "23514" && error instanceof Error && error.message.includes("no partition of relation");
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
