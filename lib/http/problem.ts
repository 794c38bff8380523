import { z } from "zod";
import { AppError, ERROR_CODES, type ErrorCode } from "./errors";

/** RFC 9457 problem JSON, with the request id that the log line carries. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode | "internal";
  requestId: string;
  field?: string;
  errors?: { field: string; message: string }[];
}

const TITLES: Record<ErrorCode, string> = {
  invalid: "The request is not valid",
  unauthenticated: "Sign in first",
  forbidden: "Not allowed",
  not_found: "Not found",
  conflict: "Conflict",
  too_large: "Too large",
  unsupported_type: "Unsupported content type",
  unprocessable: "Cannot be processed",
  busy: "Busy",
  unavailable: "Temporarily unavailable",
};

// Postgres, network and pool errors that mean "the database is away" or too busy, not "the request is wrong".
const DATABASE_AWAY =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|terminat|Connection terminated|the database system is|57P0[123]|08\d{3}|P1001|P1017/;
/** No connection came free in time, or a transaction took too long. */
const DATABASE_BUSY = /timeout exceeded when trying to connect|P2024|P2028/;

// Verbs look first and say what is doubled; this is two of them at once.
const UNIQUE_VIOLATION = "P2002";

/** Any thrown thing as an expected refusal, or undefined when it is a fault of ours. */
export function asAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof z.ZodError) {
    const problems = error.issues.map((issue) => ({ field: issue.path.join("."), message: issue.message }));
    const first = problems[0];
    return new AppError("invalid", first ? `${first.field || "body"}: ${first.message}` : "The request is not valid", {
      ...(first?.field ? { field: first.field } : {}),
      problems,
    });
  }
  if (error instanceof Error && (error as { code?: string }).code === UNIQUE_VIOLATION) {
    return new AppError("conflict", "Somebody made the same thing at this very moment. Reload, and look before you try again.");
  }
  const text = error instanceof Error ? `${(error as { code?: string }).code ?? ""} ${error.message}` : "";
  if (DATABASE_BUSY.test(text)) {
    return new AppError("unavailable", "The database is busy and did not answer in time. Nothing was saved; try again shortly.", {
      retryAfterSec: 5,
    });
  }
  if (DATABASE_AWAY.test(text)) {
    return new AppError("unavailable", "The database cannot be reached. Nothing was lost; try again shortly.", {
      retryAfterSec: 5,
    });
  }
  return undefined;
}

/**
 * How a thrown thing is logged; undefined: not at all. What we refuse on purpose says everything to who asked; of what came
 * from the database and was put into such words, the cause is known in the log alone.
 */
export function logLevelOf(error: unknown): "error" | "warn" | undefined {
  const known = asAppError(error);
  if (!known) return "error";
  return known === error || known.code === "invalid" ? undefined : "warn";
}

/** The HTTP answer to a thrown thing. Faults of ours say nothing but the request id. */
export function problemResponse(error: unknown, requestId: string): Response {
  const known = asAppError(error);
  const problem: Problem = known
    ? {
        ...known.details.members,
        type: `https://headroom.dev/problems/${known.code}`,
        title: TITLES[known.code],
        status: ERROR_CODES[known.code],
        detail: known.message,
        code: known.code,
        requestId,
        ...(known.details.field ? { field: known.details.field } : {}),
        ...(known.details.problems ? { errors: known.details.problems } : {}),
      }
    : {
        type: "about:blank",
        title: "Internal error",
        status: 500,
        detail: "Something failed on our side. Quote the request id to your administrator.",
        code: "internal",
        requestId,
      };
  const headers = new Headers({
    "content-type": "application/problem+json",
    "x-request-id": requestId,
    "cache-control": "no-store",
  });
  if (known?.details.retryAfterSec !== undefined) headers.set("retry-after", String(known.details.retryAfterSec));
  if (problem.status === 401) headers.set("www-authenticate", 'Bearer realm="headroom"');
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
