/**
 * One meaning, many names. The GenAI conventions are at Development status and senders emit three generations of them
 * besides OpenInference and OpenLLMetry: each list is in order of preference, newest first, and the first present wins.
 */
import type { Attributes, AttributeValue } from "./scalars";

const ALIASES = {
  operation: ["gen_ai.operation.name", "llm.request.type", "openinference.span.kind"],
  provider: ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "llm.vendor"],
  modelRequested: ["gen_ai.request.model", "llm.request.model", "llm.model_name", "embedding.model_name"],
  modelServed: ["gen_ai.response.model", "llm.response.model"],
  responseId: ["gen_ai.response.id"],
  finishReasons: [
    "gen_ai.response.finish_reasons",
    "gen_ai.response.finish_reason",
    "llm.response.finish_reason",
    "llm.finish_reason",
  ],
  errorType: ["error.type"],
  stream: ["gen_ai.request.stream", "gen_ai.request.is_stream", "llm.is_streaming"],
  /** Seconds. */
  timeToFirst: ["gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token", "gen_ai.latency.time_to_first_token"],
  input: ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt"],
  output: [
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.completion",
  ],
  total: ["gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total"],
  cacheRead: [
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "llm.token_count.prompt_details.cache_read",
  ],
  cacheWrite: [
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "llm.token_count.prompt_details.cache_write",
  ],
  reasoning: [
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "llm.token_count.completion_details.reasoning",
  ],
  audioIn: ["gen_ai.usage.audio.input_tokens", "llm.token_count.prompt_details.audio"],
  audioCacheRead: ["gen_ai.usage.audio.cache_read.input_tokens"],
  audioOut: ["gen_ai.usage.audio.output_tokens", "llm.token_count.completion_details.audio"],
  serviceTier: [
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "gen_ai.response.service_tier",
    "openai.request.service_tier",
  ],
  /** Dollars, what the sender thinks it cost. */
  cost: ["gen_ai.usage.cost", "llm.cost.total"],
} as const satisfies Record<string, readonly string[]>;

export type Meaning = keyof typeof ALIASES;

export interface Found {
  /** The attribute name the sender used. */
  name: string;
  value: AttributeValue;
}

/** The value of a meaning under its newest present name. */
export function findMeaning(attributes: Attributes, meaning: Meaning): Found | undefined {
  for (const name of ALIASES[meaning]) {
    const value = attributes.get(name);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

/** Operations that call a model and therefore cost money. `invoke_agent` and its like repeat their children's usage. */
export type BilledOperation = "chat" | "text_completion" | "generate_content" | "embeddings";

// Other dialects' words for the same four. Anything else (agents, tools, chains, retrieval) is not billed.
const OPERATIONS: Record<string, BilledOperation> = {
  chat: "chat",
  text_completion: "text_completion",
  generate_content: "generate_content",
  embeddings: "embeddings",
  embedding: "embeddings",
  completion: "text_completion",
  llm: "chat",
};

/**
 * The billed operation of a span, or null when it is not one. A span without any operation name counts as a chat only
 * when it is a client call that states tokens: older instrumentations did not name the operation.
 */
export function billedOperation(attributes: Attributes, isClient: boolean): BilledOperation | null {
  const stated = findMeaning(attributes, "operation");
  if (stated) return OPERATIONS[String(stated.value).toLowerCase()] ?? null;
  const hasTokens = findMeaning(attributes, "input") ?? findMeaning(attributes, "output");
  return isClient && hasTokens && findMeaning(attributes, "provider") ? "chat" : null;
}

// OpenTelemetry's provider names → the names that every other source uses, so that one provider is one dimension value.
const PROVIDERS: Record<string, string> = {
  "aws.bedrock": "aws",
  aws_bedrock: "aws",
  "azure.ai.openai": "azure",
  "az.ai.openai": "azure",
  "azure.ai.inference": "azure",
  "az.ai.inference": "azure",
  "gcp.gemini": "google",
  "gcp.vertex_ai": "google",
  "gcp.gen_ai": "google",
  vertex_ai: "google",
  vertexai: "google",
  gemini: "google",
  mistral_ai: "mistral",
  mistralai: "mistral",
  x_ai: "x-ai",
  xai: "x-ai",
  moonshot_ai: "moonshotai",
};

export function providerName(stated: AttributeValue | undefined): string {
  const name = stated === undefined ? "" : String(stated).trim().toLowerCase();
  return PROVIDERS[name] ?? (name === "" ? "unknown" : name);
}
