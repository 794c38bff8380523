import { defineCalculator, line, over } from "./definition";
import { count, percent, tokens, usd } from "./fields";
import { stackOf } from "./stack-of";

export const workloadEstimator = defineCalculator({
  id: "workload-estimator",
  title: "Workload estimator",
  question: "What will a workload cost a month, bare and with each optimisation?",
  group: "Planning",
  fields: {
    requests: count("Requests a month", "1000000"),
    tokensEach: tokens("Tokens a request, in and out", "700"),
    blendedUsd: usd("Blended price per 1M tokens", "0.60"),
    trim: percent("Prompt trimming saves", "15"),
    cache: percent("Caching saves", "25"),
    routing: percent("Routing saves", "50"),
    batching: percent("Batching and quantization save", "40"),
  },
  corrected: (v) => {
    const total = v.requests.mul(v.tokensEach);
    const bill = total.mul(v.blendedUsd).div(1e6);
    const stack = stackOf(bill, [
      ["trim", v.trim],
      ["cache", v.cache],
      ["routing", v.routing],
      ["batching", v.batching],
    ]);
    const [trimmed, cached, routed, batched] = stack.left;
    return {
      lines: [
        line("bill", "Bare", "usd", bill, "lead"),
        line("after_trim", "+ prompt trimming", "usd", trimmed!),
        line("after_cache", "+ caching", "usd", cached!),
        line("after_routing", "+ routing", "usd", routed!),
        line("after_batching", "+ batching and quantization", "usd", batched!, "lead"),
        line("tokens", "Tokens a month", "tokens", total),
        line("saved", "Saved", "ratio", over(bill.sub(batched!), bill)),
      ],
      notes: ["Each lever works on what the ones above it left, so that no dollar is saved twice."],
    };
  },
  corrections: [
    "The bill needs no correction: tokens × blended price. The levers are laid one over another instead of being added up.",
  ],
  chart: { along: "requests", lines: ["bill", "after_cache", "after_batching"] },
});
