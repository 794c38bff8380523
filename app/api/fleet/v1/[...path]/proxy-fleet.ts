/**
 * Hands a target's request to the fleet server and its answer back, both as streams. A target that hangs up frees its
 * poll there at once. A fleet server that is away is 503: for a target that changes nothing.
 */
import { randomUUID } from "node:crypto";
import { Agent, request as open, type IncomingMessage } from "node:http";
import { request as openTls } from "node:https";
import { Readable } from "node:stream";
import { config } from "@/lib/config";
import { AppError, problemResponse } from "@/lib/http";

const PATHS = new Set(["/api/fleet/v1/sync", "/api/fleet/v1/enrol"]);
const REQUEST_HEADERS = ["content-type", "content-length", "authorization"];
const ANSWER_HEADERS = ["content-type", "content-length", "retry-after", "cache-control"];
/** A hold takes at most a minute. */
const ANSWER_WITHIN_MS = 75_000;
const BODY_MOST_BYTES = 64 * 1024;

// Not fetch: it keeps a controller and its streams for each of thousands of polls that wait.
const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });

export async function proxyFleet(request: Request): Promise<Response> {
  const requestId = randomUUID();
  try {
    const { pathname } = new URL(request.url);
    if (!PATHS.has(pathname)) throw new AppError("not_found", "There is POST /api/fleet/v1/enrol and POST /api/fleet/v1/sync.");
    if (Number(request.headers.get("content-length") ?? 0) > BODY_MOST_BYTES) {
      throw new AppError("too_large", `The body is larger than ${BODY_MOST_BYTES / 1024} KiB.`);
    }
    const answer = await forward(request, fleetUrl(pathname));
    const headers = new Headers();
    for (const name of ANSWER_HEADERS) {
      const value = answer.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    return new Response(Readable.toWeb(answer) as ReadableStream, { status: answer.statusCode ?? 502, headers });
  } catch (error) {
    return problemResponse(error, requestId);
  }
}

function fleetUrl(pathname: string): URL {
  const { HEADROOM_FLEET_URL, HEADROOM_FLEET_PORT } = config();
  if (!HEADROOM_FLEET_URL && HEADROOM_FLEET_PORT === 0) throw away("Set HEADROOM_FLEET_URL or HEADROOM_FLEET_PORT.");
  return new URL(pathname, HEADROOM_FLEET_URL ?? `http://127.0.0.1:${HEADROOM_FLEET_PORT}`);
}

function forward(request: Request, url: URL): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = {};
    for (const name of REQUEST_HEADERS) {
      const value = request.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    const tls = url.protocol === "https:";
    const upstream = (tls ? openTls : open)(url, { method: "POST", headers, ...(tls ? {} : { agent }) }, resolve);
    const hangUp = () => upstream.destroy();
    request.signal.addEventListener("abort", hangUp, { once: true });
    upstream.once("close", () => request.signal.removeEventListener("abort", hangUp));
    upstream.setTimeout(ANSWER_WITHIN_MS, () => upstream.destroy(new Error("no answer in time")));
    upstream.once("error", () => reject(away("It does not answer.")));
    if (request.body)
      Readable.fromWeb(request.body as never)
        .on("error", hangUp)
        .pipe(upstream);
    else upstream.end();
  });
}

const away = (why: string) =>
  new AppError("unavailable", `The fleet server cannot be reached. ${why} Targets keep what they run; they ask again.`, {
    retryAfterSec: 5,
  });
