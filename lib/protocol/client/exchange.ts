/** One sync over HTTP: a request out, an answer back, whatever it turns out to be. */
import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { MAX_PAYLOAD_BYTES, syncResponseSchema, SYNC_REFUSALS, type SyncRequest, type SyncResponse } from "../sync";
import { makeSyncToken } from "../sync-token";

/** Room for a payload that is too large: so it can be refused by its name. More than that is not read. */
const MAX_ANSWER_BYTES = 8 * MAX_PAYLOAD_BYTES;

export type Refusal = (typeof SYNC_REFUSALS)[number];

export type Outcome =
  | { kind: "answer"; answer: SyncResponse; malformed: Malformed | null; consoleMs: number }
  /** Asking again does not help. `consoleMs`: what its clock says, when it says so. */
  | { kind: "refused"; code: Refusal; why: string; consoleMs: number | null }
  | { kind: "away"; why: string; retryAfterMs: number }
  /** `signal` aborted it. */
  | { kind: "aborted" };

/** An order that does not fit the schema. */
export interface Malformed {
  generation: number | null;
  hash: string | null;
  why: string;
}

export interface Exchange {
  url: URL;
  key: KeyObject;
  /** The target's clock, corrected by the console's. */
  now: Date;
  request: SyncRequest;
  fetch: typeof fetch;
  /** The caller wants to say something else. */
  signal: AbortSignal;
  timeoutMs: number;
}

export async function exchange({ url, key, now, request, fetch: fetchFrom, signal, timeoutMs }: Exchange): Promise<Outcome> {
  const body = JSON.stringify(request);
  const token = await makeSyncToken(key, { nodeId: request.nodeId, body, now });
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetchFrom(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.any([signal, timeout]),
    });
    const text = await readText(response);
    if (text === null) return { kind: "away", why: `Its answer is larger than ${MAX_ANSWER_BYTES} bytes.`, retryAfterMs: 0 };
    return response.ok ? readAnswer(text) : readRefusal(response, text);
  } catch (error) {
    if (signal.aborted) return { kind: "aborted" };
    if (timeout.aborted) return { kind: "away", why: `No answer for ${Math.round(timeoutMs / 1_000)} s.`, retryAfterMs: 0 };
    return { kind: "away", why: causeOf(error), retryAfterMs: 0 };
  }
}

/** Null: too large. */
async function readText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const namedSchema = z.object({
  generation: z.number().int().min(0).max(2_147_483_647),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

function readAnswer(text: string): Outcome {
  const json = z.record(z.string(), z.unknown()).safeParse(jsonOrNull(text));
  const whole = syncResponseSchema.safeParse(json.data);
  if (whole.success) {
    return { kind: "answer", answer: whole.data, malformed: null, consoleMs: Date.parse(whole.data.serverTime) };
  }
  const { desired, ...rest } = json.data ?? {};
  const envelope = syncResponseSchema.safeParse(rest);
  if (!envelope.success || desired === undefined) {
    return { kind: "away", why: "It answers, but not as a console of Headroom does.", retryAfterMs: 0 };
  }
  const named = namedSchema.safeParse(desired);
  const first = whole.error.issues[0];
  const why = `The order does not fit the protocol: ${first?.path.join(".")}: ${first?.message}`;
  const malformed = { generation: named.data?.generation ?? null, hash: named.data?.hash ?? null, why };
  return { kind: "answer", answer: envelope.data, malformed, consoleMs: Date.parse(envelope.data.serverTime) };
}

const problemSchema = z.object({ code: z.string().optional(), detail: z.string().optional(), title: z.string().optional() });

function readRefusal(response: Response, text: string): Outcome {
  const problem = problemSchema.safeParse(jsonOrNull(text)).data ?? {};
  const why = problem.detail ?? problem.title ?? `It answers ${response.status}.`;
  const code = SYNC_REFUSALS.find((one) => one === problem.code);
  const date = Date.parse(response.headers.get("date") ?? "");
  if (code) return { kind: "refused", code, why, consoleMs: Number.isNaN(date) ? null : date };
  const seconds = Number(response.headers.get("retry-after"));
  return { kind: "away", why, retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0 };
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
