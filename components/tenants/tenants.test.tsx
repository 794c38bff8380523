import { describe, expect, it } from "vitest";
import { METRICS } from "@/lib/metrics/catalogue";
import type { MetricRow } from "@/lib/metrics/schemas";
import { prepareTenants, sumUsd, TENANT_METRICS } from "./prepare-tenants";

const tenant = (id: string, discovered = false, archivedAt: string | null = null) => ({
  id,
  name: id.toUpperCase(),
  discovered,
  archivedAt,
  createdAt: "2026-11-01T00:00:00Z",
});
const total = (id: string, usd: string): MetricRow => ({ bucket: null, tenant: id, cost_usd: { value: usd } });
const point = (id: string, bucket: string, usd: string): MetricRow => ({ bucket, tenant: id, cost_usd: { value: usd } });

describe("prepareTenants", () => {
  const lines = prepareTenants(
    [total("bolt", "2.5"), total("acme", "7.5"), total("", "0")],
    [point("acme", "2026-11-19", "3"), point("acme", "2026-11-20", "4.5"), point("bolt", "2026-11-20", "2.5")],
    [tenant("acme"), tenant("bolt", true), tenant("quiet"), tenant("gone", false, "2026-11-02T00:00:00Z")],
  );

  it("ranks by spend: $7.50 of $10.00 is 75 %, and quiet tenants come last; archived ones without spend do not", () => {
    expect(lines.map((l) => [l.id, l.spendUsd, l.share])).toEqual([
      ["acme", "7.5", 0.75],
      ["bolt", "2.5", 0.25],
      ["", "0", 0],
      ["quiet", null, null],
    ]);
  });
  it("names the tenant and says when nobody has confirmed it", () => {
    expect(lines.map((l) => [l.name, l.discovered])).toEqual([
      ["ACME", false],
      ["BOLT", true],
      ["(not set)", false],
      ["QUIET", false],
    ]);
  });
  it("draws a bucket in which only others were billed as zero", () => {
    expect(lines.map((l) => l.trend)).toEqual([[3, 4.5], [0, 2.5], [], []]);
  });
  it("knows no share when nobody spent anything", () => {
    expect(prepareTenants([total("acme", "0")], [], [])[0]!.share).toBeNull();
  });
  it("asks for known metrics", () => {
    expect(TENANT_METRICS.filter((metric) => !METRICS.has(metric))).toEqual([]);
  });
});

describe("sumUsd", () => {
  it("is exact where floats are not: 0.1 + 0.2 = 0.3", () => {
    expect(sumUsd([total("a", "0.1"), total("b", "0.2")], "cost_usd")).toBe("0.3");
    expect(sumUsd([], "cost_usd")).toBeNull();
  });
});
