import { Decimal } from "@/lib/money";
import { defineCalculator, HOURS_PER_MONTH, line, machinesFor, over, type Verdict } from "./definition";
import { count, perSecond, quality, usd } from "./fields";
import { machinesForMonth, monthlyUsd, roundTo } from "./published";

const LARGE_SAVING_USD = 5_000;
/** Of quality, as a fraction: within one point counts as kept, beyond it somebody must look. */
const SMALL_LOSS = new Decimal("0.01");

export const quantizationRoi = defineCalculator({
  id: "quantization-roi",
  title: "Quantization return",
  question: "Is a lower precision worth it, at the quality that it keeps?",
  group: "GPUs",
  fields: {
    volume: count("Requests a month", "50000000"),
    hourlyUsd: usd("One instance costs an hour", "3.50"),
    qpsBefore: perSecond("One instance serves now", "4"),
    qpsAfter: perSecond("One instance serves quantized", "8"),
    qualityBefore: quality("Task quality now (0–1)", "0.92"),
    qualityAfter: quality("Task quality quantized (0–1)", "0.915"),
  },
  corrected: (v) => {
    const rate = v.volume.div(HOURS_PER_MONTH * 3600);
    const before = machinesFor(rate, v.qpsBefore)!;
    const after = machinesFor(rate, v.qpsAfter)!;
    const monthUsd = (machines: Decimal) => machines.mul(v.hourlyUsd).mul(HOURS_PER_MONTH);
    const saving = monthUsd(before).sub(monthUsd(after));
    // Positive: quality was lost. Decimals, so that 0.92 → 0.91 is 0.01 and not 0.010000000000000009.
    const loss = v.qualityBefore.sub(v.qualityAfter);
    return {
      lines: [
        line("saving_month", "Saved a month", "usd", saving, "lead"),
        line("saving_year", "Saved a year", "usd", saving.mul(12), "lead"),
        line("instances_before", "Instances now", "count", before),
        line("instances_after", "Instances quantized", "count", after),
        line("cost_before", "Cost a month now", "usd", monthUsd(before)),
        line("cost_after", "Cost a month quantized", "usd", monthUsd(after)),
        line("throughput", "Throughput", "times", over(v.qpsAfter, v.qpsBefore)),
        line("quality_change", "Change of quality", "points", loss.neg().mul(100)),
      ],
      verdict: judge(saving, loss),
    };
  },
  published: (v) => {
    const before = machinesForMonth(v.volume, v.qpsBefore);
    const after = machinesForMonth(v.volume, v.qpsAfter);
    const exact = monthlyUsd(before, v.hourlyUsd) - monthlyUsd(after, v.hourlyUsd);
    const delta = v.qualityAfter - v.qualityBefore;
    return {
      lines: [
        line("saving_month", "Saved a month", "usd", roundTo(exact, 0), "lead"),
        line("saving_year", "Saved a year", "usd", roundTo(exact * 12, 0), "lead"),
        line("instances_before", "Instances now", "count", before),
        line("instances_after", "Instances quantized", "count", after),
        line("cost_before", "Cost a month now", "usd", roundTo(monthlyUsd(before, v.hourlyUsd), 0)),
        line("cost_after", "Cost a month quantized", "usd", roundTo(monthlyUsd(after, v.hourlyUsd), 0)),
        line("throughput", "Throughput", "times", roundTo(v.qpsAfter / v.qpsBefore, 1)),
        line("quality_change", "Change of quality", "points", delta * 100),
      ],
      verdict: judgeAsPublished(exact, delta),
    };
  },
  corrections: [
    "A gain in quality is no reason to review: only a loss counts. As published, +3 points of quality return REVIEW.",
    "Quality is compared in exact decimals and a loss of exactly one point counts as kept. As published, 0.92 → 0.91 misses its own limit by a floating-point hair.",
    "Between one and two points lost, the saving is not called modest: it is there, and somebody must look at the quality.",
    "One month, 730 hours, for rate and cost. As published, the rate has 720 hours and the cost 730.",
    "The year is twelve exact months. As published, both are rounded for themselves, so twelve months need not make the year.",
  ],
  chart: { along: "volume", lines: ["cost_before", "cost_after"] },
});

function judge(saving: Decimal, loss: Decimal): Verdict {
  if (saving.lte(0)) {
    return { word: "NO GAIN", tone: "bad", reason: "The same number of instances is needed: nothing is saved at this volume." };
  }
  if (loss.gt(SMALL_LOSS)) {
    return {
      word: "REVIEW",
      tone: "caution",
      reason: "More than one point of quality is lost: evaluate each task before approval.",
    };
  }
  if (saving.gt(LARGE_SAVING_USD)) {
    return { word: "STRONG GO", tone: "good", reason: "More than $5,000 a month at a loss of at most one point of quality." };
  }
  return { word: "MARGINAL", tone: "neutral", reason: "Quality is kept, but the saving is modest." };
}

function judgeAsPublished(saving: number, delta: number): Verdict {
  if (saving > LARGE_SAVING_USD && Math.abs(delta) < 0.01) {
    return { word: "STRONG GO", tone: "good", reason: "High savings, little change of accuracy." };
  }
  if (Math.abs(delta) > 0.02) return { word: "REVIEW", tone: "caution", reason: "Accuracy changes by more than 2 %." };
  return { word: "MARGINAL", tone: "neutral", reason: "Savings modest." };
}
