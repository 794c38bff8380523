/** What the tokens policy does to a request before it is sent: a cap on the answer, a limit on the question. */
import type { TokensPolicy } from "./schemas";

type Body = Record<string, unknown>;
type Message = Record<string, unknown>;

export type LimitedRequest =
  | { body: Body; inputTokens: number; /** What was changed, in words; empty when nothing was. */ changes: string[] }
  | { refusal: string; inputTokens: number };

/** What the cap is called: the newer name where the upstream knows it; reasoning models refuse the older one. */
export type OutputField = "max_completion_tokens" | "max_tokens";

/**
 * `countTokens` counts one message, or the list of tools; the request has the sum. The body is not changed, a new one is
 * returned. Policy values are used only where the client said nothing, except the cap: there the smaller one wins.
 */
export function limitRequest(
  body: Body,
  policy: TokensPolicy,
  countTokens: (part: unknown) => number,
  outputField: OutputField = "max_completion_tokens",
): LimitedRequest {
  const messages: Message[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  const toolTokens = countTokens(body["tools"] ?? []);
  const tokensOf = (list: readonly Message[]) => list.reduce((sum, message) => sum + countTokens(message), 0);
  const askedTokens = toolTokens + tokensOf(messages);
  const changes: string[] = [];
  let limited = body;
  let inputTokens = askedTokens;

  const limit = policy.maxInputTokens;
  if (limit !== null && askedTokens > limit) {
    const trimmed = policy.onInputOver === "trim_history" ? trimHistory(messages, limit - toolTokens, countTokens) : messages;
    inputTokens = toolTokens + tokensOf(trimmed);
    if (inputTokens > limit) return { refusal: tooLong(askedTokens, inputTokens, limit), inputTokens: askedTokens };
    changes.push(`${messages.length - trimmed.length} oldest messages left out: ${askedTokens} → ${inputTokens} input tokens`);
    limited = { ...limited, messages: trimmed };
  }

  if (policy.maxOutputTokens !== null) {
    const capped = capOutput(limited, policy.maxOutputTokens, outputField);
    if (capped !== limited) changes.push(`at most ${policy.maxOutputTokens} output tokens`);
    limited = capped;
  }
  if (policy.stop.length > 0 && isAbsent(limited["stop"])) {
    limited = { ...limited, stop: policy.stop };
    changes.push("stop sequences added");
  }
  if (policy.responseFormat !== null && isAbsent(limited["response_format"])) {
    limited = { ...limited, response_format: policy.responseFormat };
    changes.push(`response format ${policy.responseFormat.type} added`);
  }
  return { body: limited, inputTokens, changes };
}

const isAbsent = (value: unknown) => value === undefined || value === null;

function tooLong(askedTokens: number, keptTokens: number, limit: number): string {
  const rest = keptTokens < askedTokens ? ` Without its older messages it still has about ${keptTokens}.` : "";
  return `The input has about ${askedTokens} tokens; at most ${limit} are allowed here.${rest} Send less text or fewer messages.`;
}

/** Every name under which the client set a limit is capped; -1 and the like mean "no limit" to some engines. */
function capOutput(body: Body, cap: number, outputField: OutputField): Body {
  const set = (["max_completion_tokens", "max_tokens"] as const).filter((field) => !isAbsent(body[field]));
  const fields = set.length > 0 ? set : [outputField];
  const over = fields.filter((field) => !isWithin(body[field], cap));
  return over.length === 0 ? body : { ...body, ...Object.fromEntries(over.map((field) => [field, cap])) };
}

const isWithin = (value: unknown, cap: number) => typeof value === "number" && value >= 1 && value <= cap;

/**
 * Leave out whole turns, oldest first, until the rest fits. A turn begins with a user message and has its answers and
 * tool results, so that no tool result is left without its call. Kept always: system and developer messages, and the
 * last user message with what follows it.
 */
function trimHistory(messages: readonly Message[], limit: number, countTokens: (part: unknown) => number): Message[] {
  const isPrompt = (message: Message) => message["role"] === "system" || message["role"] === "developer";
  const lastUser = messages.findLastIndex((message) => message["role"] === "user");
  let over = messages.reduce((sum, message) => sum + countTokens(message), 0) - limit;
  let inDroppedTurn = false;
  return messages.filter((message, index) => {
    if (isPrompt(message) || index >= lastUser) return true;
    if (message["role"] === "user" || !inDroppedTurn) inDroppedTurn = over > 0;
    if (inDroppedTurn) over -= countTokens(message);
    return !inDroppedTurn;
  });
}
