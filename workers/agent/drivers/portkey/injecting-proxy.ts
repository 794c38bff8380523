/**
 * In front of a Portkey gateway, which keeps no configuration of its own: each request gets the one that is in force.
 *
 *   no configuration yet → 503; else client key → size → header put in → bytes through, both ways, as they come
 *
 * Nothing is buffered or parsed. A client that goes away ends the call to the gateway. What a client sends as x-portkey-*
 * never arrives: one of them would send an upstream's key to any host. A change is one assignment: requests under way
 * keep what they began with.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import type { PortkeyConfig } from "./config";

export interface Injected {
  /** Value of x-portkey-config; holds keys. */
  header: string;
  hash: string;
  generation: number;
  routes: readonly string[];
}

export interface InjectingProxy {
  url: string;
  current(): Injected | null;
  inject(next: Injected | null): void;
  figures(): Record<string, number>;
  close(): Promise<void>;
}

const FORWARDED = [
  "accept",
  "accept-encoding",
  "anthropic-beta",
  "anthropic-version",
  "content-length",
  "content-type",
  "openai-beta",
  "traceparent",
  "tracestate",
  "user-agent",
];
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"]);

export async function startInjectingProxy(config: PortkeyConfig, keys: readonly string[] | null): Promise<InjectingProxy> {
  const gateway = new URL(config.gateway);
  const { request, Agent } = gateway.protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256, scheduling: "lifo" });
  const allowed = keys?.map(digest) ?? null;
  const forwarded = [...FORWARDED, ...config.forwardHeaders];
  const counts = { requests: 0, refused: 0, failed: 0, cancelled: 0 };
  const underWay = new Set<http.ServerResponse>();
  let current: Injected | null = null;

  const server = http.createServer((incoming, outgoing) => {
    const injected = current;
    const url = new URL(incoming.url ?? "/", "http://proxy");
    if (url.pathname === "/health") return answer(outgoing, injected ? 200 : 503, { ok: injected !== null });
    const refusal = refuse(incoming, url.pathname, injected);
    if (refusal) {
      counts.refused++;
      return problem(incoming, outgoing, ...refusal);
    }
    if (url.pathname === "/v1/models") {
      const data = injected!.routes.map((id) => ({ id, object: "model", created: 0, owned_by: "headroom" }));
      return answer(outgoing, 200, { object: "list", data });
    }
    forward(incoming, outgoing, new URL(url.pathname + url.search, gateway), injected!);
  });

  function refuse(incoming: http.IncomingMessage, path: string, injected: Injected | null): [number, string, string] | null {
    if (allowed && !allowed.some((one) => timingSafeEqual(one, digest(bearer(incoming))))) {
      return [401, "invalid_api_key", "This key is not known here."];
    }
    if (!injected) return [503, "no_policy", "No policy has arrived yet. Try again in a few seconds."];
    if (incoming.method === "GET" ? path !== "/v1/models" : incoming.method !== "POST" || !path.startsWith("/v1/")) {
      return [404, "not_found", `There is no ${incoming.method} ${path} here.`];
    }
    if (Number(incoming.headers["content-length"] ?? 0) > config.limits.bodyBytes) return tooLarge(config);
    return null;
  }

  function forward(incoming: http.IncomingMessage, outgoing: http.ServerResponse, url: URL, injected: Injected): void {
    counts.requests++;
    underWay.add(outgoing);
    const headers: http.OutgoingHttpHeaders = { "x-portkey-config": injected.header };
    for (const name of forwarded) if (incoming.headers[name] !== undefined) headers[name] = incoming.headers[name];
    const call = request(url, { method: "POST", headers, agent });
    let over = false;
    const fail = (status: number, code: string, message: string) => {
      if (over) return;
      over = true;
      counts.failed++;
      // After the first byte only breaking off is honest.
      if (outgoing.headersSent) outgoing.destroy();
      else problem(incoming, outgoing, status, code, message);
      call.destroy();
    };
    call.setTimeout(config.limits.idleSec * 1_000, () =>
      fail(504, "timeout", `The gateway sent nothing for ${config.limits.idleSec} s.`),
    );
    call.on("error", (error: NodeJS.ErrnoException) =>
      fail(502, "gateway_unreachable", `The gateway cannot be reached (${error.code}).`),
    );
    call.on("response", (response) => {
      const passed = Object.entries(response.headers).filter(([name]) => !HOP_BY_HOP.has(name));
      const marks = { "x-headroom-config": injected.hash.slice(0, 12), "x-headroom-generation": String(injected.generation) };
      outgoing.writeHead(response.statusCode ?? 502, { ...Object.fromEntries(passed), ...marks });
      outgoing.flushHeaders();
      pipeline(response, outgoing, (error) => {
        if (error) fail(502, "gateway_unreachable", "The gateway broke off.");
        else over = true;
      });
    });
    outgoing.on("close", () => {
      underWay.delete(outgoing);
      if (!over && !outgoing.writableFinished) {
        over = true;
        counts.cancelled++;
      }
      // Frees the gateway, and through it the upstream.
      if (!outgoing.writableFinished) call.destroy();
    });

    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > config.limits.bodyBytes) fail(...tooLarge(config));
    });
    incoming.pipe(call);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.listen.port, config.listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${config.listen.host === "0.0.0.0" ? "127.0.0.1" : config.listen.host}:${port}`,
    current: () => current,
    inject: (next) => void (current = next),
    figures: () => ({ ...counts, under_way: underWay.size }),
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), config.limits.drainSec * 1_000);
      await closed;
      clearTimeout(late);
      agent.destroy();
    },
  };
}

const digest = (text: string) => createHash("sha256").update(text).digest();
const bearer = (incoming: http.IncomingMessage) => (incoming.headers.authorization ?? "").replace(/^Bearer /i, "");
const tooLarge = ({ limits }: PortkeyConfig): [number, string, string] => [
  413,
  "request_too_large",
  `The request is larger than ${limits.bodyBytes} bytes.`,
];

function answer(outgoing: http.ServerResponse, status: number, json: object): void {
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
}

/** As OpenAI says errors. The rest of the body is not read: the connection ends with the answer. */
function problem(
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  if (!incoming.complete) outgoing.setHeader("connection", "close");
  incoming.unpipe();
  incoming.resume();
  answer(outgoing, status, { error: { message, type: status < 500 ? "invalid_request_error" : "server_error", code } });
}
