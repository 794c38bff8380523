/**
 * The stable address of an engine that changes. Forwards whichever engine is current, byte by byte in both directions:
 * nothing is held back, a client that leaves frees the engine, an engine that breaks off breaks off the answer. A request
 * stays with the engine that it began with.
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "@/lib/protocol/client";

export interface Front {
  readonly url: string;
  /** Base address of the engine that takes new requests; null: 503 with Retry-After. */
  point(to: string | null): void;
  inFlight(of?: string): number;
  /** True when no request is under way at `of`; false when `withinMs` passed first. */
  drained(of: string, withinMs: number): Promise<boolean>;
  /** Takes no more requests; those under way may end within `withinMs`. */
  close(withinMs: number): Promise<void>;
}

/** RFC 9110 7.6.1: of one connection, not of the message. `expect` was answered by this server already. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"];
const RETRY_AFTER_SEC = 2;

export async function startFront(listen: { host: string; port: number }, clock: Clock): Promise<Front> {
  let target: string | null = null;
  const open = new Map<string, number>();
  let changed = new AbortController();
  const count = (url: string, by: number) => {
    open.set(url, (open.get(url) ?? 0) + by);
    if (open.get(url) === 0) open.delete(url);
    changed.abort();
    changed = new AbortController();
  };

  const server = http.createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    if (target === null) return refuse(response, 503, "The engine is starting. Try again in a moment.");
    const to = target;
    count(to, 1);
    response.once("close", () => count(to, -1));
    forward(to, request, response);
  });
  // Long generations are the rule here.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new Error(`The front cannot listen on ${listen.host}:${listen.port}: ${error.message}`)),
    );
    server.listen(listen.port, listen.host, resolve);
  });
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  const inFlight = (of?: string) =>
    of === undefined ? [...open.values()].reduce((sum, one) => sum + one, 0) : (open.get(of) ?? 0);
  const emptied = async (left: () => number, withinMs: number) => {
    const until = clock.steadyMs() + withinMs;
    while (left() > 0) {
      const rest = until - clock.steadyMs();
      if (rest <= 0) return false;
      await clock.wait(rest, changed.signal);
    }
    return true;
  };
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    point: (to) => {
      target = to;
    },
    inFlight,
    drained: (of, withinMs) => emptied(() => inFlight(of), withinMs),
    async close(withinMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await emptied(inFlight, withinMs);
      server.closeAllConnections();
      await closed;
    },
  };
}

function forward(to: string, request: http.IncomingMessage, response: http.ServerResponse): void {
  const { hostname, port } = new URL(to);
  const upstream = http.request({
    hostname,
    port,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: ofMessage(request.headers),
    // A connection each: engines close idle ones after seconds, and a request must not meet such a close.
    agent: false,
  });
  upstream.once("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, ofMessage(answer.headers));
    // The head goes out now: a stream's first token may be long in coming.
    response.flushHeaders();
    answer.pipe(response);
    answer.once("close", () => {
      if (!answer.complete) response.destroy();
    });
  });
  upstream.on("error", () => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, "The engine broke off before it answered.");
  });
  response.once("close", () => upstream.destroy());
  request.once("error", () => upstream.destroy());
  request.pipe(upstream);
}

function ofMessage(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const named = (headers.connection ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !name.startsWith("proxy-") && !named.includes(name)),
  );
}

function refuse(response: http.ServerResponse, status: 502 | 503, message: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json", "retry-after": String(RETRY_AFTER_SEC) });
  response.end(
    JSON.stringify({ error: { message, type: "server_error", code: status === 503 ? "engine_not_ready" : "engine_failed" } }),
  );
}
