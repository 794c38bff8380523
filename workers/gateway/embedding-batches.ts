/**
 * Small embedding requests that come at about the same time become one upstream call, each with its share of the usage.
 * Only equals travel together: same upstream, model, settings and length bucket, so that short ones never wait for long
 * ones. A refusal of a batch is not the refusal of all in it: then each is asked alone.
 */
import { splitLargestRemainder } from "@/lib/money";
import type { GatewayPolicy } from "@/lib/policies";
import type { Upstream } from "./config";
import { estimateTokens } from "./estimate-tokens";
import { callWhole, failure, type Failure, type WholeAnswer } from "./upstream-client";

export interface EmbeddingCall {
  upstream: Upstream;
  /** The request without its inputs. */
  settings: Record<string, unknown>;
  items: readonly unknown[];
  timeoutMs: number;
  signal: AbortSignal;
}

interface Entry {
  call: EmbeddingCall;
  tokens: number;
  resolve: (result: WholeAnswer | Failure) => void;
}

interface Batch {
  entries: Entry[];
  tokens: number;
  items: number;
  timer: NodeJS.Timeout;
}

export class EmbeddingBatches {
  private readonly batches = new Map<string, Batch>();

  ask(call: EmbeddingCall, limits: GatewayPolicy["batching"]["embeddings"]): Promise<WholeAnswer | Failure> {
    const { user: _user, ...settings } = call.settings;
    const sizes = call.items.map(estimateTokens);
    const longest = Math.max(...sizes);
    const tokens = sizes.reduce((sum, size) => sum + size, 0);
    const bucket = limits.lengthBuckets.find((bound) => longest <= bound) ?? "longer";
    const key = JSON.stringify([call.upstream.name, bucket, Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))]);
    return new Promise((resolve) => {
      const open = this.batches.get(key);
      if (open && (open.tokens + tokens > limits.maxTokens || open.items + call.items.length > limits.maxItems)) this.flush(key);
      let batch = this.batches.get(key);
      if (!batch) {
        batch = { entries: [], tokens: 0, items: 0, timer: setTimeout(() => this.flush(key), limits.maxWaitMs) };
        this.batches.set(key, batch);
      }
      batch.entries.push({ call: { ...call, settings }, tokens, resolve });
      batch.tokens += tokens;
      batch.items += call.items.length;
      if (batch.tokens >= limits.maxTokens || batch.items >= limits.maxItems) this.flush(key);
    });
  }

  private flush(key: string): void {
    const batch = this.batches.get(key);
    if (!batch) return;
    this.batches.delete(key);
    clearTimeout(batch.timer);
    const here = batch.entries.filter(({ call, resolve }) => {
      if (call.signal.aborted) resolve(failure("cancelled", "client_closed"));
      return !call.signal.aborted;
    });
    if (here.length > 0) void send(here);
  }
}

async function send(entries: readonly Entry[]): Promise<void> {
  const items = entries.flatMap(({ call }) => call.items);
  const result = await callWhole(requestOf(entries[0]!.call, items, whenAllLeft(entries)));
  if (!result.ok && result.cause === "refused" && entries.length > 1) {
    for (const entry of entries) void send([entry]);
    return;
  }
  const answers = result.ok ? divide(result.json, entries) : null;
  entries.forEach((entry, index) => {
    if (entry.call.signal.aborted) entry.resolve(failure("cancelled", "client_closed"));
    else if (!result.ok) entry.resolve(result);
    else entry.resolve(answers?.[index] ?? failure("5xx", "answer_incomplete"));
  });
}

export function requestOf(call: EmbeddingCall, items: readonly unknown[], signal: AbortSignal): Parameters<typeof callWhole>[0] {
  const { upstream, timeoutMs } = call;
  const body = { ...call.settings, input: items };
  return { upstream, path: "embeddings", body, stream: false, timeoutMs, firstTokenTimeoutMs: null, signal };
}

function whenAllLeft(entries: readonly Entry[]): AbortSignal {
  const abort = new AbortController();
  let waiting = entries.length;
  for (const { call } of entries) {
    call.signal.addEventListener(
      "abort",
      () => {
        waiting -= 1;
        if (waiting === 0) abort.abort();
      },
      { once: true },
    );
  }
  return abort.signal;
}

/** To each its vectors and its share of the tokens; null when the answer does not have one vector for each input. */
function divide(json: Record<string, unknown>, entries: readonly Entry[]): WholeAnswer[] | null {
  const vectors = vectorsOf(
    json,
    entries.reduce((sum, { call }) => sum + call.items.length, 0),
  );
  if (!vectors) return null;
  const usage = (json["usage"] ?? {}) as Record<string, unknown>;
  const total = usage["prompt_tokens"];
  const shares =
    typeof total === "number" && Number.isSafeInteger(total) && total >= 0
      ? splitLargestRemainder(
          BigInt(total),
          entries.map(({ tokens }) => BigInt(tokens)),
        ).map(Number)
      : null;
  let from = 0;
  return entries.map(({ call }, index) => {
    const mine = vectors.slice(from, from + call.items.length);
    from += call.items.length;
    const tokens = shares?.[index];
    const part = tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } };
    const { usage: _usage, ...rest } = json;
    const answer = embeddingList({ ...rest, ...part }, mine);
    return { ok: true, json: answer, body: Buffer.from(JSON.stringify(answer)) };
  });
}

export function embeddingList(fields: Record<string, unknown>, vectors: readonly unknown[]): Record<string, unknown> {
  return { ...fields, object: "list", data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })) };
}

/** The vectors in the order of the inputs, or null when any is missing. */
export function vectorsOf(json: Record<string, unknown>, count: number): unknown[] | null {
  const data = json["data"];
  if (!Array.isArray(data) || data.length !== count) return null;
  const vectors: unknown[] = Array.from({ length: count });
  data.forEach((item: { index?: unknown; embedding?: unknown } | null, at) => {
    vectors[typeof item?.index === "number" ? item.index : at] = item?.embedding;
  });
  return vectors.length === count && vectors.every((vector) => vector !== undefined) ? vectors : null;
}
