import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calculate, readInputs, type Mode } from "./calculate";
import { CALCULATORS } from "./catalogue";
import type { Calculator } from "./definition";
import { sweep } from "./sweep";

function run(id: string, given: Record<string, string> = {}) {
  const calculator = CALCULATORS.get(id)!;
  const { inputs, errors } = readInputs(calculator, given);
  expect(errors).toEqual({});
  const calculation = calculate(calculator, inputs);
  return {
    ...calculation,
    of: (mode: Mode, line: string) => {
      const found = calculation[mode].lines.find((one) => one.id === line);
      if (!found) throw new Error(`${id} has no line ${line}`);
      return found.value;
    },
  };
}
const number = (text: string | null) => Number(text);

describe("LLM cost", () => {
  it("1M requests of 500 + 200 tokens at $2.50/$10, 18 % hits: $1,025 + $1,640 = $2,665; the cache saves $585", () => {
    const { of } = run("llm-cost");
    for (const mode of ["published", "corrected"] as const) {
      expect(of(mode, "effective")).toBe("820000");
      expect([of(mode, "input_tokens"), of(mode, "output_tokens")]).toEqual(["410000000", "164000000"]);
      expect([of(mode, "input_cost"), of(mode, "output_cost"), of(mode, "total")]).toEqual(["1025", "1640", "2665"]);
      expect([of(mode, "without_cache"), of(mode, "saved")]).toEqual(["3250", "585"]);
    }
    expect(of("published", "output_share")).toBe("0.615");
    expect(number(of("corrected", "output_share"))).toBeCloseTo(0.61538, 5);
  });
  it("publishes $0.00267 a request where the exact cost is $0.002665", () => {
    const { of, differences } = run("llm-cost");
    expect([of("published", "cost_per_request"), of("corrected", "cost_per_request")]).toEqual(["0.00267", "0.002665"]);
    expect(differences.map(({ label }) => label)).toEqual(["Per request, hits included", "Output's share"]);
  });
  it("output's share of nothing is 0", () => {
    const { of } = run("llm-cost", { hitRate: "100" });
    expect([of("published", "output_share"), of("corrected", "output_share")]).toEqual(["0", "0"]);
  });
});

describe("quantization return", () => {
  const at = (qualityBefore: string, qualityAfter: string, more: Record<string, string> = {}) =>
    run("quantization-roi", { qualityBefore, qualityAfter, ...more });

  it("sizes by 720 hours and pays by 730 as published, by 730 for both corrected", () => {
    // 31,104,000 ÷ 2,592,000 s = 12 a second ÷ 4 = 3 instances, exactly; by 730 hours 11.8 a second, 3 as well.
    const { of } = at("0.92", "0.915", { volume: "31104000" });
    expect(of("published", "instances_before")).toBe("3");
    // 31,500,000 is 12.15 a second by 720 hours (4 instances) and 11.99 by 730 (3).
    const between = at("0.92", "0.915", { volume: "31500000" });
    expect([between.of("published", "instances_before"), between.of("corrected", "instances_before")]).toEqual(["4", "3"]);
    expect(between.of("published", "cost_before")).toBe("10220");
  });
  it("3 points more quality is REVIEW as published, and a STRONG GO", () => {
    const { published, corrected } = at("0.90", "0.93", { volume: "100000000" });
    expect([published.verdict?.word, corrected.verdict?.word]).toEqual(["REVIEW", "STRONG GO"]);
  });
  it("0.92 → 0.91 misses the limit by a floating-point hair as published, and keeps it", () => {
    const { published, corrected } = at("0.92", "0.91", { volume: "100000000" });
    expect([published.verdict?.word, corrected.verdict?.word]).toEqual(["MARGINAL", "STRONG GO"]);
  });
  it("1.5 points lost with $6,570 saved is called modest as published, and is a REVIEW", () => {
    // 9 instances of $1 fewer: 18 → 9, × 730 h.
    const { of, published, corrected } = at("0.92", "0.905", { volume: "186000000", hourlyUsd: "1" });
    expect(of("published", "saving_month")).toBe("6570");
    expect(published.verdict).toMatchObject({ word: "MARGINAL", reason: "Savings modest." });
    expect(corrected.verdict?.word).toBe("REVIEW");
  });
  it("twelve published months do not make the published year: $1,152 and $13,823", () => {
    const { of } = at("0.92", "0.92", { volume: "10368001", qpsAfter: "8", hourlyUsd: "1.57795" });
    // 2 instances → 1: 1.57795 × 730 = 1,151.9035.
    expect([of("published", "saving_month"), of("published", "saving_year")]).toEqual(["1152", "13823"]);
    expect(number(of("corrected", "saving_year"))).toBe(12 * number(of("corrected", "saving_month")));
  });
  it("throughput is published as x.x", () => {
    expect(run("quantization-roi", { qpsBefore: "3", qpsAfter: "5.5" }).of("published", "throughput")).toBe("1.8");
  });
});

describe("batching economics", () => {
  it("reports a saving outside the SLA as published, and none corrected", () => {
    const { of, published, corrected } = run("batching-economics", { p95BatchedMs: "201" });
    expect(number(of("published", "saving_month"))).toBeGreaterThan(0);
    expect(of("corrected", "saving_month")).toBe("0");
    expect([published.verdict?.word, corrected.verdict?.word]).toEqual(["OUTSIDE SLA", "OUTSIDE SLA"]);
  });
  it("is within a promise of 200 ms at exactly 200 ms", () => {
    const { of, corrected } = run("batching-economics", { p95BatchedMs: "200", p95SingleMs: "100" });
    expect(corrected.verdict?.word).toBe("WITHIN SLA");
    expect([of("corrected", "latency_added"), of("corrected", "latency_increase"), of("corrected", "headroom")]).toEqual([
      "100",
      "1",
      "0",
    ]);
  });
  it("works by hand: 5 instances become 2, 3 × $3.50 × 730 h = $7,665", () => {
    // 50M ÷ 2,628,000 s = 19.03 a second: 5 of 4 a second, 2 of 10.
    const { of } = run("batching-economics");
    expect([of("corrected", "instances_single"), of("corrected", "instances_batched")]).toEqual(["5", "2"]);
    expect([of("corrected", "saving_month"), of("published", "saving_month")]).toEqual(["7665", "7665"]);
  });
});

describe("autoscaling", () => {
  it("24 instances against 5: $47,268 a month, and ALWAYS-ON at the default cold start of 5 minutes as published", () => {
    const { of, published, corrected } = run("autoscaling");
    expect([of("published", "instances_always"), of("published", "instances_average")]).toEqual(["24", "5"]);
    // 730 × 3.50 × (24 − 5 × 1.1) = 47,267.50.
    expect([of("published", "saving_month"), of("corrected", "saving_month")]).toEqual(["47268", "47267.5"]);
    expect([published.verdict?.word, corrected.verdict?.word]).toEqual(["ALWAYS-ON", "WARM POOL"]);
  });
  it.each([
    ["2.9", "AUTOSCALE", "AUTOSCALE"],
    ["3", "ALWAYS-ON", "WARM POOL"],
    ["5", "ALWAYS-ON", "WARM POOL"],
    ["5.1", "WARM POOL", "WARM POOL"],
  ])("with a cold start of %s minutes: %s as published, %s", (coldStartMin, asPublished, asCorrected) => {
    const { published, corrected } = run("autoscaling", { coldStartMin });
    expect([published.verdict?.word, corrected.verdict?.word]).toEqual([asPublished, asCorrected]);
  });
  it("flat traffic of a large fleet is AUTOSCALE as published, and stays always on", () => {
    const { published, corrected } = run("autoscaling", { peakQps: "5000", averageQps: "5000", coldStartMin: "1" });
    expect([published.verdict?.word, corrected.verdict?.word]).toEqual(["AUTOSCALE", "ALWAYS-ON"]);
  });
  it("never goes below two instances", () => {
    expect(run("autoscaling", { averageQps: "1" }).of("corrected", "instances_average")).toBe("2");
  });
});

describe("requests", () => {
  it("a model of 1/60 of the price saves 29.5 % when 30 % are routed to it", () => {
    const { of } = run("routing-blend");
    expect([of("corrected", "price_ratio"), of("corrected", "saving")]).toEqual(["60", "0.295"]);
  });
  it("a cascade pays the small model on escalations too: 30 % − 1/60", () => {
    expect(number(run("routing-blend", { style: "cascade" }).of("corrected", "saving"))).toBeCloseTo(0.3 - 1 / 60, 12);
  });
  it("a router that costs more than it saves is DEARER", () => {
    expect(run("routing-blend", { smallShare: "1", routerUsd: "50" }).corrected.verdict?.word).toBe("DEARER");
  });
  it("$10,000 with 70 % eligible: $3,000–4,500 as published, $3,700–6,500 by its own 50–90 %", () => {
    const { of } = run("prompt-caching");
    expect([of("published", "bill_low"), of("published", "bill_high")]).toEqual(["3000", "4500"]);
    expect([of("corrected", "bill_low"), of("corrected", "bill_high")]).toEqual(["3700", "6500"]);
  });
  it("misses pay the premium for writing", () => {
    // 7,000 × 50 % hit × 50 % − 7,000 × 50 % missed × 25 %.
    expect(run("prompt-caching", { hitRate: "50", writePremium: "25" }).of("corrected", "saved_low")).toBe("875");
  });
  it("an agent: −20 % per call, 3 of 10 calls dropped: −20 %, −30 %, both −44 %", () => {
    const { of } = run("agent-chain");
    expect([of("corrected", "cheaper_only"), of("corrected", "fewer_only"), of("corrected", "both")]).toEqual([
      "-0.2",
      "-0.3",
      "-0.44",
    ]);
  });
  it("moving 40 % to the batch lane saves 20 %", () => {
    expect(run("batch-lane").of("corrected", "saved")).toBe("2000");
  });
  it("“cut in half” is −33.3 % of the output", () => {
    const { of } = run("output-cap");
    expect(of("published", "output_change")).toBe("-0.5");
    expect(number(of("corrected", "output_change"))).toBeCloseTo(-1 / 3, 12);
    expect(of("corrected", "saved")).toBe("1000");
  });
});

describe("GPUs", () => {
  it("64 H100 at $3.50 for 720 h, 40 % in use: $161,280, $96,768 wasted, $8.75 a useful hour, $4.375 at 80 %", () => {
    const { of } = run("gpu-waste");
    expect([of("corrected", "bill"), of("corrected", "waste")]).toEqual(["161280", "96768"]);
    expect([of("corrected", "useful_hour"), of("corrected", "useful_hour_target")]).toEqual(["8.75", "4.375"]);
  });
  it("20,000 tokens at 6.3 MB each take 126 GB", () => {
    const { of } = run("kv-memory");
    expect(number(of("corrected", "per_token")) / 1e6).toBeCloseTo(6.3, 1);
    expect(Math.round(number(of("corrected", "per_request")) / 1e9)).toBe(126);
  });
  it("77 % cheaper and break-even at 65–70 %: a premium of 1.43–1.54, “moderate” is 15–16 %", () => {
    const { of } = run("serverless-premium");
    expect(number(of("corrected", "premium_low"))).toBeCloseTo(1.43, 2);
    expect(number(of("corrected", "premium_high"))).toBeCloseTo(1.54, 2);
    expect([of("corrected", "moderate_low"), of("corrected", "moderate_high")]).toEqual(["0.1495", "0.161"]);
  });
  it("own GPUs break even where their cost is the API's", () => {
    const { of } = run("self-host", { setupUsd: "0", overheadUsd: "0" });
    // 8 × 3.50 × 730 = 20,440; 40,000/s × 2,628,000 s = 105.12 G tokens × $0.60 = 63,072.
    expect(of("corrected", "own_month")).toBe("20440");
    expect(number(of("corrected", "break_even"))).toBeCloseTo(20_440 / 63_072, 12);
    const there = run("self-host", {
      setupUsd: "0",
      overheadUsd: "0",
      utilization: (number(of("corrected", "break_even")) * 100).toFixed(12),
    });
    expect(number(there.of("corrected", "difference"))).toBeCloseTo(0, 3);
  });
  it("qps = 1000 ÷ mean ms as published; with 4 at a time, four times that", () => {
    const { of } = run("latency-benchmark", { meanMs: "40", concurrency: "4" });
    expect([of("published", "qps"), of("corrected", "qps")]).toEqual(["25", "100"]);
  });
  it.each([
    [{ kv: "95" }, "MEMORY"],
    [{ kv: "50", utilization: "20" }, "NOBODY"],
    [{ kv: "50", utilization: "60", prefillHours: "60", decodeHours: "40" }, "PREFILL"],
    [{ kv: "50", utilization: "60" }, "DECODE"],
  ])("with %j, %s limits", (given, word) => {
    expect(run("inference-split", given).corrected.verdict?.word).toBe(word);
  });
});

describe("planning", () => {
  it("700M tokens at $0.60 per 1M are $420", () => {
    const { of } = run("workload-estimator");
    expect(of("corrected", "bill")).toBe("420");
    // × 0.85 × 0.75 × 0.5 × 0.6.
    expect(of("corrected", "after_batching")).toBe("80.325");
  });
  it("the published levers multiply to 92–99.8 %; with overlap they stay inside the promised 50–90 %", () => {
    const { of } = run("lever-stack");
    expect(number(of("published", "share_low"))).toBeCloseTo(0.9244, 10);
    expect(number(of("published", "share_high"))).toBeCloseTo(0.99832, 10);
    expect(number(of("corrected", "share_high"))).toBeLessThan(0.9);
  });
  it("its levers own exactly what is saved", () => {
    const { corrected, of } = run("lever-stack");
    const owned = corrected.lines
      .filter(({ label }) => label.endsWith("owns, at most"))
      .reduce((sum, { value }) => sum + number(value), 0);
    expect(owned).toBeCloseTo(number(of("corrected", "saved_high")), 6);
  });
  it("levers of $0.08 multiply to $0.0082, and $0.021 is 5 % above a target of $0.02", () => {
    const { of, corrected, published } = run("cost-per-request-path");
    expect([of("published", "product"), of("corrected", "product")]).toEqual(["0.021", "0.0082"]);
    expect(of("corrected", "above_target")).toBe("0.05");
    expect(corrected.verdict).toMatchObject({ word: "NOT REACHED", reason: "It is 5 % above the target." });
    expect(published.verdict?.word).toBe("REACHED");
  });
  it("cost = compute per request × requests ÷ compute per dollar", () => {
    const { of } = run("cost-equation");
    expect(of("corrected", "before")).toBe("4000");
    // 1,600 × 820,000 ÷ 750,000.
    expect(number(of("corrected", "after"))).toBeCloseTo(1_749.333, 3);
  });
  it("spot, distillation, speculation, instance by hand", () => {
    // 8,000 − 8,000 × 0.5 × 1.05.
    expect(run("spot-instances").of("corrected", "saved_low")).toBe("3800");
    // 10,200 − 10,200 ÷ 5.
    expect(run("distillation").of("corrected", "saved_low")).toBe("8160");
    expect(run("speculative-decoding").of("corrected", "decode_high")).toBe("1000");
    expect(run("speculative-decoding", { bound: "10" }).corrected.verdict?.word).toBe("NO ROOM");
    expect(run("right-size-instance").of("corrected", "saved")).toBe("1350.5");
    const large = run("right-size-instance", { weightsGb: "40" });
    expect([large.corrected.verdict?.word, large.of("corrected", "saved")]).toEqual(["DOES NOT FIT", "0"]);
  });
});

describe("every calculator", () => {
  const all = [...CALCULATORS.values()].map((calculator) => [calculator.id, calculator] as const);
  const inputsOf = (calculator: Calculator) =>
    fc.record(
      Object.fromEntries(
        Object.entries(calculator.fields).map(([id, field]) => [
          id,
          field.kind === "choice"
            ? fc.constantFrom(...field.options.map(({ value }) => value))
            : fc
                .double({ min: field.min, max: Math.min(field.max, 1e9), noNaN: true })
                .map((value) => (field.whole ? String(Math.floor(value)) : value.toFixed(6))),
        ]),
      ),
    );

  it.each(all)("%s answers for all inputs that it accepts, in both modes and in its chart", (_, calculator) => {
    fc.assert(
      fc.property(inputsOf(calculator), (given) => {
        const { inputs, errors } = readInputs(calculator, given as Record<string, string>);
        if (Object.keys(errors).length > 0) return;
        const { corrected, published } = calculate(calculator, inputs);
        for (const outcome of [corrected, published]) {
          expect(new Set(outcome.lines.map(({ id }) => id)).size).toBe(outcome.lines.length);
          expect(outcome.lines.some(({ lead }) => lead)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
    for (const mode of ["corrected", "published"] as const) {
      const chart = sweep(calculator, readInputs(calculator, {}).inputs, mode);
      expect(chart.series.map(({ id }) => id)).toEqual([...calculator.chart.lines]);
      expect(chart.points.length).toBeGreaterThan(2);
    }
  });
  it("refuses what is no number, outside the limits, or no field", () => {
    const calculator = CALCULATORS.get("routing-blend")!;
    expect(readInputs(calculator, { smallShare: "1e2" }).errors).toEqual({ smallShare: "A number, for example 12.5." });
    expect(readInputs(calculator, { smallShare: "101" }).errors).toEqual({ smallShare: "Between 0 and 100." });
    expect(readInputs(calculator, { style: "magic" }).errors).toEqual({ style: "One of route, cascade." });
    expect(readInputs(calculator, { constructor: "1" }).errors["constructor"]).toMatch(/There is no field/);
    expect(readInputs(CALCULATORS.get("kv-memory")!, { layers: "1.5" }).errors).toEqual({ layers: "A whole number." });
  });
});
