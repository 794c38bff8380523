/**
 * A TEST UPSTREAM: a real HTTP server that speaks the OpenAI dialect and behaves as it is told. It makes no model
 * answers; it counts, echoes and fails on demand.
 */
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface Behaviour {
  /** Before the answer, or before the first event of a stream. */
  delayMs?: number;
  /** Between two events of a stream. */
  gapMs?: number;
  events?: number;
  status?: number;
  retryAfter?: string;
  /** Text of the answer, and of each event of a stream; default: "hello <model>", and the event's number. */
  text?: string;
  finishReason?: string;
  /** Cut the connection after this many events. */
  cutAfter?: number;
  noUsage?: boolean;
  /** Stop before this event of a stream until the promise is settled. */
  after?: { event: number; wait: Promise<void> };
  /** Sent with status 200, as it is, whatever was asked for. */
  raw?: { contentType: string; body: string };
  /** Of a text that is to be embedded. */
  vector?: (text: string) => unknown;
}

export interface TestUpstream {
  url: string;
  /** Bodies of all calls so far, oldest first. */
  calls: { path: string; body: Record<string, unknown>; authorization: string | null }[];
  /** Calls whose connection is still open and unanswered. */
  open(): number;
  /** Calls that the gateway gave up. */
  cancelled(): number;
  behave(how: Behaviour | ((body: Record<string, unknown>, call: number) => Behaviour)): void;
  close(): Promise<void>;
}

export async function testUpstream(): Promise<TestUpstream> {
  let how: (body: Record<string, unknown>, call: number) => Behaviour = () => ({});
  let open = 0;
  let cancelled = 0;
  const calls: TestUpstream["calls"] = [];

  const server = http.createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>;
      calls.push({ path: request.url ?? "", body, authorization: request.headers.authorization ?? null });
      open += 1;
      let left = false;
      response.on("close", () => {
        open -= 1;
        if (response.writableFinished) return;
        left = true;
        cancelled += 1;
      });
      const behaviour = how(body, calls.length);
      await pause(behaviour.delayMs ?? 0);
      if (left) return;
      if (behaviour.status && behaviour.status >= 400) refuse(response, behaviour);
      else if (behaviour.raw) {
        response.writeHead(200, { "content-type": behaviour.raw.contentType });
        response.end(behaviour.raw.body);
      } else if (request.url?.endsWith("/embeddings")) embed(response, body, behaviour);
      else if (body["stream"] === true) await stream(response, body, behaviour, () => left);
      else complete(response, body, behaviour);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    open: () => open,
    cancelled: () => cancelled,
    behave: (next) => {
      how = typeof next === "function" ? next : () => next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const pause = (ms: number) => (ms > 0 ? new Promise<void>((resolve) => setTimeout(resolve, ms)) : Promise.resolve());

function refuse(response: http.ServerResponse, { status, retryAfter }: Behaviour): void {
  const after = retryAfter ? { "retry-after": retryAfter } : {};
  response.writeHead(status!, { "content-type": "application/json", ...after });
  response.end(JSON.stringify({ error: { message: `the upstream says ${status}`, type: "test", param: null, code: "told_to" } }));
}

const USAGE = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };

function complete(
  response: http.ServerResponse,
  body: Record<string, unknown>,
  { text, finishReason, noUsage }: Behaviour,
): void {
  const message = { role: "assistant", content: text ?? `hello ${String(body["model"])}` };
  const choices = [{ index: 0, message, finish_reason: finishReason ?? "stop" }];
  const usage = noUsage ? {} : { usage: USAGE };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ id: "c1", object: "chat.completion", created: 1, model: body["model"], choices, ...usage }));
}

async function stream(
  response: http.ServerResponse,
  body: Record<string, unknown>,
  { events = 5, gapMs = 0, cutAfter, noUsage, after, text }: Behaviour,
  left: () => boolean,
): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (fields: object) =>
    response.write(
      `data: ${JSON.stringify({ id: "s1", object: "chat.completion.chunk", created: 1, model: body["model"], ...fields })}\n\n`,
    );
  for (let index = 0; index < events; index += 1) {
    if (index === after?.event) await after.wait;
    if (left()) return;
    if (index === cutAfter) {
      response.destroy();
      return;
    }
    send({ choices: [{ index: 0, delta: { content: text ?? `${index} ` }, finish_reason: null }] });
    await pause(gapMs);
  }
  if (left()) return;
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  const options = body["stream_options"] as { include_usage?: boolean } | undefined;
  if (options?.include_usage && !noUsage)
    send({ choices: [], usage: { ...USAGE, completion_tokens: events, total_tokens: 20 + events } });
  response.end("data: [DONE]\n\n");
}

/** The vector of a text is its length and its first character, unless told otherwise: enough to see whose vector one got. */
function embed(response: http.ServerResponse, body: Record<string, unknown>, { vector = lengthAndFirst }: Behaviour): void {
  const input = body["input"];
  const items = (Array.isArray(input) ? input : [input]) as string[];
  const data = items.map((text, index) => ({ object: "embedding", index, embedding: vector(text) }));
  const tokens = items.reduce((sum, text) => sum + text.length, 0);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({ object: "list", data, model: body["model"], usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  );
}

const lengthAndFirst = (text: string) => [text.length, text.charCodeAt(0)];
