import { describe, expect, it } from "vitest";
import type { MetricResult, MetricRow } from "@/lib/metrics/schemas";
import { assignColors } from "./color";
import { COMPARE_TOTAL, prepareMarks, preparePlot } from "./prepare-plot";
import { prepareSeries } from "./series";
import { linePath } from "./sparkline";

const H = ["2026-11-20T10:00:00.000Z", "2026-11-20T11:00:00.000Z", "2026-11-20T12:00:00.000Z"];
const result = (rows: MetricRow[]): MetricResult => ({
  rows,
  completeness: { watermark: null, pricedShare: null, late: 0, duplicates: 0, conflicts: 0, rejected: 0, mismatched: 0 },
  plan: { grains: [], from: "", to: "", timeZone: "UTC" },
  warnings: [],
});
const row = (hour: number, tenant: string, value: string | null, extra: object = {}): MetricRow => ({
  bucket: H[hour]!,
  tenant,
  cost_usd: { value, ...extra },
});

describe("bands", () => {
  const points = (values: (number | null)[]) => values.map((value, index) => ({ at: H[index]!, value }));
  const around = (edge: "low" | "high", values: (number | null)[]) => ({
    id: edge,
    label: `80 % band, ${edge}`,
    points: points(values),
    band: { label: "80 % band", edge, of: "forecast" },
  });
  it("are one area in the colour of their series, with both edges in the table, and take no colour from others", () => {
    const lines = [
      { id: "spent", dimension: "budget", label: "Spent", points: points([1, 2, null]) },
      { id: "forecast", dimension: "budget", label: "Forecast", points: points([null, 2, 4]) },
    ];
    const plain = preparePlot(lines);
    const plot = preparePlot([...lines, around("high", [null, 3, 6]), around("low", [null, 1, 2])]);
    expect(plot.bands).toEqual([{ label: "80 % band", color: plain.lines[1]!.color, low: "s3", high: "s2" }]);
    expect(plot.lines.map(({ edge, color }) => [edge, color])).toEqual([
      [false, plain.lines[0]!.color],
      [false, plain.lines[1]!.color],
      [true, plain.lines[1]!.color],
      [true, plain.lines[1]!.color],
    ]);
    expect(plot.rows.map((one) => [one["s3"] ?? null, one["s2"] ?? null])).toEqual([
      [null, null],
      [1, 3],
      [2, 6],
    ]);
    // The scale reaches as high as the band does.
    expect(plot.max).toBe(6);
  });
  it("with one edge only are none", () => {
    expect(preparePlot([around("low", [1, 2, 3])]).bands).toEqual([]);
  });
});

describe("prepareSeries", () => {
  it("makes one series per entity, the largest first", () => {
    const { series } = prepareSeries(
      result([row(0, "small", "1"), row(0, "large", "5"), row(1, "small", "2"), row(1, "large", "4")]),
      {
        metric: "cost_usd",
        groupBy: "tenant",
        additive: true,
      },
    );
    expect(series.map(({ id, points }) => [id, points.map(({ value }) => value)])).toEqual([
      ["large", [5, 4]],
      ["small", [1, 2]],
    ]);
  });

  it("keeps a null as a gap, and a missing row of a ratio too; a missing row of a sum is zero", () => {
    const rows = [row(0, "a", "1"), row(1, "a", null), row(2, "a", "3"), row(2, "b", "9")];
    const ratio = prepareSeries(result(rows), { metric: "cost_usd", groupBy: "tenant" });
    expect(ratio.series.find(({ id }) => id === "a")?.points.map(({ value }) => value)).toEqual([1, null, 3]);
    expect(ratio.series.find(({ id }) => id === "b")?.points.map(({ value }) => value)).toEqual([null, null, 9]);
    const sum = prepareSeries(result(rows), { metric: "cost_usd", groupBy: "tenant", additive: true });
    expect(sum.series.find(({ id }) => id === "b")?.points.map(({ value }) => value)).toEqual([0, 0, 9]);
  });

  it("folds the rest into Other for sums, and never for ratios", () => {
    const rows = Array.from({ length: 11 }, (_, index) => row(0, `t${index}`, String(100 - index)));
    const sum = prepareSeries(result(rows), { metric: "cost_usd", groupBy: "tenant", additive: true });
    expect(sum.series).toHaveLength(9);
    expect(sum.series.at(-1)).toMatchObject({ label: "Other (3)", points: [{ value: 92 + 91 + 90 }] });
    const ratio = prepareSeries(result(rows), { metric: "cost_usd", groupBy: "tenant" });
    expect(ratio.series).toHaveLength(8);
    expect(ratio.hidden).toBe(3);
  });

  it("reads the comparison beside each number, and only when one was asked for", () => {
    const compared = prepareSeries(result([row(0, "a", "1", { compare: { value: "4" } })]), {
      metric: "cost_usd",
      groupBy: "tenant",
    });
    expect(compared.compareSeries[0]?.points[0]?.value).toBe(4);
    expect(prepareSeries(result([row(0, "a", "1")]), { metric: "cost_usd", groupBy: "tenant" }).compareSeries).toEqual([]);
  });

  it("marks the running bucket and names what is not set", () => {
    const { series } = prepareSeries(result([{ ...row(0, "", "1"), partial: true } as MetricRow]), {
      metric: "cost_usd",
      groupBy: "tenant",
    });
    expect(series[0]).toMatchObject({ label: "(not set)", points: [{ partial: true }] });
  });
});

describe("preparePlot", () => {
  const points = (values: (number | null)[]) => values.map((value, index) => ({ at: H[index]!, value }));
  it("lays series side by side in rows, with the bucket width and the running bucket", () => {
    const plot = preparePlot([{ id: "a", label: "a", points: [...points([1, 2]), { at: H[2]!, value: 3, partial: true }] }]);
    expect(plot.rows.map((one) => one.s0)).toEqual([1, 2, 3]);
    expect(plot.bucketMs).toBe(3_600_000);
    expect(plot.partialFrom).toBe(Date.parse(H[2]!));
  });
  it("draws the past of a stack as one sum", () => {
    const two = [
      { id: "a", label: "a", points: points([1, null, 1]) },
      { id: "b", label: "b", points: points([2, null, 5]) },
    ];
    const plot = preparePlot(two, two, { stacked: true });
    const past = plot.lines.filter(({ compare }) => compare);
    expect(past.map(({ id }) => id)).toEqual([COMPARE_TOTAL]);
    expect(plot.rows.map((one) => one[past[0]!.key])).toEqual([3, null, 6]);
  });
  it("gives a point without neighbours a dot, and knows when there is nothing to draw", () => {
    expect(preparePlot([{ id: "a", label: "a", points: points([1, null, 2]) }]).lines[0]?.dots).toBe(true);
    expect(preparePlot([{ id: "a", label: "a", points: points([1, 2, 3]) }]).lines[0]?.dots).toBe(false);
    expect(preparePlot([{ id: "a", label: "a", points: points([null, null]) }]).empty).toBe(true);
  });
});

describe("assignColors", () => {
  it("keeps the colour of an entity whichever others are beside it", () => {
    const [acme] = assignColors(["acme", "globex"], "stays");
    expect(acme).toBe("var(--chart-1)");
    expect(assignColors(["initech", "globex", "acme"], "stays")).toEqual(["var(--chart-3)", "var(--chart-2)", "var(--chart-1)"]);
  });
  it("gives eight series eight colours, and Other its own", () => {
    const colors = assignColors([...Array.from({ length: 8 }, (_, index) => `m${index}`), "(other)"], "eight");
    expect(new Set(colors).size).toBe(9);
    expect(colors[8]).toBe("var(--chart-other)");
  });
  it("never gives one chart a colour twice, even when more entities are known than colours exist", () => {
    assignColors(
      Array.from({ length: 8 }, (_, index) => `a${index}`),
      "many",
    );
    assignColors(
      Array.from({ length: 8 }, (_, index) => `b${index}`),
      "many",
    );
    expect(new Set(assignColors(["a0", "b0", "a1", "b1", "b2"], "many")).size).toBe(5);
  });
  it("remembers for the next visit", () => {
    assignColors(["kept"], "visit");
    expect(localStorage.getItem("headroom.colours")).toContain("visit:kept");
  });
});

describe("linePath", () => {
  it("lifts the pen at a gap", () => {
    expect(linePath([0, 10, null, 5], { min: 0, max: 10, width: 30, height: 14 })).toBe("M0 12L10 2M30 7");
  });
});

describe("prepareMarks", () => {
  const plot = { rows: H.map((at) => ({ at: Date.parse(at), partial: false })) };
  const happened = (at: string, kind: "price" | "rollout" | "promotion", label: string) => ({ at, kind, label });

  it("puts what happened at the bucket that holds it, and before the first one at the first", () => {
    const marks = prepareMarks(plot, [
      happened("2026-11-20T11:59:59.000Z", "price", "p"),
      happened("2026-11-20T09:00:00.000Z", "rollout", "r"),
    ]);
    expect(marks).toEqual([
      { at: Date.parse(H[1]!), sign: "$", label: "p" },
      { at: Date.parse(H[0]!), sign: "↑", label: "r" },
    ]);
  });

  it("makes one mark of one bucket, and counts where kinds differ", () => {
    const [mark] = prepareMarks(plot, [happened(H[2]!, "rollout", "start"), happened(H[2]!, "promotion", "promoted")]);
    expect(mark).toEqual({ at: Date.parse(H[2]!), sign: "2", label: "start\npromoted" });
    expect(prepareMarks({ rows: [] }, [happened(H[2]!, "price", "p")])).toEqual([]);
  });
});
