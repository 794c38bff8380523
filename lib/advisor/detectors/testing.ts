/** Inputs by hand for the tests of detectors: what is not said is a quiet, well-run endpoint. */
import { policyReader } from "@/lib/policies/merge";
import { POLICY_SCHEMAS, type PolicyLayer } from "@/lib/policies/schemas";
import { noMeters } from "@/lib/telemetry/event";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { gpuPool, usagePool } from "../findings/finding";
import type { AdvisorInput, EndpointRow, PoolInput, SampleEvent, TrafficRow } from "./input";

export const FROM = Date.parse("2026-11-01T00:00:00Z");
const DAYS = 7;
export const USD = 1_000_000_000n;

/** Nano-USD per token: input, cached input, output. The prices of the tests. */
const PRICES: Record<string, [number, number, number]> = {
  large: [3_000, 300, 15_000],
  small: [400, 100, 1_600],
  embed: [20, 20, 0],
  own: [120, 30, 450],
};

export type Said = Partial<Omit<SampleEvent, "meters">> & { meters?: Partial<SampleEvent["meters"]> };

export function priceOf({ modelServed, meters, batch }: SampleEvent): bigint | null {
  const price = PRICES[modelServed];
  if (!price) return null;
  const [input, cached, output] = price;
  const nano = meters.input * input + meters.cacheRead * cached + meters.output * output;
  return BigInt(Math.round(batch ? nano / 2 : nano));
}

/** `count` events spread over the week, priced. */
export function events(count: number, say: (index: number) => Said = () => ({})): SampleEvent[] {
  return Array.from({ length: count }, (_, index): SampleEvent => {
    const { meters, ...said } = say(index);
    const event: SampleEvent = {
      occurredAt: FROM + Math.floor((index * DAYS * DAY_MS) / count),
      tenant: "acme",
      endpoint: "chat",
      route: "chat-default",
      provider: "openai",
      modelRequested: said.modelServed ?? "large",
      modelServed: "large",
      pool: null,
      precision: null,
      lane: "interactive",
      requestId: `r${index}-${said.endpoint ?? ""}-${said.tenant ?? ""}-${said.pool ?? ""}`,
      attempt: 1,
      final: true,
      actionId: null,
      step: null,
      status: "success",
      cacheLayer: "none",
      cacheHit: false,
      similarity: null,
      stream: false,
      meters: { ...noMeters(), input: 1_000, output: 200, ...meters },
      queueMs: null,
      ttftMs: null,
      latencyMs: 1_000,
      decodeMs: null,
      requestHash: `h${index}`,
      prefixHash: null,
      serviceTier: null,
      batch: false,
      costNanoUsd: 0n,
      ...said,
    };
    return { ...event, costNanoUsd: said.costNanoUsd ?? priceOf(event) ?? 0n };
  });
}

export const endpointRow = (endpoint: string, more: Partial<EndpointRow> = {}): EndpointRow => ({
  endpoint,
  requests: 10_000,
  inputP50: 1_000,
  inputP95: 2_000,
  outputP50: 200,
  outputP95: 400,
  latencyP95Ms: 2_000,
  streamedShare: 0,
  callsPerAction: null,
  inputP50Before: 1_000,
  inputP95Before: 2_000,
  requestsBefore: 10_000,
  ...more,
});

export function pool(
  more: Partial<Omit<PoolInput, "policy">> & { engine?: string; policy?: Record<string, unknown> } = {},
): PoolInput {
  const { policy, ...said } = more;
  return {
    id: "llama",
    model: "llama-8b",
    engine: "vllm",
    gpuType: "L4",
    commitment: "on-demand",
    nodes: 4,
    gpus: 4,
    policy: POLICY_SCHEMAS.engine.parse({ maxNumSeqs: 64, ...policy }),
    costNanoUsd: 700n * USD,
    idleCostNanoUsd: 100n * USD,
    utilization: 0.65,
    memoryUse: 0.9,
    hours: hours(() => ({})),
    ...said,
  };
}

export const hours = (say: (hour: number) => Partial<PoolInput["hours"][number]>): PoolInput["hours"] =>
  Array.from({ length: 168 }, (_, hour) => ({
    at: FROM + hour * HOUR_MS,
    utilization: 0.65,
    kvCacheUsage: 0.6,
    queueDepth: 0,
    runningBatch: 6,
    preemptions: 0,
    ...say(hour),
  }));

interface Parts extends Partial<Omit<AdvisorInput, "sample" | "spend" | "policyOf">> {
  events?: readonly SampleEvent[];
  layers?: readonly PolicyLayer[];
}

/** Traffic and spend follow from the events: what the catalogue would say of them. */
export function inputOf({ events: sample = [], layers = [], ...more }: Parts = {}): AdvisorInput {
  const sorted = sample.toSorted((a, b) => a.occurredAt - b.occurredAt);
  const traffic = more.traffic ?? trafficOf(sorted);
  const read = policyReader(layers, "production");
  const pools = more.pools ?? [];
  const perMonth = (nano: bigint) => (nano * 30n) / BigInt(DAYS);
  return {
    from: FROM,
    to: FROM + DAYS * DAY_MS,
    days: DAYS,
    endpoints: [...new Set(sorted.map(({ endpoint }) => endpoint))].map((endpoint) => endpointRow(endpoint)),
    quality: [],
    waits: [],
    evaporated: [],
    models: [
      { provider: "anthropic", model: "large", pool: null, requests: 1 },
      { provider: "openai", model: "small", pool: null, requests: 1 },
    ],
    gpuPrices: [
      { gpuType: "L4", commitment: "on-demand", usdPerHour: 0.75 },
      { gpuType: "L40S", commitment: "on-demand", usdPerHour: 1.2 },
    ],
    rate: priceOf,
    ...more,
    traffic,
    pools,
    sample: { events: sorted, share: 1, from: FROM, to: FROM + DAYS * DAY_MS },
    spend: new Map([
      ...traffic.map((row) => [usagePool(row.tenant, row.endpoint, row.model), perMonth(row.costNanoUsd)] as const),
      ...pools.map((one) => [gpuPool(one.id), perMonth(one.costNanoUsd)] as const),
    ]),
    policyOf: (tenant, endpoint) => read({ tenant, endpoint }).effective,
  };
}

function trafficOf(sample: readonly SampleEvent[]): TrafficRow[] {
  const rows = new Map<string, TrafficRow>();
  for (const event of sample) {
    if (event.pool !== null) continue;
    const key = usagePool(event.tenant, event.endpoint, event.modelServed);
    const row = rows.get(key) ?? {
      tenant: event.tenant,
      endpoint: event.endpoint,
      model: event.modelServed,
      requests: 0,
      successes: 0,
      attempts: 0,
      retries: 0,
      duplicates: 0,
      timeouts: 0,
      costNanoUsd: 0n,
      costFailedNanoUsd: 0n,
      costRetriedNanoUsd: 0n,
      costDuplicateNanoUsd: 0n,
      tokensInput: 0,
      tokensCacheRead: 0,
      tokensCacheWrite: 0,
      tokensOutput: 0,
    };
    rows.set(key, row);
    row.attempts += 1;
    row.costNanoUsd += event.costNanoUsd;
    row.tokensInput += event.meters.input;
    row.tokensOutput += event.meters.output;
    if (event.final) row.requests += 1;
    if (event.final && event.status === "success") row.successes += 1;
    if (event.status === "timeout") row.timeouts += 1;
    if (event.attempt > 1) {
      row.retries += 1;
      row.costRetriedNanoUsd += event.costNanoUsd;
    }
  }
  return [...rows.values()];
}

/** A gateway policy of the tests: one scope, one kind. */
export const layer = (scope: PolicyLayer["scope"], policies: PolicyLayer["policies"]): PolicyLayer => ({ scope, policies });
