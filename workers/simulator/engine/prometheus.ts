/** Prometheus text, as far as an engine needs it. */
const escape = (value: string) => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

export type Labels = Record<string, string>;

const inBraces = (labels: Labels) =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(",")}}`;

export class PrometheusText {
  private readonly lines: string[] = [];

  family(name: string, type: "gauge" | "counter" | "histogram", help: string): this {
    this.lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    return this;
  }

  sample(name: string, labels: Labels, value: number): this {
    this.lines.push(`${name}${inBraces(labels)} ${value}`);
    return this;
  }

  one(name: string, type: "gauge" | "counter", help: string, labels: Labels, value: number): this {
    return this.family(name, type, help).sample(name, labels, value);
  }

  histogram(name: string, help: string, labels: Labels, histogram: Histogram): this {
    this.family(name, "histogram", help);
    let below = 0;
    for (const [index, bound] of histogram.bounds.entries()) {
      below += histogram.counts[index]!;
      this.sample(`${name}_bucket`, { ...labels, le: String(bound) }, below);
    }
    this.sample(`${name}_bucket`, { ...labels, le: "+Inf" }, histogram.count);
    return this.sample(`${name}_sum`, labels, histogram.sum).sample(`${name}_count`, labels, histogram.count);
  }

  toString(): string {
    return `${this.lines.join("\n")}\n`;
  }
}

export class Histogram {
  readonly counts: number[];
  count = 0;
  sum = 0;
  constructor(readonly bounds: readonly number[]) {
    this.counts = bounds.map(() => 0);
  }
  observe(value: number, times = 1): void {
    const index = this.bounds.findIndex((bound) => value <= bound);
    if (index >= 0) this.counts[index]! += times;
    this.count += times;
    this.sum += value * times;
  }
}
