import { defineCalculator, line, ONE, over, share } from "./definition";
import { count, hours, percent, usd } from "./fields";

export const gpuWaste = defineCalculator({
  id: "gpu-waste",
  title: "GPU waste",
  question: "What do idle GPUs cost, and what does a useful GPU-hour really cost?",
  group: "GPUs",
  fields: {
    gpus: count("GPUs", "64"),
    hourlyUsd: usd("One GPU costs an hour", "3.50"),
    hours: hours("Hours in the period", "720"),
    utilization: percent("In use", "40"),
    target: percent("Would be in use", "80"),
  },
  corrected: (v) => {
    const bill = v.gpus.mul(v.hourlyUsd).mul(v.hours);
    const used = share(v.utilization);
    const target = share(v.target);
    return {
      lines: [
        line("waste", "Wasted", "usd", bill.mul(ONE.sub(used)), "lead"),
        line("useful_hour", "Per useful GPU-hour", "usd", over(v.hourlyUsd, used), "lead"),
        line("bill", "Bill", "usd", bill),
        line("waste_share", "Wasted share", "ratio", ONE.sub(used)),
        line("useful_hour_target", "Per useful GPU-hour at the target", "usd", over(v.hourlyUsd, target)),
        line(
          "gpus_target",
          "GPUs that would do the same work at the target",
          "count",
          over(v.gpus.mul(used), target)?.ceil() ?? null,
        ),
      ],
    };
  },
  corrections: ["The formula needs no correction. “In use” should be what the compute units did, not that some kernel ran."],
  chart: { along: "utilization", lines: ["useful_hour", "useful_hour_target"] },
});
