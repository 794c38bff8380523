/**
 * The demo fleet as data: who sends what, to which model, from where. None of it exists: every company, gateway and
 * GPU here is made up, and everything made from it is marked as simulated. The planted problems are in README.md.
 */

/** Traffic through the day and the week: office hours, evenings and weekends, round the clock. */
export type Shape = "office" | "consumer" | "always";

export interface TenantPlan {
  id: string;
  name: string;
  region: "eu-west-1" | "us-east-1";
  gateway: "gw-eu-1" | "gw-us-1";
  /** Hours from UTC; no daylight saving, so that the generator stays a function of the clock alone. */
  zoneHours: number;
  shape: Shape;
  /** Traffic after 30 days as a factor. Growth ends after 90 days: a demo may run for months. */
  growth: number;
  team: string;
}

export const TENANTS = [
  {
    id: "northwind-bank",
    name: "Northwind Bank",
    region: "eu-west-1",
    gateway: "gw-eu-1",
    zoneHours: 1,
    shape: "office",
    growth: 1.05,
    team: "service",
  },
  {
    id: "lumen-health",
    name: "Lumen Health",
    region: "us-east-1",
    gateway: "gw-us-1",
    zoneHours: -5,
    shape: "office",
    growth: 1.1,
    team: "care",
  },
  {
    id: "brightcart",
    name: "BrightCart",
    region: "eu-west-1",
    gateway: "gw-eu-1",
    zoneHours: 1,
    shape: "consumer",
    growth: 1.2,
    team: "shop",
  },
  {
    id: "orbit-logistics",
    name: "Orbit Logistics",
    region: "us-east-1",
    gateway: "gw-us-1",
    zoneHours: -6,
    shape: "always",
    growth: 1,
    team: "ops",
  },
  {
    id: "fernway-legal",
    name: "Fernway Legal",
    region: "eu-west-1",
    gateway: "gw-eu-1",
    zoneHours: 0,
    shape: "office",
    growth: 0.95,
    team: "review",
  },
  {
    id: "pixelforge",
    name: "PixelForge Studio",
    region: "us-east-1",
    gateway: "gw-us-1",
    zoneHours: -8,
    shape: "consumer",
    growth: 1.7,
    team: "build",
  },
] as const satisfies readonly TenantPlan[];
export type TenantId = (typeof TENANTS)[number]["id"];

export type EndpointId =
  | "support.chat"
  | "kb.answer"
  | "ticket.classify"
  | "invoice.extract"
  | "search.embed"
  | "assistant.agent"
  | "docs.summarize"
  | "ide.complete";

/** What starts in an average day, before shape and growth; one start makes one or more requests (recipes.ts). */
export const STARTS_PER_DAY: Record<EndpointId, Partial<Record<TenantId, number>>> = {
  "support.chat": { "northwind-bank": 430, brightcart: 620, "lumen-health": 180, "orbit-logistics": 120 },
  "kb.answer": { "northwind-bank": 380, "lumen-health": 420, brightcart: 520, "fernway-legal": 160, pixelforge: 90 },
  "ticket.classify": { "northwind-bank": 900, brightcart: 1_100, "lumen-health": 300, "orbit-logistics": 200 },
  "invoice.extract": { "orbit-logistics": 420, "northwind-bank": 260, "fernway-legal": 150 },
  "search.embed": { brightcart: 1_100, pixelforge: 350, "fernway-legal": 200, "lumen-health": 150 },
  "assistant.agent": { pixelforge: 110, "northwind-bank": 60, "orbit-logistics": 50 },
  "docs.summarize": { "fernway-legal": 100, "lumen-health": 65, "northwind-bank": 40 },
  "ide.complete": { pixelforge: 620, brightcart: 180 },
};

export interface ModelPlan {
  provider: "openai" | "anthropic" | "google" | "self-hosted";
  model: string;
  /** Median time to first token and steady decode speed of one stream. */
  ttftMs: number;
  tokensPerSec: number;
  pool?: "llama-8b" | "qwen-coder-32b";
  precision?: string;
}

export const MODELS = {
  gpt41: { provider: "openai", model: "gpt-4.1", ttftMs: 480, tokensPerSec: 78 },
  gpt41mini: { provider: "openai", model: "gpt-4.1-mini", ttftMs: 330, tokensPerSec: 115 },
  embed: { provider: "openai", model: "text-embedding-3-small", ttftMs: 60, tokensPerSec: 0 },
  sonnet: { provider: "anthropic", model: "claude-sonnet-4-5", ttftMs: 720, tokensPerSec: 66 },
  flash: { provider: "google", model: "gemini-2.5-flash", ttftMs: 300, tokensPerSec: 150 },
  llama: {
    provider: "self-hosted",
    model: "llama-3.1-8b-instruct",
    ttftMs: 140,
    tokensPerSec: 17,
    pool: "llama-8b",
    precision: "bf16",
  },
  qwen: {
    provider: "self-hosted",
    model: "qwen2.5-coder-32b",
    ttftMs: 110,
    tokensPerSec: 38,
    pool: "qwen-coder-32b",
    precision: "fp8",
  },
} as const satisfies Record<string, ModelPlan>;

export interface PoolPlan {
  id: NonNullable<ModelPlan["pool"]>;
  name: string;
  model: string;
  engine: string;
  gpuType: string;
  region: string;
  nodes: readonly string[];
  /** What one node can hold and do; sizes the samples. */
  memoryTotalMib: number;
  weightsMib: number;
  /** Tokens that fit into the KV cache that the weights leave. */
  kvTokens: number;
  maxWatts: number;
}

const nodesOf = (pool: string) => [1, 2, 3, 4].map((n) => `${pool}-n${n}`);

/**
 * llama-8b: 16-bit weights on 24 GB leave 4 GB for the KV cache: at 128 kB a token some 32,000 tokens, three long
 * documents. qwen-coder-32b: 8-bit weights on 48 GB, plenty of room, and hardly anyone calls it.
 */
export const POOLS: readonly PoolPlan[] = [
  {
    id: "llama-8b",
    name: "Llama 8B (simulated)",
    model: "llama-3.1-8b-instruct",
    engine: "vllm",
    gpuType: "L4",
    region: "eu-west-1",
    nodes: nodesOf("llama-8b"),
    memoryTotalMib: 23_034,
    weightsMib: 15_700,
    kvTokens: 32_000,
    maxWatts: 72,
  },
  {
    id: "qwen-coder-32b",
    name: "Qwen Coder 32B (simulated)",
    model: "qwen2.5-coder-32b",
    engine: "vllm",
    gpuType: "L40S",
    region: "us-east-1",
    nodes: nodesOf("qwen-coder-32b"),
    memoryTotalMib: 46_068,
    weightsMib: 33_400,
    kvTokens: 36_000,
    maxWatts: 350,
  },
];

/** Dollars per 1M tokens that the platform team charges for its own models. */
export const INTERNAL_RATES = [
  { model: "llama-3.1-8b-instruct", input: "0.12", cacheRead: "0.03", output: "0.45" },
  { model: "qwen2.5-coder-32b", input: "0.35", cacheRead: "0.09", output: "1.05" },
] as const;

/** The contract that starts in the middle of the history: a fifth off list for one model. */
export const NEGOTIATED = { provider: "openai", model: "gpt-4.1", input: "1.60", cacheRead: "0.40", output: "6.40" } as const;
