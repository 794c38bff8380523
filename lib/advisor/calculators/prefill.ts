/** Own numbers for the fields of a calculator, from facts of the metric catalogue. Pure; own-numbers.ts asks for the facts. */
import { Decimal } from "@/lib/money";
import { HOURS_PER_MONTH } from "./definition";

/** Metrics of calls that prefilling needs … */
export const USAGE_FACTS = [
  "requests",
  "cost_usd",
  "tokens_input",
  "tokens_cache_read",
  "tokens_cache_write",
  "tokens_output",
  "tokens_total",
  "cost_per_1m_tokens",
  "cost_per_request",
  "cache_hits",
  "actions",
  "calls_per_action",
  "cost_per_action",
  "latency_p50",
  "latency_p95",
  "latency_p99",
  "tokens_out_p95",
] as const;
/** … and of GPU nodes, which only people who see every tenant are given. */
export const NODE_FACTS = [
  "gpu_hours",
  "gpu_cost_usd",
  "gpu_utilization",
  "gpu_memory_use",
  "kv_cache_usage",
  "gpu_tokens_per_second",
] as const;

type FactId = (typeof USAGE_FACTS)[number] | (typeof NODE_FACTS)[number];

export interface Facts {
  values: Partial<Record<FactId, Decimal | null>>;
  periodHours: number;
  /** Requests of the busiest hour; null without any. */
  peakHourRequests: Decimal | null;
}

export interface OwnValue {
  /** Decimal text, ready for the field. */
  value: string;
  /** Where it comes from, in words. */
  from: string;
}

type Reading = { value: Decimal | null | undefined; from: string; digits?: number };

/** Field → value, for the fields that own telemetry can fill. A number that is not there leaves its field alone. */
export function prefill(calculatorId: string, facts: Facts): Record<string, OwnValue> {
  const readings = READINGS[calculatorId]?.(readerOf(facts)) ?? {};
  return Object.fromEntries(
    Object.entries(readings).flatMap(([field, { value, from, digits = 6 }]) =>
      value?.isFinite() ? [[field, { value: value.toDecimalPlaces(digits, Decimal.ROUND_HALF_UP).toFixed(), from }]] : [],
    ),
  );
}

function readerOf({ values, periodHours, peakHourRequests }: Facts) {
  const fact = (id: FactId) => values[id] ?? null;
  const ratio = (a: Decimal | null, b: Decimal | null) => (a === null || b === null || b.isZero() ? null : a.div(b));
  const sum = (...ids: FactId[]) => {
    const known = ids.map(fact).filter((one) => one !== null);
    return known.length === 0 ? null : known.reduce((a, b) => a.add(b));
  };
  const aMonth = (value: Decimal | null) => value?.mul(HOURS_PER_MONTH).div(periodHours) ?? null;
  const percent = (value: Decimal | null) => value?.mul(100) ?? null;
  const requests = fact("requests");
  const asked = requests?.sub(fact("cache_hits") ?? 0) ?? null;
  return {
    fact,
    percent,
    requestsMonth: { value: aMonth(requests), from: "requests, scaled to a month of 730 hours", digits: 0 },
    billMonth: { value: aMonth(fact("cost_usd")), from: "cost, scaled to a month of 730 hours", digits: 2 },
    gpuBillMonth: { value: aMonth(fact("gpu_cost_usd")), from: "cost of GPU time, scaled to a month", digits: 2 },
    inputEach: {
      value: ratio(sum("tokens_input", "tokens_cache_read", "tokens_cache_write"), requests),
      from: "input tokens, cached ones included, ÷ requests",
      digits: 1,
    },
    outputEach: { value: ratio(fact("tokens_output"), requests), from: "output tokens ÷ requests", digits: 1 },
    // Where hits are a field of their own, tokens are those of a request that reaches a model.
    inputAsked: {
      value: ratio(sum("tokens_input", "tokens_cache_read", "tokens_cache_write"), asked),
      from: "input tokens, cached ones included, ÷ requests that no response cache answered",
      digits: 1,
    },
    outputAsked: {
      value: ratio(fact("tokens_output"), asked),
      from: "output tokens ÷ requests that no response cache answered",
      digits: 1,
    },
    tokensEach: { value: ratio(fact("tokens_total"), requests), from: "all tokens ÷ requests", digits: 1 },
    blended: { value: fact("cost_per_1m_tokens"), from: "cost per 1M tokens, input and output alike" },
    hitShare: { value: percent(ratio(fact("cache_hits"), requests)), from: "answers from response caches ÷ requests", digits: 2 },
    gpus: { value: fact("gpu_hours")?.div(periodHours), from: "GPU-hours ÷ hours of the period", digits: 0 },
    gpuHour: { value: ratio(fact("gpu_cost_usd"), fact("gpu_hours")), from: "cost of GPU time ÷ GPU-hours", digits: 4 },
    utilization: { value: percent(fact("gpu_utilization")), from: "busy ÷ all GPU time", digits: 1 },
    averageQps: { value: requests?.div(periodHours * 3600), from: "requests ÷ seconds of the period", digits: 4 },
    peakQps: { value: peakHourRequests?.div(3600), from: "requests of the busiest hour ÷ 3,600", digits: 4 },
  } as const;
}

type Reader = ReturnType<typeof readerOf>;

const READINGS: Record<string, (own: Reader) => Record<string, Reading>> = {
  "llm-cost": (own) => ({
    requests: own.requestsMonth,
    inputTokens: own.inputAsked,
    outputTokens: own.outputAsked,
    inputUsd: own.blended,
    outputUsd: own.blended,
    hitRate: own.hitShare,
  }),
  "routing-blend": (own) => ({ inputTokens: own.inputEach, outputTokens: own.outputEach }),
  "prompt-caching": (own) => ({ billUsd: own.billMonth }),
  "batch-lane": (own) => ({ billUsd: own.billMonth }),
  "agent-chain": (own) => ({
    actions: { value: own.fact("actions"), from: "actions of the period", digits: 0 },
    calls: { value: own.fact("calls_per_action"), from: "calls per action", digits: 0 },
    callUsd: { value: own.fact("cost_per_request"), from: "cost per request" },
  }),
  "output-cap": (own) => ({
    requests: own.requestsMonth,
    inputTokens: own.inputEach,
    before: own.outputEach,
    inputUsd: own.blended,
    outputUsd: own.blended,
  }),
  "quantization-roi": (own) => ({ volume: own.requestsMonth, hourlyUsd: own.gpuHour }),
  "batching-economics": (own) => ({
    volume: own.requestsMonth,
    hourlyUsd: own.gpuHour,
    p95SingleMs: { value: own.fact("latency_p95"), from: "latency p95", digits: 1 },
  }),
  autoscaling: (own) => ({ peakQps: own.peakQps, averageQps: own.averageQps, hourlyUsd: own.gpuHour }),
  "self-host": (own) => ({
    gpus: own.gpus,
    hourlyUsd: own.gpuHour,
    apiUsd: own.blended,
    utilization: own.utilization,
  }),
  "gpu-waste": (own) => ({ gpus: own.gpus, hourlyUsd: own.gpuHour, utilization: own.utilization }),
  "latency-benchmark": (own) => ({
    p50Ms: { value: own.fact("latency_p50"), from: "latency p50", digits: 1 },
    p95Ms: { value: own.fact("latency_p95"), from: "latency p95", digits: 1 },
    p99Ms: { value: own.fact("latency_p99"), from: "latency p99", digits: 1 },
  }),
  "inference-split": (own) => ({
    utilization: own.utilization,
    memory: { value: own.percent(own.fact("gpu_memory_use")), from: "used ÷ total GPU memory", digits: 1 },
    kv: { value: own.percent(own.fact("kv_cache_usage")), from: "KV cache usage", digits: 1 },
  }),
  "cost-equation": (own) => ({
    computePerRequest: own.tokensEach,
    requests: own.requestsMonth,
    computePerUsd: {
      value: own.blended.value?.isZero() === false ? new Decimal(1e6).div(own.blended.value) : null,
      from: "tokens ÷ cost",
      digits: 0,
    },
  }),
  "workload-estimator": (own) => ({ requests: own.requestsMonth, tokensEach: own.tokensEach, blendedUsd: own.blended }),
  "lever-stack": (own) => ({ billUsd: own.billMonth }),
  "cost-per-request-path": (own) => ({
    startUsd: { value: own.fact("cost_per_request"), from: "cost per request" },
    reachedUsd: { value: own.fact("cost_per_request"), from: "cost per request" },
  }),
  "spot-instances": (own) => ({ billUsd: own.gpuBillMonth }),
  "right-size-instance": (own) => ({ largeUsd: own.gpuHour }),
  distillation: (own) => ({ billUsd: own.billMonth }),
};
