import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrometheus } from "./parse-prometheus";
import { fixture } from "./testing/pages";

const only = (text: string) => parsePrometheus(text).series;

describe("a page of metrics", () => {
  it.each([
    ["a name alone", "up 1\n", { name: "up", labels: {}, value: 1 }],
    [
      "colons, labels, a trailing comma",
      'vllm:x{a="1",b="2",} 3.5\n',
      { name: "vllm:x", labels: { a: "1", b: "2" }, value: 3.5 },
    ],
    ["blanks wherever they may be", 'x { a = "1" , b="2" }   4\r\n', { name: "x", labels: { a: "1", b: "2" }, value: 4 }],
    ["escapes", 'x{a="C:\\\\dir\\n\\"q\\""} 1\n', { name: "x", labels: { a: 'C:\\dir\n"q"' }, value: 1 }],
    ["signs of the syntax within a value", 'x{a="} 9 # {,="} 1\n', { name: "x", labels: { a: "} 9 # {,=" }, value: 1 }],
    ["an exponent", "x 8.128902e+06\n", { name: "x", labels: {}, value: 8_128_902 }],
    ["a time after it", "x 0.42 1790347303000\n", { name: "x", labels: {}, value: 0.42 }],
    [
      "an exemplar",
      'x_bucket{le="0.1"} 8 # {trace_id="ab"} 0.05 1.79e9\n',
      { name: "x_bucket", labels: { le: "0.1" }, value: 8 },
    ],
    ["a quoted name", '{"gpu.power",unit="W"} 7\n', { name: "gpu.power", labels: { unit: "W" }, value: 7 }],
    ["infinity", "x +Inf\n", { name: "x", labels: {}, value: Number.POSITIVE_INFINITY }],
    ["not a number", "x NaN\n", { name: "x", labels: {}, value: Number.NaN }],
  ])("reads %s", (_, text, expected) => {
    const [series] = only(text);
    expect({ ...series, labels: { ...series!.labels } }).toEqual(expected);
  });

  it("leaves out lines that it cannot read, and counts them", () => {
    const page = parsePrometheus('<html>\nx{a="1} 2\nx{a=1} 2\nx one\nx\nx 0x10\n9x 1\nx{"a","b"} 1\ny 1\n');
    expect([page.series.map(({ name }) => name), page.malformed]).toEqual([["y"], 8]);
  });

  it("knows the types, and passes over help, units and the end of OpenMetrics", () => {
    const page = parsePrometheus("# HELP x A \\n thing\n# TYPE x histogram\n# UNIT x seconds\nx_count 1\n# EOF\n");
    expect([[...page.types], page.series.length, page.malformed, page.complete]).toEqual([[["x", "histogram"]], 1, 0, true]);
  });

  it("does not believe a last line without an end: 1234 may have become 12", () => {
    const page = parsePrometheus("a 1\nb 12");
    expect([page.series.map(({ name }) => name), page.complete]).toEqual([["a"], false]);
  });

  it.each(["vllm-new.prom", "vllm-old.prom", "vllm-ray.prom", "sglang.prom", "tgi.prom", "dcgm.prom", "dcgm-mig.prom"])(
    "reads all of %s",
    (name) => {
      const page = parsePrometheus(fixture(name));
      const lines = fixture(name)
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"));
      expect([page.series.length, page.malformed, page.complete]).toEqual([lines.length, 0, true]);
    },
  );

  it("gives back whatever was written", () => {
    const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/);
    const labels = fc.dictionary(fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/), fc.string({ unit: "binary" }), {
      maxKeys: 5,
    });
    const value = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    const series = fc.array(fc.record({ name, labels, value }), { maxLength: 10 });
    fc.assert(
      fc.property(series, (written) => {
        const page = parsePrometheus(written.map(writeSeries).join(""));
        const read = page.series.map((one) => ({ ...one, labels: { ...one.labels } }));
        expect([read, page.malformed, page.complete]).toEqual([
          written.map((one) => ({ ...one, labels: { ...one.labels } })),
          0,
          true,
        ]);
      }),
    );
  });

  it("never throws, and never takes longer for worse text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void parsePrometheus(`${text}\n`)));
    const since = performance.now();
    parsePrometheus(`x{a="${"\\".repeat(200_001)}\n`.repeat(5));
    expect(performance.now() - since).toBeLessThan(1_000);
  });
});

function writeSeries({ name, labels, value }: { name: string; labels: Record<string, string>; value: number }): string {
  const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const number = Number.isNaN(value)
    ? "NaN"
    : Number.isFinite(value)
      ? Object.is(value, -0)
        ? "-0"
        : String(value)
      : value > 0
        ? "+Inf"
        : "-Inf";
  return `${name}${inside.length > 0 ? `{${inside.join(",")}}` : ""} ${number}\n`;
}
