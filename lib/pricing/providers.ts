/**
 * Provider names as gateways, SDKs and OpenTelemetry send them → the provider ids of the base book.
 * Self-hosted engines map to "self-hosted", which the base book never prices: nobody pays a list price for an own GPU.
 */
export const SELF_HOSTED = "self-hosted";

const ALIASES: Record<string, string> = {
  // OpenTelemetry gen_ai.provider.name
  "aws.bedrock": "aws",
  "azure.ai.openai": "azure",
  "azure.ai.inference": "azure",
  "gcp.gemini": "google",
  "gcp.vertex_ai": "google",
  "gcp.gen_ai": "google",
  mistral_ai: "mistral",
  x_ai: "x-ai",
  moonshot_ai: "moonshotai",
  // LiteLLM custom_llm_provider and other common spellings
  "az.ai.openai": "azure",
  azure_ai: "azure",
  azure_openai: "azure",
  "azure-openai": "azure",
  bedrock: "aws",
  bedrock_converse: "aws",
  "amazon-bedrock": "aws",
  amazon_bedrock: "aws",
  vertex: "google",
  vertexai: "google",
  vertex_ai: "google",
  vertex_ai_beta: "google",
  "vertex-ai": "google",
  gemini: "google",
  "google-ai-studio": "google",
  googleai: "google",
  xai: "x-ai",
  grok: "x-ai",
  together_ai: "together",
  "together-ai": "together",
  togetherai: "together",
  fireworks_ai: "fireworks",
  "fireworks-ai": "fireworks",
  mistralai: "mistral",
  "mistral-ai": "mistral",
  moonshot: "moonshotai",
  perplexity_ai: "perplexity",
  "perplexity-ai": "perplexity",
  voyage: "voyageai",
  cohere_chat: "cohere",
  text_completion_openai: "openai",
  "openai-compatible": "unknown",
  github_copilot: "github-copilot",
};

const ENGINES = new Set([
  SELF_HOSTED,
  "selfhosted",
  "self_hosted",
  "vllm",
  "hosted_vllm",
  "sglang",
  "tgi",
  "tensorrt-llm",
  "trtllm",
  "triton",
  "llama.cpp",
  "llamacpp",
  "llamafile",
  "lm_studio",
  "ollama",
  "ollama_chat",
  "local",
  "on-prem",
]);

/** What a sender writes when it does not know who served: the model's name decides then. */
const NOBODY = new Set(["", "unknown", "litellm", "litellm_proxy", "portkey", "gateway", "proxy"]);

const BY_MODEL: [RegExp, string][] = [
  [/^(gpt-|chatgpt-|o[134](-|$)|text-embedding-(3|ada)|whisper-1|dall-e)/, "openai"],
  [/^claude/, "anthropic"],
  [/^gemini/, "google"],
  [/^deepseek/, "deepseek"],
  [/^(kimi|moonshot)/, "moonshotai"],
  [/^grok/, "x-ai"],
  [/^(mistral|ministral|codestral|magistral|devstral|pixtral|open-mi[sx]tral)/, "mistral"],
  [/^command-/, "cohere"],
  [/^voyage-/, "voyageai"],
];

/** Providers that resell others' models at their list price: where to look when their own list lacks a model. */
export const FALLBACK_PROVIDERS: Record<string, readonly string[]> = {
  azure: ["openai", "anthropic", "deepseek", "x-ai", "moonshotai"],
  google: ["anthropic"],
};

/** The book's provider id for what a sender wrote. `lowerCaseModel` decides when the sender named nobody. */
export function canonicalProvider(provider: string, lowerCaseModel: string): string {
  const name = provider.trim().toLowerCase();
  if (ENGINES.has(name)) return SELF_HOSTED;
  const known = ALIASES[name] ?? name;
  if (!NOBODY.has(known)) return known;
  const slash = lowerCaseModel.indexOf("/");
  if (slash > 0) {
    const prefix = lowerCaseModel.slice(0, slash);
    if (!NOBODY.has(prefix)) return canonicalProvider(prefix, lowerCaseModel.slice(slash + 1));
  }
  return BY_MODEL.find(([pattern]) => pattern.test(lowerCaseModel))?.[1] ?? "unknown";
}
