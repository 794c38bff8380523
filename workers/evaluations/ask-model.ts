/**
 * One question to an OpenAI-compatible API. What may pass (too busy, failed inside, no answer in time) is tried again; no
 * redirect is followed, since the guard spoke of this host and of no other.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ModelAnswer } from "@/lib/evaluations/check-answer";
import type { Endpoint, GoldenCase } from "@/lib/evaluations/schemas";

export interface AskDeps {
  apiKey: string | undefined;
  timeoutMs: number;
  /** Before the second try; doubled for each further one. */
  backoffMs: number;
  signal: AbortSignal;
}

const TRIES = 3;
const MOST_BYTES = 1_048_576;

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          tool_calls: z.array(z.object({ function: z.object({ name: z.string(), arguments: z.string() }) })).nullish(),
        }),
      }),
    )
    .min(1),
});

export type Asked = { answer: ModelAnswer } | { error: string };

export async function askModel(
  endpoint: Endpoint,
  { messages, tools, responseFormat, maxTokens }: Pick<GoldenCase, "messages" | "tools" | "responseFormat" | "maxTokens">,
  deps: AskDeps,
): Promise<Asked> {
  const body = JSON.stringify({
    model: endpoint.model,
    messages,
    max_tokens: maxTokens,
    temperature: 0,
    ...(tools ? { tools } : {}),
    ...(responseFormat ? { response_format: responseFormat } : {}),
  });
  for (let tries = 1; ; tries++) {
    const tried = await tryOnce(endpoint, body, deps);
    if ("answer" in tried || !tried.again || tries === TRIES) return tried;
    await sleep(deps.backoffMs * 2 ** (tries - 1), undefined, { signal: deps.signal });
  }
}

async function tryOnce(
  { baseUrl }: Endpoint,
  body: string,
  { apiKey, timeoutMs, signal }: AskDeps,
): Promise<{ answer: ModelAnswer } | { error: string; again: boolean }> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${baseUrl.replace(/\/$/, "")}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, deadline]),
    });
    const text = await readText(response);
    if (!response.ok) {
      const again = response.status === 429 || response.status >= 500;
      return { error: `${response.status}: ${text.slice(0, 300).replaceAll("\u0000", "")}`, again };
    }
    const [choice] = answerSchema.parse(JSON.parse(text)).choices;
    const { content, tool_calls: calls } = choice!.message;
    return { answer: { text: content ?? "", toolCalls: (calls ?? []).map((one) => one.function) } };
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return { error: `No answer within ${timeoutMs / 1_000} s`, again: true };
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      return { error: "The answer is not that of a chat completion", again: false };
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { error: `Not reached: ${cause instanceof Error ? cause.message : String(cause)}`, again: true };
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new SyntaxError("too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
