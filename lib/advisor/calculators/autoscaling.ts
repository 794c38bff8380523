import { Decimal } from "@/lib/money";
import { defineCalculator, HOURS_PER_MONTH, line, over, type Verdict } from "./definition";
import { minutes, perSecond, usd } from "./fields";
import { monthlyUsd, roundTo } from "./published";

const LARGE_SAVING_USD = 2_000;
const PEAK_FACTOR = 3;
const FAST_START_MIN = 3;
const SLOW_START_MIN = 5;

export const autoscaling = defineCalculator({
  id: "autoscaling",
  title: "Autoscaling or always on",
  question: "Is the traffic uneven enough to scale, and do instances start fast enough?",
  group: "GPUs",
  fields: {
    peakQps: perSecond("Peak", "1000"),
    averageQps: perSecond("Average", "250"),
    instanceQps: perSecond("One instance serves", "50"),
    hourlyUsd: usd("One instance costs an hour", "3.50"),
    coldStartMin: minutes("Cold start", "5"),
  },
  corrected: (v) => {
    const always = v.peakQps.div(v.instanceQps).mul("1.2").ceil();
    const average = Decimal.max(2, v.averageQps.div(v.instanceQps).ceil());
    const alwaysUsd = always.mul(v.hourlyUsd).mul(HOURS_PER_MONTH);
    const scaledUsd = average.mul(v.hourlyUsd).mul(HOURS_PER_MONTH).mul("1.1");
    const saving = alwaysUsd.sub(scaledUsd);
    const factor = over(v.peakQps, v.averageQps);
    return {
      lines: [
        line("saving_month", "Autoscaling saves a month", "usd", saving, "lead"),
        line("instances_always", "Instances always on", "count", always),
        line("instances_average", "Instances on average", "count", average),
        line("cost_always", "Always on, a month", "usd", alwaysUsd),
        line("cost_scaled", "Autoscaled, a month", "usd", scaledUsd),
        line("peak_factor", "Peak against average", "times", factor),
      ],
      verdict: judge(saving, factor, v.coldStartMin),
    };
  },
  published: (v) => {
    const always = Math.ceil((v.peakQps / v.instanceQps) * 1.2);
    const average = Math.max(2, Math.ceil(v.averageQps / v.instanceQps));
    const [alwaysUsd, scaledUsd] = [monthlyUsd(always, v.hourlyUsd), monthlyUsd(average, v.hourlyUsd) * 1.1];
    const saving = alwaysUsd - scaledUsd;
    return {
      lines: [
        line("saving_month", "Autoscaling saves a month", "usd", roundTo(saving, 0), "lead"),
        line("instances_always", "Instances always on", "count", always),
        line("instances_average", "Instances on average", "count", average),
        line("cost_always", "Always on, a month", "usd", roundTo(alwaysUsd, 0)),
        line("cost_scaled", "Autoscaled, a month", "usd", roundTo(scaledUsd, 0)),
        line("peak_factor", "Peak against average", "times", roundTo(v.peakQps / v.averageQps, 1)),
      ],
      verdict: judgeAsPublished(saving, v.coldStartMin),
    };
  },
  corrections: [
    "A cold start of 3 to 5 minutes has an answer of its own: keep a warm floor. As published, it returns ALWAYS-ON even with $47,268 a month to save, and 5 minutes is the default.",
    "Flat traffic stays always on: scaling needs a peak above three times the average. As published, a large flat fleet returns AUTOSCALE against that very rule.",
    "Never below two instances: GPU pools are not scaled to zero.",
  ],
  chart: { along: "averageQps", lines: ["cost_always", "cost_scaled"] },
});

function judge(saving: Decimal, factor: Decimal | null, coldStartMin: Decimal): Verdict {
  if (factor === null || factor.lte(PEAK_FACTOR)) {
    return {
      word: "ALWAYS-ON",
      tone: "neutral",
      reason: "The peak is at most three times the average: there is little to scale.",
    };
  }
  if (saving.lte(LARGE_SAVING_USD)) {
    return { word: "ALWAYS-ON", tone: "neutral", reason: "It would save $2,000 a month or less: not worth the moving parts." };
  }
  if (coldStartMin.lt(FAST_START_MIN)) {
    return { word: "AUTOSCALE", tone: "good", reason: "Uneven traffic, and instances start in less than three minutes." };
  }
  return {
    word: "WARM POOL",
    tone: "good",
    reason: "Uneven traffic, but instances start slowly: scale above a floor of one or two warm ones.",
  };
}

function judgeAsPublished(saving: number, coldStartMin: number): Verdict {
  if (saving > LARGE_SAVING_USD && coldStartMin < FAST_START_MIN) {
    return { word: "AUTOSCALE", tone: "good", reason: "Savings are significant and the cold start is short." };
  }
  if (coldStartMin > SLOW_START_MIN) return { word: "WARM POOL", tone: "caution", reason: "The cold start is long." };
  return { word: "ALWAYS-ON", tone: "neutral", reason: "Savings do not justify it." };
}
