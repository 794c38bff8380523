/** What-if replay: what is asked and answered. Pure: the page and the API share it. */
import { z } from "zod";

const name = z.string().trim().min(1).max(200);
const usdPerMillion = z
  .string()
  .trim()
  .regex(/^\d{1,6}(\.\d{1,9})?$/, "must be dollars per 1M tokens, like 2.50");

export const replaySchema = z.strictObject({
  days: z.number().int().min(1).max(14).default(7).describe("Of requests, up to the running hour"),
  tenant: name.optional(),
  endpoint: name.optional(),
  scenario: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("cache"),
      ttlSec: z.number().int().min(1).max(2_592_000),
      scope: z
        .enum(["tenant", "public"])
        .default("tenant")
        .describe("Who shares answers. `user` cannot be replayed: telemetry names no users"),
    }),
    z.strictObject({
      kind: z.literal("routing"),
      model: name.describe("Who is to answer, as events name it"),
      provider: name,
      when: z
        .strictObject({
          route: name.optional(),
          maxInputTokens: z.number().int().min(0).max(100_000_000).optional().describe("Inclusive"),
          stream: z.boolean().optional(),
        })
        .default({}),
    }),
    z.strictObject({ kind: z.literal("cap"), maxOutputTokens: z.number().int().min(1).max(10_000_000) }),
    z.strictObject({
      kind: z.literal("prices"),
      provider: name,
      model: name,
      input: usdPerMillion,
      cacheRead: usdPerMillion.optional().describe("Absent: as input"),
      output: usdPerMillion,
    }),
  ]),
});
export type ReplayInput = z.input<typeof replaySchema>;
export type ReplayRequest = z.output<typeof replaySchema>;
export type Scenario = ReplayRequest["scenario"];

export interface ReplayGroup {
  key: string;
  requests: number;
  affected: number;
  beforeUsd: string;
  afterUsd: string;
}

export interface ReplayResult {
  from: string;
  to: string;
  /** What part of all requests was played; 1: all. Counts below are scaled up from it. */
  sampleShare: number;
  requests: number;
  /** Answered from the cache, by the other model, cut, or at the other price. */
  affected: number;
  /** Of the cache: hits among requests that say what they ask. Else null. */
  hitRate: number | null;
  /** Requests that say nothing of their content, and so cannot be a hit. */
  unknown: number;
  beforeUsd: string;
  afterUsd: string;
  /** Before less after, with its 95 % interval over days. Negative: it costs more. */
  savedUsd: string;
  savedLowUsd: string;
  savedHighUsd: string;
  days: number;
  /** Time that nobody waited for a model, of cache hits. */
  secondsSpared: number | null;
  byTenant: ReplayGroup[];
  byEndpoint: ReplayGroup[];
  /** Some of the affected, those that change most first. */
  examples: { requestId: string; tenant: string; endpoint: string; beforeUsd: string; afterUsd: string }[];
  assumptions: string[];
}

export interface ReplayOptions {
  models: { provider: string; model: string }[];
  endpoints: string[];
  tenants: string[];
}
