/** What people ask of benchmarks, and what they are answered. Pure: forms, API and store share it. */
import { z } from "zod";

export const LIMITS = {
  warmUps: { min: 0, max: 50, initial: 10 },
  runs: { min: 20, max: 500, initial: 100 },
  concurrency: { min: 1, max: 16, initial: 1 },
  promptTokens: { min: 16, max: 8_000, initial: 200 },
  maxTokens: { min: 1, max: 1_000, initial: 64 },
} as const;
export type LimitedField = keyof typeof LIMITS;

const limited = (field: LimitedField) => {
  const { min, max, initial } = LIMITS[field];
  return z.coerce.number().int().min(min).max(max).default(initial);
};

const size = {
  model: z.string().trim().min(1, "Which model or route?").max(200),
  warmUps: limited("warmUps").describe("Sent first, not counted"),
  runs: limited("runs").describe("Measured requests"),
  promptTokens: limited("promptTokens"),
  maxTokens: limited("maxTokens"),
};

/** Only how much it is: what an estimate depends on. */
export const benchmarkSizeSchema = z.strictObject(size);
export type BenchmarkSize = z.output<typeof benchmarkSizeSchema>;

export const benchmarkOrderSchema = z.strictObject({
  name: z.string().trim().max(120).default(""),
  endpoint: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("gateway"), name: z.string().min(1).max(200).describe("One of `gateways`") }),
    z.strictObject({
      kind: z.literal("url"),
      baseUrl: z
        .url({ protocol: /^https?$/ })
        .max(500)
        .describe("Up to and with /v1. Its host must be in HEADROOM_EVALUATION_HOSTS"),
    }),
  ]),
  ...size,
  concurrency: limited("concurrency").describe("Requests at a time"),
  capUsd: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,9})?$/, "An amount, for example 0.50.")
    .nullable()
    .default(null)
    .describe("What it may cost at most; needed when a price is known. See the estimate"),
});
export type BenchmarkOrder = z.output<typeof benchmarkOrderSchema>;
export type BenchmarkOrderInput = z.input<typeof benchmarkOrderSchema>;

/** By which rule money is counted. */
export interface BenchmarkPrice {
  provider: string;
  model: string;
}

export interface BenchmarkEstimate {
  requests: number;
  /** At most, of all requests together. */
  tokensIn: number;
  tokensOut: number;
  price: BenchmarkPrice | null;
  /** At most; null: no price is known. */
  mostUsd: string | null;
  /** Where it comes from, in words. */
  basis: string;
}

export const BENCHMARK_STATUSES = ["queued", "running", "done", "stopped", "failed", "cancelled"] as const;
export type BenchmarkStatus = (typeof BENCHMARK_STATUSES)[number];
export const isOver = (status: BenchmarkStatus): boolean => status !== "queued" && status !== "running";

/** One request. Milliseconds from the open connection. */
export interface BenchmarkSample {
  /** From 0; those below the order's `warmUps` are warm-ups. */
  seq: number;
  connectMs: number | null;
  /** Null: the answer was not streamed, or there was none. */
  ttftMs: number | null;
  totalMs: number;
  tokensIn: number;
  tokensOut: number;
  model: string | null;
  fromCache: boolean;
  costNanoUsd: bigint | null;
  /** Null: it was answered. */
  error: string | null;
}

/** Milliseconds; null: too few answers for it. */
export interface Spread {
  answers: number;
  mean: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export const TIMES = ["ttft", "total", "interToken"] as const;
export type Time = (typeof TIMES)[number];

export interface BenchmarkSummary {
  sent: number;
  answered: number;
  errors: number;
  /** The most frequent first. */
  errorKinds: { error: string; count: number }[];
  times: Record<Time, Spread>;
  /** Opening the connection, apart from everything else. */
  connect: Spread;
  /** Of one stream, from its first token to its last. */
  tokensPerSecond: number | null;
  /** Of all streams together. */
  tokensPerSecondAll: number | null;
  requestsPerSecond: number | null;
  /** 1,000 ÷ mean ms. */
  requestsPerSecondPublished: number | null;
  tokensInMean: number | null;
  tokensOutMean: number | null;
  fromCache: number;
  models: string[];
  /** Warm-ups too; null: no price is known. */
  costUsd: string | null;
}

export interface BenchmarkView {
  id: string;
  name: string;
  status: BenchmarkStatus;
  reason: string | null;
  order: BenchmarkOrder;
  /** Nothing about its answers is real. */
  simulated: boolean;
  price: BenchmarkPrice | null;
  done: number;
  total: number;
  /** Of what has been measured; null: not ended yet, or nothing was. */
  summary: BenchmarkSummary | null;
  startedBy: string;
  createdAt: string;
  endedAt: string | null;
}

/** One benchmark with its measured latencies at the percentiles 1–99, for the chart. */
export interface BenchmarkDetail extends BenchmarkView {
  curve: { percentile: number; ttftMs: number | null; totalMs: number | null }[];
}

export interface TimeComparison {
  time: Time;
  before: Spread;
  after: Spread;
  /** Geometric mean after ÷ before, with its 95 % interval; null: too few answers. */
  ratio: { value: number; low: number; high: number } | null;
  verdict: "faster" | "slower" | "no clear difference" | "too few answers";
}

export interface BenchmarkComparison {
  before: BenchmarkView;
  after: BenchmarkView;
  times: TimeComparison[];
  /** In what the two orders differ, apart from where and what was asked. */
  warnings: string[];
}

export interface BenchmarkList {
  /** Newest first. */
  benchmarks: BenchmarkView[];
  /** Gateways that can be asked by name; simulated ones. */
  gateways: string[];
  /** Hosts that an operator allowed. */
  hosts: string[];
  /** Routes that wrote answers in the last 7 days, most output tokens first. */
  models: string[];
}
