/**
 * One question to an OpenAI-compatible API. What may pass (too busy, failed inside, no answer in time) is tried again; no
 * redirect is followed, since the guard spoke of this host and of no other.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ModelAnswer } from "@/lib/evaluations/check-answer";
import { evaluationPolicy } from "@/lib/evaluations/endpoint-guard";
import type { Endpoint, GoldenCase } from "@/lib/evaluations/schemas";
import { OutboundTimeout, sendOutbound } from "@/lib/outbound";

export interface AskDeps {
  /** Those that may be asked: `name` or `name:port`. */
  hosts: readonly string[];
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
  { hosts, apiKey, timeoutMs, signal }: AskDeps,
): Promise<{ answer: ModelAnswer } | { error: string; again: boolean }> {
  try {
    const answer = await sendOutbound(
      {
        url: `${baseUrl.replace(/\/$/, "")}/chat/completions`,
        method: "POST",
        headers: { "content-type": "application/json", ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
        body,
      },
      { policy: evaluationPolicy(hosts), timeoutMs, mostBytes: MOST_BYTES, signal },
    );
    if (answer.cut) throw new SyntaxError("too long");
    if (answer.status < 200 || answer.status > 299) {
      const again = answer.status === 429 || answer.status >= 500;
      return { error: `${answer.status}: ${answer.text.slice(0, 300).replaceAll("\u0000", "")}`, again };
    }
    const [choice] = answerSchema.parse(JSON.parse(answer.text)).choices;
    const { content, tool_calls: calls } = choice!.message;
    return { answer: { text: content ?? "", toolCalls: (calls ?? []).map((one) => one.function) } };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      return { error: "The answer is not that of a chat completion", again: false };
    if (error instanceof OutboundTimeout) return { error: error.message, again: true };
    return { error: `Not reached: ${error instanceof Error ? error.message : String(error)}`, again: true };
  }
}
