/** Content types, bodies and answers of OTLP/HTTP. The answer is always in the type of the request. */
import { AppError, type ErrorCode } from "@/lib/http";
import { decodeMessage, encodeMessage } from "./proto/codec";

export type Encoding = "json" | "protobuf";
export type Signal = "traces" | "metrics" | "logs";

const CONTENT_TYPES: Record<Encoding, string> = { json: "application/json", protobuf: "application/x-protobuf" };

const MESSAGES = {
  traces: { request: "ExportTraceServiceRequest", answer: "ExportTraceServiceResponse", rejected: "rejectedSpans" },
  metrics: { request: "ExportMetricsServiceRequest", answer: "ExportMetricsServiceResponse", rejected: "rejectedDataPoints" },
  logs: { request: "ExportLogsServiceRequest", answer: "ExportLogsServiceResponse", rejected: "rejectedLogRecords" },
} as const satisfies Record<Signal, unknown>;

/** Undefined when the type is neither of the two. */
export function encodingOf(contentType: string | null): Encoding | undefined {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === "application/json") return "json";
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  return undefined;
}

/** Bytes → the decoded tree, the same shape from both encodings. Throws `invalid`. */
export function decodeRequest(signal: Signal, encoding: Encoding, bytes: Uint8Array): unknown {
  try {
    if (encoding === "protobuf") return decodeMessage(MESSAGES[signal].request, bytes);
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw notOtlp(signal, encoding, cause);
  }
}

export function notOtlp(signal: Signal, encoding: Encoding, cause: unknown): AppError {
  const detail = cause instanceof Error ? cause.message.slice(0, 200) : "unreadable";
  return new AppError("invalid", `The body is not an OTLP ${signal} export request in ${encoding}: ${detail}`);
}

/** 200: `partialSuccess` is set only when something was rejected. */
export function exportAnswer(signal: Signal, encoding: Encoding, rejected: number, errorMessage: string): Response {
  const { answer, rejected: field } = MESSAGES[signal];
  const value = rejected === 0 ? {} : { partialSuccess: { [field]: String(rejected), errorMessage } };
  return reply(encoding, 200, answer, value);
}

// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
const RPC_CODES: Record<ErrorCode, number> = {
  invalid: 3,
  unsupported_type: 3,
  unprocessable: 3,
  too_large: 3,
  not_found: 5,
  conflict: 6,
  forbidden: 7,
  busy: 8,
  unavailable: 14,
  unauthenticated: 16,
};

/** A refusal of the whole request as google.rpc.Status, keeping the headers that matter (Retry-After, request id). */
export function statusAnswer(encoding: Encoding, status: number, code: ErrorCode, message: string, headers: Headers): Response {
  const response = reply(encoding, status, "Status", { code: RPC_CODES[code], message });
  for (const name of ["retry-after", "x-request-id", "www-authenticate"]) {
    const value = headers.get(name);
    if (value !== null) response.headers.set(name, value);
  }
  return response;
}

function reply(encoding: Encoding, status: number, message: string, value: Record<string, unknown>): Response {
  const body = encoding === "json" ? JSON.stringify(value) : encodeMessage(message, value);
  return new Response(body, { status, headers: { "content-type": CONTENT_TYPES[encoding], "cache-control": "no-store" } });
}
