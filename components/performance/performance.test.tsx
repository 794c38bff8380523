import { describe, expect, it } from "vitest";
import { prepareMetricLines, stackKind } from "@/components/charts/metric-lines";
import { METRICS } from "@/lib/metrics/catalogue";
import { metricQuerySchema, type MetricRow } from "@/lib/metrics/schemas";
import { BREAKDOWN_METRICS, PERFORMANCE_CHARTS, SERIES_METRICS } from "./definition";
import { requestsBehind } from "./requests-behind";
import { splitErrors } from "./split-errors";

const bucket = "2026-11-20T10:00:00Z";

describe("the questions of /performance", () => {
  it("are known metrics, fit into one query each, and are drawn in their own unit", () => {
    const limit = metricQuerySchema.shape.metrics;
    for (const metrics of [SERIES_METRICS, BREAKDOWN_METRICS]) {
      expect(limit.safeParse([...metrics]).success).toBe(true);
      expect(metrics.filter((metric) => !METRICS.has(metric))).toEqual([]);
    }
    for (const { lines, unit } of PERFORMANCE_CHARTS) {
      for (const { metric } of lines) {
        if (metric === "other_errors") continue;
        expect([metric, METRICS.get(metric)!.unit]).toEqual([metric, unit]);
      }
    }
  });
});

describe("splitErrors", () => {
  it("leaves 10 − 4 timeouts − 1 OOM − 2 rate limited = 3 other errors, in both periods", () => {
    const row: MetricRow = {
      bucket,
      errors: { value: "10", compare: { value: "5" } },
      timeouts: { value: "4", compare: { value: "5" } },
      ooms: { value: "1", compare: { value: "0" } },
      rate_limited: { value: "2", compare: { value: null } },
    };
    expect(splitErrors([row])[0]!["other_errors"]).toEqual({ value: "3", compare: { value: "0" } });
  });
  it("keeps no data as no data", () => {
    expect(splitErrors([{ bucket, errors: { value: null } }])[0]!["other_errors"]).toEqual({ value: null });
  });
});

describe("prepareMetricLines", () => {
  const rows: MetricRow[] = [
    {
      bucket: "2026-11-20T11:00:00Z",
      partial: true,
      latency_p95: { value: null, compare: { value: "90" } },
      latency_p50: { value: "12" },
    },
    { bucket, latency_p95: { value: "100.5", compare: { value: "80" } }, latency_p50: { value: "10" } },
  ];
  const lines = [
    { metric: "latency_p95", label: "p95" },
    { metric: "latency_p50", label: "p50" },
  ];

  it("orders the buckets, keeps a missing percentile a gap, and compares the first line only", () => {
    const { series, compareSeries } = prepareMetricLines({ rows }, lines);
    expect(series.map((s) => [s.label, s.points.map((p) => p.value)])).toEqual([
      ["p95", [100.5, null]],
      ["p50", [10, 12]],
    ]);
    expect(series[0]!.points[1]!.partial).toBe(true);
    expect(compareSeries.map((s) => [s.id, s.points.map((p) => p.value)])).toEqual([["latency_p95", [80, 90]]]);
  });
  it("draws no comparison when none was asked for", () => {
    const plain = rows.map((row) => ({ ...row, latency_p95: { value: "1" } }));
    expect(prepareMetricLines({ rows: plain }, lines).compareSeries).toEqual([]);
  });
});

describe("requestsBehind", () => {
  const filters = {
    href: (path: string, changes: Partial<Record<string, readonly string[]>> = {}) => {
      const query = new URLSearchParams(Object.entries(changes).map(([key, values]) => [key, values!.join()])).toString();
      return query ? `${path}?${query}` : path;
    },
  };
  it.each([
    ["requests", {}, "/requests"],
    ["latency_p95", { modelServed: "gpt-4o" }, "/requests?modelServed=gpt-4o&sort=slowest"],
    ["timeout_rate", { tenant: "acme" }, "/requests?tenant=acme&status=timeout"],
    ["error_rate", {}, "/requests?status=error%2Ctimeout%2Coom%2Crate_limited"],
    ["retry_rate", {}, "/requests?rows=attempts&flags=retry"],
    ["requests", { route: "" }, "/requests"],
    ["requests", { route: "(other)" }, "/requests"],
  ])("%s of %j leads to %s", (metric, where, href) => {
    expect(requestsBehind(filters, metric, where)).toBe(href);
  });
});

describe("stackKind", () => {
  const series = (points: number) => [
    { id: "a", label: "a", points: Array.from({ length: points }, () => ({ at: "", value: 1 })) },
  ];
  it("draws bars up to 90 buckets and areas beyond", () => {
    expect([stackKind(series(90)), stackKind(series(91)), stackKind([])]).toEqual(["bar", "area", "bar"]);
  });
});
