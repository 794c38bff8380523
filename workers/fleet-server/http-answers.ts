/** Reading bodies and writing answers on plain node http. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { asAppError, AppError, problemResponse } from "@/lib/http";
import type { SYNC_REFUSALS } from "@/lib/protocol";

/** A reader that takes nothing for this long is dropped. */
const SLOW_READER_MS = 30_000;

/** The whole body, or a refusal once it is larger than `limit`. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => new AppError("too_large", `The body is larger than ${limit / 1024} KiB.`);
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function parseJson(body: Buffer): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // PostgreSQL keeps no NUL; better said here than by it.
    if (/\\u0000/i.test(text)) throw new Error("NUL");
    return JSON.parse(text);
  } catch {
    throw new AppError("invalid", "The body is not JSON in UTF-8 (without NUL).");
  }
}

export function sendJson(
  response: ServerResponse,
  parts: readonly (string | Buffer)[],
  headers: Record<string, string> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": length,
    "cache-control": "no-store",
    ...headers,
  });
  response.setTimeout(SLOW_READER_MS, () => response.destroy());
  for (const part of parts) response.write(part);
  response.end();
}

/** A refusal for good, told apart by its code. */
const REFUSALS: Record<(typeof SYNC_REFUSALS)[number], { status: number; title: string; detail: string }> = {
  revoked: {
    status: 403,
    title: "Revoked",
    detail: "This target was revoked. What it runs, it keeps; enrol it again with a new token.",
  },
  quarantined: {
    status: 403,
    title: "Quarantined",
    detail: "Two programs use this target's identity. Stop one of them, then release the target on the page Fleet.",
  },
  unknown_target: { status: 404, title: "Unknown target", detail: "There is no such target. Enrol it again with a new token." },
  bad_signature: { status: 401, title: "Not proven", detail: "The sync is not signed by this target's key." },
  upgrade_required: { status: 426, title: "Upgrade required", detail: "This version of the protocol is not spoken any more." },
};

export function sendRefusal(response: ServerResponse, code: keyof typeof REFUSALS, detail?: string): void {
  const refusal = REFUSALS[code];
  const problem = {
    type: `https://headroom.dev/problems/${code}`,
    title: refusal.title,
    status: refusal.status,
    detail: detail ?? refusal.detail,
    code,
    requestId: randomUUID(),
    // A target whose clock is wrong sets it by this.
    serverTime: new Date().toISOString(),
  };
  sendProblem(response, refusal.status, JSON.stringify(problem));
}

/** Any thrown thing. True when it was a fault of ours, which belongs into the log. */
export async function sendError(response: ServerResponse, error: unknown): Promise<boolean> {
  const web = problemResponse(error, randomUUID());
  const retryAfter = web.headers.get("retry-after");
  sendProblem(response, web.status, await web.text(), retryAfter === null ? {} : { "retry-after": retryAfter });
  return !asAppError(error);
}

function sendProblem(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    // Half of an unwanted body may still be on its way.
    ...(status === 413 ? { connection: "close" } : {}),
    ...headers,
  });
  response.end(text);
}
