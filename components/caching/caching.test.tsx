import { describe, expect, it } from "vitest";
import { METRICS } from "@/lib/metrics/catalogue";
import { metricQuerySchema } from "@/lib/metrics/schemas";
import { BREAKDOWN_METRICS, LAYERS, TOTAL_METRICS } from "./definition";
import { prepareLayers } from "./prepare-layers";

describe("the questions of /caching", () => {
  it("are known metrics and fit into one query each", () => {
    for (const metrics of [TOTAL_METRICS, BREAKDOWN_METRICS]) {
      expect(metricQuerySchema.shape.metrics.safeParse([...metrics]).success).toBe(true);
      expect(metrics.filter((metric) => !METRICS.has(metric))).toEqual([]);
    }
  });
  it("give every layer exactly one definition of hit rate, and money", () => {
    for (const layer of LAYERS) {
      expect([layer.requestRate, layer.tokenRate].filter(Boolean)).toHaveLength(1);
      expect(METRICS.get(layer.saved)!.unit).toBe("usd");
    }
  });
});

describe("prepareLayers", () => {
  it("shows hits of lookups, tokens read of tokens in, and each layer's part of the money: $3 of $4 is 75 %", () => {
    const layers = prepareLayers({
      bucket: null,
      cache_hit_rate_exact: { value: "0.25", numerator: "50", denominator: "200", compare: { value: "0.2" } },
      cache_hit_rate_tokens: { value: "0.4", numerator: "400", denominator: "1000" },
      semantic_false_hit_rate: { value: "0.0125", numerator: "1", denominator: "80" },
      saved_exact_usd: { value: "3", compare: { value: "2.5" } },
      saved_prefix_usd: { value: "1" },
    });
    expect(layers.find((l) => l.id === "exact")).toMatchObject({
      requests: { rate: "0.25", compare: "0.2", hits: "50", of: "200", noLookups: false },
      savedUsd: "3",
      savedCompare: "2.5",
      savedShare: 0.75,
    });
    // One in eighty checked hits was false; the other layers answer the very same question.
    expect(layers.flatMap((l) => (l.falseHits ? [[l.id, l.falseHits.hits, l.falseHits.of]] : []))).toEqual([
      ["semantic", "1", "80"],
    ]);
    const prefix = layers.find((l) => l.id === "prefix")!;
    expect(prefix.requests).toBeUndefined();
    expect(prefix.tokens).toMatchObject({ rate: "0.4", hits: "400", of: "1000" });
    expect(prefix.savedShare).toBe(0.25);
  });

  it("says no lookups instead of 0 % for a layer that nobody asked, and knows no share when nothing was saved", () => {
    const layers = prepareLayers({ bucket: null, cache_hit_rate_semantic: { value: null, numerator: "0", denominator: "0" } });
    expect(layers.find((l) => l.id === "semantic")!.requests).toMatchObject({ rate: null, noLookups: true });
    expect(layers.every((l) => l.savedShare === null)).toBe(true);
    expect(prepareLayers(undefined)).toHaveLength(5);
  });
});
