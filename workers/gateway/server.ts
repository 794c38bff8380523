/** The HTTP face: who asks, for what, and what of it went wrong. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { answerChat } from "./answer-chat";
import { answerEmbeddings } from "./answer-embeddings";
import type { GatewayConfig } from "./config";
import { readBytes, readCaller, readExchange, type Caller } from "./exchange";
import type { Gateway } from "./gateway";
import { GatewayError } from "./gateway-error";
import type { Identify } from "./identify";
import type { Log } from "./log";
import type { PolicySource } from "./policy-source";
import { sendError, sendJson } from "./send-answer";
import { clientLeft } from "./try-targets";

export interface ServerParts {
  gateway: Gateway;
  config: GatewayConfig;
  identify: Identify;
  policy: PolicySource;
  log: Log;
  /** For /health. */
  state: () => Record<string, string | number | null>;
}

export interface GatewayServer {
  url: string;
  /** No new requests; those under way have this long. */
  close(withinMs: number): Promise<void>;
}

const ANSWERS = { "chat/completions": answerChat, embeddings: answerEmbeddings } as const;

export async function startServer(parts: ServerParts): Promise<GatewayServer> {
  const server = http.createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    void handle(parts, request, response);
  });
  const { host, port } = parts.config.listen;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    close: (withinMs) =>
      new Promise((resolve) => {
        const deadline = setTimeout(() => server.closeAllConnections(), withinMs);
        server.close(() => {
          clearTimeout(deadline);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

async function handle(parts: ServerParts, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { gateway, log } = parts;
  const path = (request.url ?? "/").split("?")[0]!;
  if (path === "/health") {
    sendJson(response, 200, { status: "ok", ...parts.state() });
    return;
  }
  if (path === "/metrics") {
    response.writeHead(200, { "content-type": gateway.metrics.registry.contentType });
    response.end(await gateway.metrics.registry.metrics());
    return;
  }
  gateway.metrics.inFlight.inc();
  const seen: { caller: Caller | null; route: string } = { caller: null, route: "none" };
  try {
    await answer(parts, path, request, response, seen);
  } catch (error) {
    const known = knownError(error, request);
    if (known.status === 500)
      log("error", "a request failed", { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    if (known.status === 413) response.setHeader("connection", "close");
    sendError(response, known, seen.caller?.requestId ?? null);
    response.statusCode = known.status;
  }
  gateway.metrics.inFlight.dec();
  gateway.metrics.requests.inc({ route: seen.route, status: response.statusCode });
}

function knownError(error: unknown, request: http.IncomingMessage): GatewayError {
  if (error instanceof GatewayError) return error;
  // It left before its question was whole.
  if (request.destroyed && !request.complete) return clientLeft();
  // JSON may be nested more deeply than anything that walks through it can follow.
  if (error instanceof RangeError && error.message.includes("call stack"))
    return new GatewayError(400, "invalid_json", "The request is nested too deeply.");
  return new GatewayError(500, "internal_error", "The gateway failed. See its log.");
}

async function answer(
  { gateway, config, identify, policy }: ServerParts,
  path: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  seen: { caller: Caller | null; route: string },
): Promise<void> {
  const match = /^(\/.+)?\/v1\/(chat\/completions|embeddings|models)$/.exec(path);
  if (!match) {
    const paths = "POST /v1/chat/completions, POST /v1/embeddings, GET /v1/models, GET /health, GET /metrics";
    throw new GatewayError(404, "unknown_path", `Nothing is at ${path.slice(0, 200)}. There is: ${paths}.`);
  }
  const what = match[2] as keyof typeof ANSWERS | "models";
  const method = what === "models" ? "GET" : "POST";
  if (request.method !== method) throw new GatewayError(405, "wrong_method", `Use ${method} here.`);
  const startedAt = Date.now();
  const caller = readCaller(request, match[1] ?? "", identify, config.endpoints);
  seen.caller = caller;
  if (what === "models") {
    const { routing } = policy.current().policyFor({ tenant: caller.identity.tenant, endpoint: caller.endpoint });
    const data = Object.keys(routing.routes).map((id) => ({ id, object: "model", created: 0, owned_by: gateway.name }));
    sendJson(response, 200, { object: "list", data });
    return;
  }
  const abort = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) abort.abort();
  });
  const { "content-encoding": encoding = "identity" } = request.headers;
  if (encoding !== "identity")
    throw new GatewayError(415, "unsupported_encoding", `Send the body as it is, not as ${encoding.slice(0, 50)}.`);
  const bytes = await readBytes(request, config.limits.bodyBytes);
  const exchange = readExchange(caller, bytes, policy.current(), abort.signal, startedAt, (route) => {
    seen.route = route;
  });
  await ANSWERS[what](gateway, exchange, response);
}
