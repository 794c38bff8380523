import { describe, expect, it } from "vitest";
import { Decimal } from "@/lib/money";
import { readInputs } from "./calculate";
import { CALCULATORS } from "./catalogue";
import { prefill, type Facts } from "./prefill";

const dec = (value: number) => new Decimal(value);
/** Ten days of 240,000 requests, a quarter of them hits, and two GPUs. */
const FACTS: Facts = {
  periodHours: 240,
  peakHourRequests: dec(7_200),
  values: {
    requests: dec(240_000),
    cost_usd: dec(1_200),
    cost_per_request: dec(0.005),
    tokens_input: dec(90_000_000),
    tokens_cache_read: dec(18_000_000),
    tokens_cache_write: null,
    tokens_output: dec(36_000_000),
    tokens_total: dec(144_000_000),
    cost_per_1m_tokens: dec(8.3333333333),
    cache_hits: dec(60_000),
    gpu_hours: dec(480),
    gpu_cost_usd: dec(1_680),
    gpu_utilization: dec(0.4),
  },
};

describe("own numbers", () => {
  it("of LLM cost: a month of requests, tokens of those that reach a model, hits of all", () => {
    const values = prefill("llm-cost", FACTS);
    expect(Object.fromEntries(Object.entries(values).map(([field, { value }]) => [field, value]))).toEqual({
      requests: "730000",
      // 108M ÷ 180,000 and 36M ÷ 180,000.
      inputTokens: "600",
      outputTokens: "200",
      inputUsd: "8.333333",
      outputUsd: "8.333333",
      hitRate: "25",
    });
  });
  it("of GPUs: two of them at $3.50, 40 % in use", () => {
    const { gpus, hourlyUsd, utilization } = prefill("gpu-waste", FACTS);
    expect([gpus?.value, hourlyUsd?.value, utilization?.value]).toEqual(["2", "3.5", "40"]);
  });
  it("of autoscaling: the busiest hour and the average, a second", () => {
    const { peakQps, averageQps } = prefill("autoscaling", FACTS);
    expect([peakQps?.value, averageQps?.value]).toEqual(["2", "0.2778"]);
  });
  it("leaves a field alone when there is no number for it", () => {
    expect(prefill("gpu-waste", { ...FACTS, values: {} })).toEqual({});
    expect(prefill("llm-cost", { ...FACTS, values: { requests: dec(0) } })).toEqual({
      requests: { value: "0", from: "requests, scaled to a month of 730 hours" },
    });
  });
  it("fills only fields that there are, with values that they accept", () => {
    for (const calculator of CALCULATORS.values()) {
      const given = Object.fromEntries(Object.entries(prefill(calculator.id, FACTS)).map(([field, { value }]) => [field, value]));
      expect(readInputs(calculator, given).errors).toEqual({});
    }
  });
});
