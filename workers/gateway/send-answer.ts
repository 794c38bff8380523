/** Answers and errors to the client, with the headers that say who answered and why. */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { RoutePlan } from "@/lib/policies";
import { chatAsEvents } from "./chat-as-events";
import type { Exchange } from "./exchange";
import { errorBody, type GatewayError } from "./gateway-error";
import { costHeader } from "./price-answer";

/** `semantic`: the answer to another wording of the question. `near`: there was one, not near enough; generated anew. */
export type CacheOutcome = "none" | "miss" | "near" | "hit" | "semantic" | "coalesced";

export function answerHeaders(
  exchange: Exchange,
  plan: RoutePlan,
  served: { model: string; attempts: number; cache: CacheOutcome; costNanoUsd: bigint | null },
): OutgoingHttpHeaders {
  return {
    "x-headroom-request-id": exchange.requestId,
    "x-headroom-model-served": headerText(served.model),
    "x-headroom-variant": plan.variant,
    "x-headroom-generation": exchange.generation,
    "x-headroom-cache": served.cache,
    "x-headroom-attempts": served.attempts,
    ...costHeader(served.costNanoUsd),
  };
}

/** A model name may hold what a header may not. */
const headerText = (text: string) => (/^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text));

/** A whole answer; as a stream of events when the client asked for one (it came from the cache). */
export function sendAnswer(exchange: Exchange, response: ServerResponse, body: Buffer, headers: OutgoingHttpHeaders): void {
  if (exchange.stream) {
    const options = exchange.body["stream_options"] as { include_usage?: unknown } | null | undefined;
    const events = chatAsEvents(body, options?.include_usage === true);
    response.writeHead(200, { ...headers, ...EVENT_STREAM });
    response.end(events);
    return;
  }
  response.writeHead(200, { ...headers, "content-type": "application/json", "content-length": body.length });
  // As text of one byte a character Node sends it with the headers in one write; the bytes are the same.
  if (body.length <= LARGEST_IN_ONE_WRITE) response.end(body.toString("latin1"), "latin1");
  else response.end(body);
}

/** Above it, copying costs more than a second write. */
const LARGEST_IN_ONE_WRITE = 65_536;

export const EVENT_STREAM = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" } as const;

export function sendError(response: ServerResponse, error: GatewayError, requestId: string | null): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const headers: OutgoingHttpHeaders = { "content-type": "application/json" };
  if (error.retryAfterSec !== null) headers["retry-after"] = String(error.retryAfterSec);
  if (requestId !== null) headers["x-headroom-request-id"] = requestId;
  response.writeHead(error.status, headers);
  response.end(errorBody(error));
}

export function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}
