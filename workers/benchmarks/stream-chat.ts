/** One measured request to an OpenAI-compatible API: what came when. Never tried again: a failure is a result. */
import { evaluationPolicy } from "@/lib/evaluations/endpoint-guard";
import { OutboundTimeout, sendOutbound } from "@/lib/outbound";
import type { BenchmarkSample } from "@/lib/advisor/benchmark/schemas";
import { StreamReader } from "../gateway/stream-reader";

export interface ChatPlace {
  baseUrl: string;
  apiKey: string | undefined;
  /** Those that may be asked. */
  hosts: readonly string[];
}

export interface ChatQuestion {
  model: string;
  prompt: string;
  maxTokens: number;
}

type Heard = Omit<BenchmarkSample, "seq" | "costNanoUsd">;

const MOST_BYTES = 4_194_304;
/** What the gateways file the benchmark under. */
const ENDPOINT = "headroom.benchmark";

export async function streamChat(
  { baseUrl, apiKey, hosts }: ChatPlace,
  { model, prompt, maxTokens }: ChatQuestion,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Heard> {
  const began = performance.now();
  let connected: number | null = null;
  let firstToken: number | null = null;
  let lastToken: number | null = null;
  let served: string | null = null;
  let finished = false;
  let streamed = false;
  const listen = (event: Record<string, unknown>) => {
    const { model: by, choices } = event as { model?: unknown; choices?: { delta?: object; finish_reason?: unknown }[] };
    if (typeof by === "string") served = by;
    const choice = choices?.[0];
    if (choice?.finish_reason) finished = true;
    if (!choice?.delta) return;
    streamed = true;
    if (!Object.entries(choice.delta).some(([name, value]) => name !== "role" && value !== "" && value !== null)) return;
    lastToken = performance.now();
    firstToken ??= lastToken;
  };
  const reader = new StreamReader(true, listen);
  const at = (from: number | null, to: number | null) => (from === null || to === null ? null : Math.max(0, to - from));
  const heard = (error: string | null, tokens = { in: 0, out: 0 }, fromCache = false): Heard => {
    const start = connected ?? began;
    return {
      connectMs: at(began, connected),
      ttftMs: error === null ? at(start, firstToken) : null,
      // The end of the answer is its last token; what a server says after it (usage, "done") is nobody's wait.
      totalMs: at(start, error === null && lastToken !== null ? lastToken : performance.now())!,
      tokensIn: tokens.in,
      tokensOut: tokens.out,
      model: served,
      fromCache,
      error,
    };
  };
  try {
    const answer = await sendOutbound(
      {
        url: `${baseUrl.replace(/\/$/, "")}/chat/completions`,
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-headroom-endpoint": ENDPOINT,
          ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
        },
        body: JSON.stringify({
          model,
          messages: [{ role: "user", content: prompt }],
          max_tokens: maxTokens,
          temperature: 0,
          stream: true,
          stream_options: { include_usage: true },
        }),
      },
      {
        policy: evaluationPolicy(hosts),
        timeoutMs,
        mostBytes: MOST_BYTES,
        signal,
        onConnected: () => (connected = performance.now()),
        onChunk: (chunk, status) => {
          if (status === 200) reader.push(chunk);
        },
      },
    );
    if (answer.status !== 200) return heard(`${answer.status}: ${answer.text.slice(0, 200).replaceAll("\u0000", "")}`);
    reader.flush();
    const fromCache = answer.headers["x-headroom-cache"] === "hit";
    if (!streamed) {
      const whole = readWhole(answer.text);
      if (!whole) return heard("The answer is not that of a chat completion");
      served = whole.model ?? served;
      return heard(null, usageOf(whole.usage, 0), fromCache);
    }
    if (reader.failed) return heard("The answer broke off: the stream said that it failed");
    if (answer.cut || !(reader.done || finished)) return heard("The answer broke off before its end");
    return heard(null, usageOf(reader.usage, reader.deltas), fromCache);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OutboundTimeout) return heard(error.message);
    return heard(`Not reached: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const numberOf = (value: unknown) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;

/** What the server counted; without it, its events: about one a token. */
function usageOf(usage: Record<string, unknown> | null | undefined, events: number): { in: number; out: number } {
  return { in: numberOf(usage?.["prompt_tokens"]) ?? 0, out: numberOf(usage?.["completion_tokens"]) ?? events };
}

/** A server that does not stream answers with one document. */
function readWhole(text: string): { model: string | null; usage: Record<string, unknown> | null } | null {
  try {
    const { choices, model, usage } = JSON.parse(text) as { choices?: unknown; model?: unknown; usage?: unknown };
    if (!Array.isArray(choices) || choices.length === 0) return null;
    return {
      model: typeof model === "string" ? model : null,
      usage: typeof usage === "object" ? (usage as Record<string, unknown> | null) : null,
    };
  } catch {
    return null;
  }
}
