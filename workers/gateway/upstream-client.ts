/**
 * One call to an upstream: connections are kept and reused, a call that is given up is destroyed at once, and every way
 * to fail has a name. Bodies of failed calls are read (bounded) to be passed on; they are never logged.
 */
import http from "node:http";
import https from "node:https";
import type { Upstream } from "./config";

const agents = {
  "http:": new http.Agent({ keepAlive: true, maxFreeSockets: 256, scheduling: "lifo" }),
  "https:": new https.Agent({ keepAlive: true, maxFreeSockets: 256, scheduling: "lifo" }),
};

export interface UpstreamCall {
  upstream: Upstream;
  /** Below the base URL: `chat/completions`. */
  path: string;
  body: Record<string, unknown>;
  stream: boolean;
  timeoutMs: number;
  firstTokenTimeoutMs: number | null;
  signal: AbortSignal;
}

export type FailureCause = "timeout" | "5xx" | "429" | "network" | "refused" | "cancelled";

export interface Failure {
  ok: false;
  cause: FailureCause;
  /** Stable, for telemetry: `timeout_first_token`, `http_503`, `ECONNREFUSED`. */
  errorClass: string;
  status: number | null;
  body: Buffer | null;
  retryAfterSec: number | null;
}

export interface WholeAnswer {
  ok: true;
  body: Buffer;
  json: Record<string, unknown>;
}

export interface OpenStream {
  ok: true;
  first: Buffer;
  response: http.IncomingMessage;
  /** Why the stream ended early, once it has. */
  ended: () => "timeout" | "cancelled" | null;
  /** Stop the clock; destroys the call when it is not over. */
  close: () => void;
}

/** An answer larger than this is not held in memory. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;
const LARGEST_ERROR_BYTES = 64 * 1024;

export async function callWhole(call: UpstreamCall): Promise<WholeAnswer | Failure> {
  const opened = await open(call);
  if (!opened.ok) return opened;
  const body = await readAll(opened.response, LARGEST_ANSWER_BYTES);
  opened.close();
  const ended = opened.ended();
  if (ended) return failure(ended, ended === "timeout" ? "timeout" : "client_closed");
  if (!body) return failure("network", "answer_cut_short");
  const json = parseObject(body);
  if (!json) return failure("5xx", "answer_not_json");
  // Some proxies say 200 and mean an error.
  const isError = typeof json["error"] === "object" && json["error"] !== null && !json["choices"] && !json["data"];
  return isError ? failure("5xx", "answer_is_error") : { ok: true, body, json };
}

/** Resolves with the first bytes: until then another target can still answer. */
export async function callStream(call: UpstreamCall): Promise<OpenStream | Failure> {
  const opened = await open(call);
  if (!opened.ok) return opened;
  if (/^application\/json/i.test(opened.response.headers["content-type"] ?? "")) {
    opened.close();
    return failure("5xx", "answer_not_stream");
  }
  const first = await firstChunk(opened.response);
  opened.firstTokenCame();
  const ended = opened.ended();
  if (first && !ended) return { ...opened, first };
  opened.close();
  if (ended) return failure(ended, ended === "timeout" ? opened.timeoutClass() : "client_closed");
  return failure("network", "stream_empty");
}

interface Opened {
  ok: true;
  response: http.IncomingMessage;
  ended: () => "timeout" | "cancelled" | null;
  timeoutClass: () => string;
  firstTokenCame: () => void;
  close: () => void;
}

function open(call: UpstreamCall, mayReconnect = true): Promise<Opened | Failure> {
  if (call.signal.aborted) return Promise.resolve(failure("cancelled", "client_closed"));
  return new Promise((resolve) => {
    const { protocol, ...address } = addressOf(call.upstream, call.path);
    // A string: Node sends it with the headers in one write.
    const payload = JSON.stringify(call.body);
    const headers: http.OutgoingHttpHeaders = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(payload),
      accept: call.stream ? "text/event-stream" : "application/json",
      "accept-encoding": "identity",
      "user-agent": "headroom-gateway",
    };
    if (call.upstream.apiKey) headers["authorization"] = `Bearer ${call.upstream.apiKey}`;
    const request = (protocol === "https:" ? https : http).request({
      method: "POST",
      ...address,
      headers,
      agent: agents[protocol],
    });

    let ended: "timeout" | "cancelled" | null = null;
    let timeoutClass = "timeout";
    const end = (why: "timeout" | "cancelled", name = "timeout") => {
      ended ??= why;
      timeoutClass = name;
      request.destroy();
    };
    const total = setTimeout(() => end("timeout"), call.timeoutMs);
    const firstToken =
      call.stream && call.firstTokenTimeoutMs !== null
        ? setTimeout(() => end("timeout", "timeout_first_token"), call.firstTokenTimeoutMs)
        : undefined;
    const onAbort = () => end("cancelled");
    call.signal.addEventListener("abort", onAbort, { once: true });
    const close = () => {
      clearTimeout(total);
      clearTimeout(firstToken);
      call.signal.removeEventListener("abort", onAbort);
    };
    let response: http.IncomingMessage | undefined;
    const stop = () => {
      close();
      if (response && !response.complete) request.destroy();
    };

    request.on("error", (error: NodeJS.ErrnoException) => {
      if (response) return;
      close();
      if (ended) resolve(failure(ended, ended === "timeout" ? timeoutClass : "client_closed"));
      else if (mayReconnect && request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE")) {
        // The upstream closed an idle connection just as it was used: nothing was asked yet.
        resolve(open(call, false));
      } else resolve(failure("network", error.code ?? "network"));
    });
    request.on("response", (incoming) => {
      response = incoming;
      incoming.on("error", () => undefined);
      const status = incoming.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        resolve({
          ok: true,
          response: incoming,
          ended: () => ended,
          timeoutClass: () => timeoutClass,
          firstTokenCame: () => clearTimeout(firstToken),
          close: stop,
        });
        return;
      }
      void readAll(incoming, LARGEST_ERROR_BYTES).then((body) => {
        stop();
        if (ended) resolve(failure(ended, ended === "timeout" ? timeoutClass : "client_closed"));
        else resolve(refusal(status, body, incoming.headers["retry-after"]));
      });
    });
    request.end(payload);
  });
}

interface Address {
  protocol: "http:" | "https:";
  hostname: string;
  port: string;
  path: string;
  /** `user:password@` of a base URL. */
  auth?: string;
}

/** Taken apart once per upstream and path, not once per call. */
const addresses = new WeakMap<Upstream, Map<string, Address>>();

function addressOf(upstream: Upstream, below: string): Address {
  let known = addresses.get(upstream);
  if (!known) addresses.set(upstream, (known = new Map()));
  const found = known.get(below);
  if (found) return found;
  const { protocol, username, password, hostname, port, pathname, search } = new URL(below, upstream.baseUrl);
  const address: Address = {
    protocol: protocol === "https:" ? "https:" : "http:",
    // Brackets are how a URL writes an IPv6 address, not part of it.
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port,
    path: pathname + search,
    ...(username ? { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` } : {}),
  };
  known.set(below, address);
  return address;
}

function refusal(status: number, body: Buffer | null, retryAfter: string | undefined): Failure {
  const cause = status === 429 ? "429" : status >= 500 ? "5xx" : "refused";
  const oom = cause === "5xx" && body !== null && /out of memory/i.test(body.toString("utf8"));
  const seconds = Number(retryAfter);
  return {
    ok: false,
    cause,
    errorClass: oom ? "out_of_memory" : `http_${status}`,
    status,
    body,
    retryAfterSec: Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null,
  };
}

export function failure(cause: FailureCause, errorClass: string): Failure {
  return { ok: false, cause, errorClass, status: null, body: null, retryAfterSec: null };
}

function firstChunk(response: http.IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const done = (chunk: Buffer | null) => {
      response.off("data", onData);
      response.off("end", onEnd);
      response.off("close", onEnd);
      response.pause();
      resolve(chunk);
    };
    const onData = (chunk: Buffer) => done(chunk);
    const onEnd = () => done(null);
    response.on("data", onData);
    response.on("end", onEnd);
    response.on("close", onEnd);
  });
}

/** All of it, or null when it broke off or was too large. */
function readAll(response: http.IncomingMessage, limit: number): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) response.destroy();
      else chunks.push(chunk);
    });
    response.on("close", () => resolve(response.complete && bytes <= limit ? Buffer.concat(chunks) : null));
  });
}

export function parseObject(bytes: Buffer): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
