import { defineCalculator, HOURS_PER_MONTH, line, machinesFor, over, ZERO } from "./definition";
import { count, ms, perSecond, usd } from "./fields";
import { machinesForMonth, monthlyUsd, roundTo } from "./published";

export const batchingEconomics = defineCalculator({
  id: "batching-economics",
  title: "Batching economics",
  question: "Does batching save money without breaking the latency promise?",
  group: "GPUs",
  fields: {
    volume: count("Requests a month", "50000000"),
    hourlyUsd: usd("One instance costs an hour", "3.50"),
    qpsSingle: perSecond("One instance serves without batching", "4"),
    qpsBatched: perSecond("One instance serves with batching", "10"),
    p95SingleMs: ms("p95 without batching", "90"),
    p95BatchedMs: ms("p95 with batching", "150"),
    slaMs: ms("Promised p95", "200"),
  },
  corrected: (v) => {
    const rate = v.volume.div(HOURS_PER_MONTH * 3600);
    const single = machinesFor(rate, v.qpsSingle)!;
    const batched = machinesFor(rate, v.qpsBatched)!;
    const possible = single.sub(batched).mul(v.hourlyUsd).mul(HOURS_PER_MONTH);
    const within = v.p95BatchedMs.lte(v.slaMs);
    return {
      lines: [
        line("saving_month", "Saved a month", "usd", within ? possible : ZERO, "lead"),
        line("possible_month", "Would be saved if latency were no matter", "usd", possible),
        line("instances_single", "Instances without batching", "count", single),
        line("instances_batched", "Instances with batching", "count", batched),
        line("latency_added", "Added to p95", "ms", v.p95BatchedMs.sub(v.p95SingleMs)),
        line("latency_increase", "Increase of p95", "ratio", over(v.p95BatchedMs.sub(v.p95SingleMs), v.p95SingleMs)),
        line("headroom", "Left until the promise", "ms", v.slaMs.sub(v.p95BatchedMs)),
      ],
      verdict: !within
        ? {
            word: "OUTSIDE SLA",
            tone: "bad",
            reason: "Batched p95 breaks the promise: nothing of this can be saved. Try smaller batches.",
          }
        : possible.gt(0)
          ? { word: "WITHIN SLA", tone: "good", reason: "Batched p95 keeps the promise." }
          : { word: "NO GAIN", tone: "neutral", reason: "The same number of instances is needed at this volume." },
    };
  },
  published: (v) => {
    const single = machinesForMonth(v.volume, v.qpsSingle);
    const batched = machinesForMonth(v.volume, v.qpsBatched);
    const saving = roundTo(monthlyUsd(single, v.hourlyUsd) - monthlyUsd(batched, v.hourlyUsd), 0);
    const within = v.p95BatchedMs <= v.slaMs;
    return {
      lines: [
        line("saving_month", "Saved a month", "usd", saving, "lead"),
        line("possible_month", "Would be saved if latency were no matter", "usd", saving),
        line("instances_single", "Instances without batching", "count", single),
        line("instances_batched", "Instances with batching", "count", batched),
        line("latency_added", "Added to p95", "ms", v.p95BatchedMs - v.p95SingleMs),
        line("latency_increase", "Increase of p95", "ratio", v.p95BatchedMs / v.p95SingleMs - 1),
        line("headroom", "Left until the promise", "ms", v.slaMs - v.p95BatchedMs),
      ],
      verdict: within
        ? { word: "WITHIN SLA", tone: "good", reason: "Batched p95 is within the SLA." }
        : { word: "OUTSIDE SLA", tone: "bad", reason: "Batched p95 is above the SLA." },
    };
  },
  corrections: [
    "A saving that breaks the latency promise is none: it is shown as $0. As published, it is reported all the same.",
    "One month, 730 hours, for rate and cost. As published, the rate has 720 hours and the cost 730.",
  ],
  chart: { along: "volume", lines: ["saving_month", "possible_month"] },
});
