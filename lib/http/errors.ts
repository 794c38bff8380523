/**
 * The few ways in which Headroom says no. A verb throws one; each transport maps it once (problem.ts for HTTP).
 */
export const ERROR_CODES = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_type: 415,
  unprocessable: 422,
  busy: 429,
  unavailable: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** The field that is wrong, as a path. */
  field?: string;
  /** Seconds after which a retry makes sense. */
  retryAfterSec?: number;
  /** One entry a problem, when there are several. */
  problems?: { field: string; message: string }[];
  /** Further members of the problem JSON (RFC 9457 §3.2), for what a client needs to go on. */
  members?: Record<string, unknown>;
}

/** An expected refusal. `message` is shown to people: it says what is wrong and what to do. */
export class AppError extends Error {
  override readonly name = "AppError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }
  get status(): number {
    return ERROR_CODES[this.code];
  }
}
