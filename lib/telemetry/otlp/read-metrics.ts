/** An ExportMetricsServiceRequest → points that can be held against the spans. Pure. */
import { hash64 } from "../content-hash";
import { findMeaning, providerName } from "./aliases";
import { applyRules, storableText, type OtlpMapping } from "./mapping";
import { eachScope, type RefusedItem } from "./read-traces";
import { isTree, listOf, NotOtlp, own, readAttributes, readDouble, readInt64, type Attributes } from "./scalars";

type Measure = "input" | "output" | "cacheRead" | "cacheWrite" | "reasoning" | "duration" | "timeToFirst" | "timePerOutput";

/** Tokens in tokens, times in seconds. */
export interface MetricPoint {
  series: bigint;
  /** Epoch milliseconds. */
  at: number;
  startAt: number | null;
  metric: string;
  measure: Measure;
  temporality: "delta" | "cumulative" | "gauge";
  tenant: string;
  service: string | null;
  provider: string;
  model: string | null;
  operation: string | null;
  value: number;
  count: bigint | null;
}

export interface MetricsReading {
  points: number;
  stored: MetricPoint[];
  /** Points of metrics that say nothing about model calls, and token totals that repeat their parts. */
  ignored: number;
  refused: RefusedItem[];
}

export interface MetricsDoor {
  /** Epoch milliseconds of receipt. */
  now: number;
  mapping: OtlpMapping;
  tenants: "all" | readonly string[];
}

/**
 * Newest names first. `gen_ai.client.token.usage` is one histogram for several kinds of tokens, told apart by
 * `gen_ai.token.type`; its `total` repeats input and output and is never added. The per-operation token histograms
 * (`gen_ai.client.inference.operation.*`) describe sizes, not sums, and are left out.
 */
const MEASURES: Record<string, Measure | "by_type"> = {
  "gen_ai.client.inference.usage.input_tokens": "input",
  "gen_ai.client.inference.usage.output_tokens": "output",
  "gen_ai.client.inference.usage.cache_read.input_tokens": "cacheRead",
  "gen_ai.client.inference.usage.cache_write.input_tokens": "cacheWrite",
  "gen_ai.client.inference.usage.reasoning.output_tokens": "reasoning",
  "gen_ai.client.token.usage": "by_type",
  "gen_ai.client.inference.duration": "duration",
  "gen_ai.client.operation.duration": "duration",
  "gen_ai.server.request.duration": "duration",
  "gen_ai.client.inference.time_to_first_chunk": "timeToFirst",
  "gen_ai.client.operation.time_to_first_chunk": "timeToFirst",
  "gen_ai.server.time_to_first_token": "timeToFirst",
  "gen_ai.client.inference.time_per_output_chunk": "timePerOutput",
  "gen_ai.client.operation.time_per_output_chunk": "timePerOutput",
  "gen_ai.server.time_per_output_token": "timePerOutput",
};
const TOKEN_TYPES: Record<string, Measure> = { input: "input", prompt: "input", output: "output", completion: "output" };

const KINDS = ["sum", "histogram", "exponentialHistogram", "gauge", "summary"] as const;
const DAY_MS = 86_400_000;

/** Throws NotOtlp when the body is not an export request. */
export function readMetrics(body: unknown, door: MetricsDoor): MetricsReading {
  const reading: MetricsReading = { points: 0, stored: [], ignored: 0, refused: [] };
  eachScope(body, { resources: "resourceMetrics", scopes: "scopeMetrics" }, (scope, resource) => {
    for (const metric of listOf(scope, "metrics")) {
      if (!isTree(metric)) throw new NotOtlp('"metrics" must hold objects');
      readMetric(metric, resource, door, reading);
    }
  });
  return reading;
}

function readMetric(metric: Record<string, unknown>, resource: Attributes, door: MetricsDoor, reading: MetricsReading): void {
  const name = own(metric, "name");
  for (const kind of KINDS) {
    const data = own(metric, kind);
    if (!isTree(data)) continue;
    for (const point of listOf(data, "dataPoints")) {
      const index = reading.points++;
      const known = typeof name === "string" ? MEASURES[name] : undefined;
      if (typeof name !== "string" || known === undefined) {
        reading.ignored++;
        continue;
      }
      const read = readPoint(point, { name, known, kind, temporality: own(data, "aggregationTemporality") }, resource, door);
      if (read === null) reading.ignored++;
      else if ("message" in read) reading.refused.push({ index, id: null, ...read });
      else reading.stored.push(read);
    }
  }
}

interface Source {
  name: string;
  known: Measure | "by_type";
  kind: (typeof KINDS)[number];
  temporality: unknown;
}

function readPoint(
  point: unknown,
  source: Source,
  resource: Attributes,
  door: MetricsDoor,
): MetricPoint | null | Omit<RefusedItem, "index" | "id"> {
  if (!isTree(point)) return { code: "invalid_type", field: source.name, message: "A data point must be an object." };
  const attributes = readAttributes(listOf(point, "attributes"));
  const measure = source.known === "by_type" ? TOKEN_TYPES[String(attributes.get("gen_ai.token.type"))] : source.known;
  if (measure === undefined) return null;

  const atNano = readInt64(own(point, "timeUnixNano")) ?? 0n;
  if (atNano <= 0n) return { code: "invalid_time", field: "timeUnixNano", message: `A point of "${source.name}" has no time.` };
  const at = Number(atNano / 1_000_000n);
  if (at > door.now + DAY_MS) {
    return { code: "future_time", field: "timeUnixNano", message: `A point of "${source.name}" is more than 24 hours ahead.` };
  }
  const startNano = readInt64(own(point, "startTimeUnixNano")) ?? 0n;
  const value = source.kind === "sum" || source.kind === "gauge" ? numberValue(point) : readDouble(own(point, "sum"));
  if (value === undefined || !Number.isFinite(value) || value < 0) {
    return { code: "out_of_range", field: source.name, message: `A point of "${source.name}" needs a finite value >= 0.` };
  }

  const layers = [attributes, resource];
  const mapped = applyRules(door.mapping.tenant, layers);
  if (mapped !== null && door.tenants !== "all" && !door.tenants.includes(mapped)) {
    return { code: "tenant_not_allowed", field: "tenant", message: `This API key may not send for the tenant "${mapped}".` };
  }
  const text = (meaning: "modelServed" | "modelRequested" | "operation" | "provider") => {
    const found = findMeaning(attributes, meaning);
    return found === undefined ? null : storableText(String(found.value));
  };
  const unmapped = door.tenants !== "all" && door.tenants.length === 1 ? door.tenants[0]! : door.mapping.unmappedTenant;
  return {
    series: hash64(JSON.stringify([source.name, source.kind, sorted(resource), sorted(attributes)])),
    at,
    startAt: startNano > 0n ? Number(startNano / 1_000_000n) : null,
    metric: source.name,
    measure,
    temporality: source.kind === "gauge" ? "gauge" : isDelta(source.temporality) ? "delta" : "cumulative",
    tenant: mapped ?? unmapped,
    service: applyRules(["service.name"], [resource]),
    provider: providerName(text("provider") ?? undefined),
    model: text("modelServed") ?? text("modelRequested"),
    operation: text("operation"),
    value,
    count: source.kind === "sum" || source.kind === "gauge" ? null : (readInt64(own(point, "count")) ?? null),
  };
}

function numberValue(point: Record<string, unknown>): number | undefined {
  const int = readInt64(own(point, "asInt"));
  return int === undefined ? readDouble(own(point, "asDouble")) : Number(int);
}

const isDelta = (temporality: unknown) => temporality === 1 || temporality === "AGGREGATION_TEMPORALITY_DELTA";

function sorted(attributes: Attributes): [string, unknown][] {
  return [...attributes].sort(([a], [b]) => (a < b ? -1 : 1));
}
