/**
 * Which requests have the same answer. A key is the canonical text of everything that decides the answer; the caller
 * hashes it. What is not known to be irrelevant is relevant: a body field that nobody thought of makes another key.
 *
 * Nothing crosses a partition: it is part of the text, and tenant and user ids are escaped so that no two identities
 * spell the same one. Make keys from the request *after* `limitRequest`, for the target that is going to answer.
 */
import canonicalize from "canonicalize";
import type { PlannedTarget, RoutePlan } from "./pick";
import type { CacheScope, CachingPolicy } from "./schemas";

/** Who asks. Never from the body: a client can write there what it likes. */
export interface CacheIdentity {
  tenant: string;
  user: string | null;
}

export interface CacheInput {
  /** The request as it would be sent, an OpenAI chat or embeddings body. */
  body: Record<string, unknown>;
  /** The model that answers, as its upstream calls it. */
  model: string;
  /** From `routingVersion`. */
  routing: string;
  /** The sender's own version of its system prompt; null = the prompt's text is its version. */
  promptVersion: string | null;
  identity: CacheIdentity;
}

/** `refusal`: this request is not cached, and why. */
export type CacheKey = { partition: string; text: string } | { refusal: string };

/** What of the routing decides the answer: who answers, and when somebody else answers instead. Not weights or shares. */
export function routingVersion(plan: RoutePlan, served: PlannedTarget = plan.targets[0]!): string {
  const answerer = (target: PlannedTarget) => ({ upstream: target.upstream, model: target.model });
  const cascade = plan.cascade && { escalateTo: answerer(plan.cascade.escalateTo), when: plan.cascade.when };
  return canonical({ ...answerer(served), cascade });
}

/** Key of the exact cache. Streamed and whole answers share it: what is stored is the answer, not its transport. */
export function cacheKeyText(input: CacheInput, policy: CachingPolicy): CacheKey {
  const { enabled, scope, namespace } = policy.exact;
  if (!enabled) return { refusal: "The exact cache is off." };
  if (policy.traits.personalised && scope !== "user") return { refusal: "A personalised answer is cached only in user scope." };
  const partition = partitionOf(scope, input.identity);
  if (partition === null) return { refusal: `The request names no ${scope}.` };
  return { partition, text: canonical({ layer: "exact", namespace, partition, ...answerFacts(input, policy, scope) }) };
}

/**
 * Where the semantic cache may look, and the text to look for. The partition is everything that decides the answer but
 * the last question: only the wording of that may differ between the asked and the stored one. Figures and what is
 * written with figures (order numbers, dates, amounts, product names) are not wording: vectors hardly tell them apart.
 */
export function semanticKeyText(
  input: CacheInput,
  policy: CachingPolicy,
): { partition: string; question: string } | { refusal: string } {
  const { enabled, scope, namespace, embedding } = policy.semantic;
  if (!enabled || !embedding) return { refusal: "The semantic cache is off." };
  const trait = SEMANTIC_TRAITS.find((name) => policy.traits[name]);
  if (trait) return { refusal: `No semantic cache: this endpoint is marked ${trait}.` };
  if (hasTools(input.body)) return { refusal: "No semantic cache: a tool call must come from this very question." };
  const messages = messagesOf(input.body);
  const last = messages.at(-1);
  const question = last && last["role"] === "user" ? textOf(last["content"]) : null;
  if (!last || !question) return { refusal: "No semantic cache: the last message is not a question in text." };
  const identity = partitionOf(scope, input.identity);
  if (identity === null) return { refusal: `The request names no ${scope}.` };
  const body = { ...input.body, messages: [...messages.slice(0, -1), { ...last, content: null }] };
  const facts = answerFacts({ ...input, body }, policy, scope);
  const figures = (question.match(WORDS) ?? []).filter((word) => /\p{N}/u.test(word)).map((word) => word.toLowerCase());
  return { partition: canonical({ layer: "semantic", namespace, partition: identity, embedding, figures, ...facts }), question };
}

/** With the signs inside them: `3.5`, `2026-11-20`, `gpt-4o`; not with those behind: `124?`. */
const WORDS = /[\p{L}\p{N}](?:[\p{L}\p{N}]|[-.,:/](?=[\p{L}\p{N}]))*/gu;

/** Key of one input of an embeddings request: the same text is embedded once per model, settings and index version. */
export function embeddingKeyText(item: unknown, input: Omit<CacheInput, "promptVersion">, policy: CachingPolicy): CacheKey {
  const { enabled, scope, namespace } = policy.retrieval;
  if (!enabled) return { refusal: "The embedding cache is off." };
  const partition = partitionOf(scope, input.identity);
  if (partition === null) return { refusal: `The request names no ${scope}.` };
  const { input: _items, ...body } = input.body;
  const facts = answerFacts({ ...input, body, promptVersion: null }, policy, scope);
  return { partition, text: canonical({ layer: "retrieval", namespace, partition, item, ...facts }) };
}

export const SEMANTIC_TRAITS = ["highStakes", "personalised", "timeSensitive"] as const;

type Message = Record<string, unknown>;

function answerFacts({ body, model, routing, promptVersion }: CacheInput, policy: CachingPolicy, scope: CacheScope) {
  const { volatileFields, whitespace } = policy.exact;
  const kept = without(
    body,
    volatileFields.filter((field) => !decidesAnswer(field)).map((field) => field.slice(1).split("/")),
  ) as Record<string, unknown>;
  const { model: _asked, stream: _stream, stream_options: _options, messages: list, ...settings } = kept;
  const messages = messagesOf(kept).map((message) => (whitespace === "collapse" ? collapsed(message) : message));
  const firstTurn = messages.findIndex((message) => message["role"] !== "system" && message["role"] !== "developer");
  const promptLength = firstTurn < 0 ? messages.length : firstTurn;
  const prompt = messages.slice(0, promptLength);
  return {
    model,
    routing,
    promptVersion,
    // Among tenants nobody may vouch for a prompt that nobody else sees: there the text counts even with a version.
    prompt: promptVersion === null || scope === "public" ? prompt : null,
    messages: messages.slice(promptLength),
    // Something that is not a list of messages: no chat request, but never the same as another one.
    odd: isMessages(list) ? null : list,
    settings,
  };
}

function partitionOf(scope: CacheScope, { tenant, user }: CacheIdentity): string | null {
  if (scope === "public") return "public";
  if (!tenant || (scope === "user" && !user)) return null;
  return scope === "tenant" ? `tenant:${escaped(tenant)}` : `user:${escaped(tenant)}/${escaped(user!)}`;
}

const escaped = (id: string) => id.replaceAll("%", "%25").replaceAll("/", "%2F");

const PARTS_OF_ANSWER = new Set(
  (
    "model messages input prompt tools tool_choice parallel_tool_calls functions function_call response_format temperature top_p top_k " +
    "min_p n seed stop max_tokens max_completion_tokens min_tokens presence_penalty frequency_penalty repetition_penalty logit_bias " +
    "logprobs top_logprobs reasoning_effort verbosity modalities dimensions encoding_format"
  ).split(" "),
);
const PARTS_OF_MESSAGE = new Set(["*", "role", "content", "tool_calls", "tool_call_id", "function_call", "refusal"]);

/** Fields that can never be declared volatile: without them two different questions would have one answer. */
export function decidesAnswer(pointer: string): boolean {
  const [, root = "", , field] = pointer.split("/");
  if (root === "*") return true;
  if (root === "messages") return field === undefined || PARTS_OF_MESSAGE.has(field);
  return PARTS_OF_ANSWER.has(root);
}

/** A copy without the fields at these paths; `*` is any key or index. */
function without(value: unknown, paths: string[][]): unknown {
  if (paths.length === 0 || typeof value !== "object" || value === null) return value;
  const under = (key: string) => paths.filter((path) => path[0] === key || path[0] === "*").map((path) => path.slice(1));
  if (Array.isArray(value)) {
    return value.map((item, index) => (under(String(index)).some(isHere) ? null : without(item, under(String(index)))));
  }
  const kept = Object.entries(value).filter(([key]) => !under(key).some(isHere));
  return Object.fromEntries(kept.map(([key, item]) => [key, without(item, under(key))]));
}

const isHere = (path: string[]) => path.length === 0;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isMessages = (value: unknown): value is Message[] => Array.isArray(value) && value.every(isRecord);

function messagesOf(body: Record<string, unknown>): Message[] {
  const messages = body["messages"];
  return isMessages(messages) ? messages : [];
}

function hasTools(body: Record<string, unknown>): boolean {
  const lists = [body["tools"], body["functions"], ...messagesOf(body).map((message) => message["tool_calls"])];
  return lists.some((list) => Array.isArray(list) && list.length > 0);
}

/** The text of a message, null when it is not text only. */
function textOf(content: unknown): string | null {
  if (typeof content === "string") return collapseSpace(content);
  if (!Array.isArray(content)) return null;
  const parts = content.map((part: unknown) => (isRecord(part) && part["type"] === "text" ? part["text"] : null));
  return parts.every((part) => typeof part === "string") ? collapseSpace(parts.join("\n")) : null;
}

const collapseSpace = (text: string) => text.replace(/\s+/g, " ").trim();

function collapsed(message: Message): Message {
  const { content } = message;
  if (typeof content === "string") return { ...message, content: collapseSpace(content) };
  if (!Array.isArray(content)) return message;
  const parts = content.map((part: unknown) =>
    isRecord(part) && typeof part["text"] === "string" ? { ...part, text: collapseSpace(part["text"]) } : part,
  );
  return { ...message, content: parts };
}

// `canonicalize` types its result as possibly undefined, which only `undefined` itself gives.
const canonical = (value: object): string => canonicalize(value) ?? "";
