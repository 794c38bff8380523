import { defineCalculator, line, over } from "./definition";
import { count, ms } from "./fields";

export const latencyBenchmark = defineCalculator({
  id: "latency-benchmark",
  title: "Latency benchmark",
  question: "What throughput do measured latencies amount to?",
  group: "GPUs",
  fields: {
    meanMs: ms("Mean", "42"),
    p50Ms: ms("p50", "38"),
    p95Ms: ms("p95", "71"),
    p99Ms: ms("p99", "120"),
    concurrency: count("Requests at a time", "1", { min: 1, max: 100_000, hint: "The published benchmark asks one at a time." }),
    slaMs: ms("Promised p95", "200"),
  },
  corrected: (v) => ({
    lines: [
      line("qps", "Requests a second", "per_second", over(v.concurrency.mul(1_000), v.meanMs), "lead"),
      line("p50", "p50", "ms", v.p50Ms),
      line("p95", "p95", "ms", v.p95Ms, "lead"),
      line("p99", "p99", "ms", v.p99Ms),
      line("tail", "p99 against p50", "times", over(v.p99Ms, v.p50Ms)),
      line("headroom", "Left until the promise", "ms", v.slaMs.sub(v.p95Ms)),
    ],
  }),
  published: (v) => ({
    lines: [
      line("qps", "Requests a second", "per_second", 1_000 / v.meanMs, "lead"),
      line("p50", "p50", "ms", v.p50Ms),
      line("p95", "p95", "ms", v.p95Ms, "lead"),
      line("p99", "p99", "ms", v.p99Ms),
      line("tail", "p99 against p50", "times", v.p99Ms / v.p50Ms),
      line("headroom", "Left until the promise", "ms", v.slaMs - v.p95Ms),
    ],
  }),
  corrections: [
    "1,000 ÷ mean milliseconds is the throughput of one request at a time. With requests at a time it is their number times that (Little's law); as published, concurrency is left out.",
  ],
  chart: { along: "meanMs", lines: ["qps"] },
});
