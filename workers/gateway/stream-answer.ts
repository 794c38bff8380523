/**
 * A streamed chat answer. Until the first bytes another target can still answer; from then on they go through as they
 * come, as fast as the client takes them, and whoever ends first ends the other side.
 */
import type { ServerResponse } from "node:http";
import type { PlannedTarget } from "@/lib/policies";
import type { Upstream } from "./config";
import { AnswerCollector } from "./collect-answer";
import { enterLane, type Ask } from "./generate-answer";
import { mirror } from "./mirror";
import { answerHeaders, EVENT_STREAM } from "./send-answer";
import { StreamReader } from "./stream-reader";
import { tryTargets, type Tried } from "./try-targets";
import { callStream, type OpenStream } from "./upstream-client";
import { usableUsage } from "./usage-recorder";

export async function streamAnswer(ask: Ask, response: ServerResponse): Promise<void> {
  const { gateway, exchange, plan, bodyFor } = ask;
  const { signal } = exchange;
  const { lane, queueMs, leave } = await enterLane(ask, signal);
  try {
    if (plan.shadow) mirror(gateway, exchange, plan, plan.shadow, bodyFor(plan.shadow));
    const { timeoutMs, firstTokenTimeoutMs } = plan.settings;
    const options = exchange.body["stream_options"] as Record<string, unknown> | null | undefined;
    const wantsUsage = options?.["include_usage"] === true;
    const call = (target: PlannedTarget, upstream: Upstream, abort: AbortSignal) => {
      // The usage comes only when asked for; the reader takes it out again for clients that did not ask.
      const body = { ...bodyFor(target), stream_options: { ...options, include_usage: true } };
      return callStream({
        upstream,
        path: "chat/completions",
        body,
        stream: true,
        timeoutMs,
        firstTokenTimeoutMs,
        signal: abort,
      });
    };
    const tried = await tryTargets(gateway, {
      exchange,
      plan,
      targets: plan.targets,
      attemptsBefore: 0,
      finalWhenFailed: true,
      queueMs,
      lane,
      lookup: ask.lookup,
      signal,
      call,
    });
    gateway.metrics.firstToken.observe({ upstream: tried.target.upstream }, tried.elapsedMs / 1_000);
    // What it costs is known only when it is over.
    const served = { model: tried.target.model, attempts: tried.attempt, cache: ask.cache, costNanoUsd: null };
    response.writeHead(200, {
      ...answerHeaders(exchange, plan, served),
      ...EVENT_STREAM,
    });
    const collector = ask.keep === null || tried.target.id !== plan.targets[0]!.id ? null : new AnswerCollector();
    const reader = new StreamReader(wantsUsage, collector && ((event) => collector.add(event)));
    const complete = await relay(ask, tried, reader, response);
    const usage = usableUsage(reader.usage);
    const body = complete && reader.done && !reader.failed ? collector?.whole(usage) : null;
    if (body) ask.keep?.({ body, usage, model: tried.target.model, provider: tried.provider });
  } finally {
    leave();
  }
}

/** True: the upstream said all it had to say. */
async function relay(ask: Ask, tried: Tried<OpenStream>, reader: StreamReader, response: ServerResponse): Promise<boolean> {
  const { answer: upstream } = tried;
  const since = performance.now();
  let recorded = false;
  const record = (status: "success" | "error" | "timeout" | "cancelled", errorClass: string | null) => {
    if (recorded) return;
    recorded = true;
    const usage = usableUsage(reader.usage);
    const estimate = usage ? null : { input: ask.inputTokens, output: reader.deltas };
    const latencyMs = tried.elapsedMs + performance.now() - since;
    tried.record({ final: true, status, errorClass, ttftMs: tried.elapsedMs, latencyMs, usage, estimate });
  };
  /** Before the client sees the end, the event is on disk. */
  const send = async (bytes: Buffer) => {
    if (reader.failed) record("error", "stream_error_event");
    else if (reader.done) record("success", null);
    if (bytes.length > 0 && !response.write(bytes)) await drained(response);
  };

  try {
    await send(reader.push(upstream.first));
    for await (const chunk of upstream.response as AsyncIterable<Buffer>) await send(reader.push(chunk));
    await send(reader.flush());
  } catch {
    // How it ended is asked below: a broken stream and a given-up one throw the same.
  }
  upstream.close();
  const ended = upstream.ended();
  if (ended === "cancelled" || response.destroyed) {
    record("cancelled", "client_closed");
    return false;
  }
  if (ended === null && upstream.response.complete) {
    record("success", null);
    response.end();
    return true;
  }
  record(ended ?? "error", ended ?? "stream_cut_short");
  const message = ended ? "The answer took longer than this route allows." : "The upstream ended the stream early.";
  const code = ended ? "upstream_timeout" : "stream_cut_short";
  // An event, not a silent end: a client must not take half an answer for a whole one.
  response.end(`data: ${JSON.stringify({ error: { message, type: "api_error", param: null, code } })}\n\n`);
  return false;
}

/** The client took what it had, or has left. */
function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
