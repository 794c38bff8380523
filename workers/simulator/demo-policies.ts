/**
 * What the demo's gateways and engines are told, at the first start. It keeps the planted problems of README.md: no
 * response cache for kb.answer, a frontier model that classifies, an impatient timeout of one tenant, uncapped drafts,
 * 16-bit weights under KV pressure.
 *
 * Upstreams are named in the gateways' own files: one per simulated provider, one per GPU node (its id).
 */
import type { PolicySeed } from "@/lib/policies/store";
import { MODELS, POOLS, type EndpointId, type ModelPlan, type TenantId } from "./fleet";

const SIMULATED_PROVIDERS: Record<Exclude<ModelPlan["provider"], "self-hosted">, string> = {
  openai: "openai-sim",
  anthropic: "anthropic-sim",
  google: "google-sim",
};

export function demoPolicies(): PolicySeed[] {
  return [
    global("routing", { routes: ROUTES, rules: RULES }),
    global("batching", { embeddings: { enabled: true, maxWaitMs: 10 }, background: { enabled: true, concurrency: 24 } }),
    global("tokens", { maxInputTokens: 120_000, onInputOver: "reject" }),
    endpoint("support.chat", "tokens", { maxOutputTokens: 450 }),
    endpoint("support.chat", "caching", { exact: { enabled: true, ttlSec: 3_600, scope: "tenant" } }),
    endpoint("kb.answer", "tokens", { maxOutputTokens: 900 }),
    endpoint("kb.answer", "caching", {
      semantic: { enabled: false },
      retrieval: { enabled: true, ttlSec: 86_400 },
      traits: { timeSensitive: true },
    }),
    endpoint("search.embed", "caching", { retrieval: { enabled: true, ttlSec: 86_400 } }),
    endpoint("ticket.classify", "caching", { semantic: { enabled: false }, traits: { highStakes: true } }),
    endpoint("invoice.extract", "caching", { semantic: { enabled: false }, traits: { highStakes: true } }),
    endpoint("assistant.agent", "caching", { semantic: { enabled: false }, traits: { personalised: true } }),
    endpoint("ide.complete", "tokens", { maxOutputTokens: 128, stop: ["\n\n\n"] }),
    endpoint("ide.complete", "caching", { exact: { enabled: true, ttlSec: 600, scope: "tenant" } }),
    ...(["northwind-bank", "orbit-logistics"] as const).map((id) => tenant(id, "caching", SEMANTIC)),
    tenant("brightcart", "caching", { retrieval: { enabled: true, ttlSec: 86_400 } }),
    tenant("orbit-logistics", "routing", {
      routes: { extract: { timeoutMs: 6_000, retry: { attempts: 5, budgetPercent: 50, backoffMs: 100 } } },
    }),
    ...POOLS.map(({ id, model }) => pool(id, { model, servedModelName: model, ...ENGINES[id] })),
  ];
}

const target = ({ provider, model }: ModelPlan, weight: number) => {
  if (provider === "self-hosted") throw new Error(`${model} has one target per node.`);
  return { upstream: SIMULATED_PROVIDERS[provider], model, weight };
};

/** The nodes of a model's pool, sharing evenly. */
function nodes({ pool, model }: ModelPlan): Record<string, object> {
  const plan = POOLS.find(({ id }) => id === pool)!;
  return Object.fromEntries(plan.nodes.map((node) => [node, { upstream: node, model, weight: 1, pool: plan.id }]));
}

const nodeNames = ({ pool }: ModelPlan) => [...POOLS.find(({ id }) => id === pool)!.nodes];
const retry = (attempts: number) => ({ attempts, budgetPercent: 10, backoffMs: 200 });

const ROUTES: Record<string, object> = {
  "chat-default": {
    targets: { "gpt-4.1-mini": target(MODELS.gpt41mini, 1), "gemini-flash": target(MODELS.flash, 0) },
    sticky: "action",
    fallback: { order: ["gemini-flash"] },
    retry: retry(2),
    timeoutMs: 30_000,
    coalesce: true,
  },
  "rag-default": {
    targets: { "gpt-4.1": target(MODELS.gpt41, 1), sonnet: target(MODELS.sonnet, 0) },
    sticky: "tenant",
    fallback: { order: ["sonnet"] },
    retry: retry(2),
    timeoutMs: 60_000,
  },
  "rag-private": {
    targets: nodes(MODELS.llama),
    fallback: { order: nodeNames(MODELS.llama) },
    retry: retry(2),
    timeoutMs: 60_000,
  },
  classify: {
    targets: { sonnet: target(MODELS.sonnet, 1), "gpt-4.1-mini": target(MODELS.gpt41mini, 0) },
    fallback: { order: ["gpt-4.1-mini"] },
    retry: retry(2),
    timeoutMs: 20_000,
  },
  extract: { targets: { "gemini-flash": target(MODELS.flash, 1) }, retry: retry(2), timeoutMs: 30_000 },
  agent: {
    targets: { sonnet: target(MODELS.sonnet, 1), "gpt-4.1": target(MODELS.gpt41, 0) },
    sticky: "action",
    fallback: { order: ["gpt-4.1"] },
    retry: retry(2),
    timeoutMs: 180_000,
  },
  summarize: {
    targets: nodes(MODELS.llama),
    fallback: { order: nodeNames(MODELS.llama) },
    retry: retry(3),
    timeoutMs: 180_000,
  },
  "summarize-reduce": {
    targets: { "gpt-4.1-mini": target(MODELS.gpt41mini, 1) },
    retry: retry(3),
    timeoutMs: 60_000,
  },
  code: { targets: nodes(MODELS.qwen), fallback: { order: nodeNames(MODELS.qwen) }, retry: retry(2), timeoutMs: 8_000 },
  "embed-default": { targets: { embed: target(MODELS.embed, 1) }, retry: retry(3), timeoutMs: 5_000 },
};

const RULES = {
  "health-stays-private": {
    priority: 10,
    when: { tenant: "lumen-health", endpoint: "kb.answer", route: "rag-default" },
    route: "rag-private",
  },
};

const SEMANTIC = {
  semantic: {
    enabled: true,
    threshold: 0.97,
    scope: "tenant",
    embedding: { upstream: SIMULATED_PROVIDERS.openai, model: MODELS.embed.model },
  },
  retrieval: { enabled: true, ttlSec: 86_400 },
};

const ENGINES: Record<(typeof POOLS)[number]["id"], object> = {
  "llama-8b": {
    quantization: "none",
    maxNumSeqs: 64,
    maxNumBatchedTokens: 8_192,
    gpuMemoryUtilization: 0.9,
    enablePrefixCaching: true,
  },
  "qwen-coder-32b": {
    quantization: "fp8",
    maxNumSeqs: 32,
    maxNumBatchedTokens: 8_192,
    gpuMemoryUtilization: 0.9,
    enablePrefixCaching: true,
  },
};

const message = "Demo: how the simulated fleet starts";
type GatewayKind = Exclude<PolicySeed["kind"], "engine">;
const global = (kind: GatewayKind, document: Record<string, unknown>): PolicySeed => ({
  kind,
  scope: { level: "global", value: null },
  document,
  message,
});
const endpoint = (value: EndpointId, kind: GatewayKind, document: Record<string, unknown>): PolicySeed => ({
  kind,
  scope: { level: "endpoint", value },
  document,
  message,
});
const tenant = (value: TenantId, kind: GatewayKind, document: Record<string, unknown>): PolicySeed => ({
  kind,
  scope: { level: "tenant", value },
  document,
  message,
});
const pool = (value: string, document: Record<string, unknown>): PolicySeed => ({
  kind: "engine",
  scope: { level: "pool", value },
  document,
  message,
});
