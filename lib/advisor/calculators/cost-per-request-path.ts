import { defineCalculator, line, ONE, over, share } from "./definition";
import { percent, usd } from "./fields";

export const costPerRequestPath = defineCalculator({
  id: "cost-per-request-path",
  title: "Path to a target cost",
  question: "Do these levers bring cost per request to the target?",
  group: "Planning",
  fields: {
    startUsd: usd("Cost per request now", "0.08"),
    targetUsd: usd("Target", "0.02"),
    cache: percent("Caching saves", "18"),
    first: percent("Quantization saves", "50"),
    second: percent("Batching saves", "50"),
    third: percent("Autoscaling saves", "50"),
    reachedUsd: usd("Reached, as measured", "0.021"),
  },
  corrected: (v) => {
    const end = [v.cache, v.first, v.second, v.third].reduce((cost, saved) => cost.mul(ONE.sub(share(saved))), v.startUsd);
    const above = over(v.reachedUsd.sub(v.targetUsd), v.targetUsd);
    return {
      lines: [
        line("product", "The levers multiply to", "usd", end, "lead"),
        line("reached", "Reached", "usd", v.reachedUsd, "lead"),
        line("above_target", "Reached against the target", "ratio", above),
        line("saved", "Saved so far", "ratio", over(v.startUsd.sub(v.reachedUsd), v.startUsd)),
      ],
      verdict: v.reachedUsd.lte(v.targetUsd)
        ? { word: "REACHED", tone: "good", reason: "Cost per request is at or below the target." }
        : {
            word: "NOT REACHED",
            tone: "caution",
            reason: `It is ${above === null ? "above" : `${above.mul(100).toDecimalPlaces(1).toFixed()} % above`} the target.`,
          },
    };
  },
  published: (v) => ({
    lines: [
      line("product", "The levers multiply to", "usd", v.reachedUsd, "lead"),
      line("reached", "Reached", "usd", v.reachedUsd, "lead"),
      line("above_target", "Reached against the target", "ratio", 0),
      line("saved", "Saved so far", "ratio", (v.startUsd - v.reachedUsd) / v.startUsd),
    ],
    verdict: { word: "REACHED", tone: "good", reason: "The article counts $0.021 as the target of $0.02." },
  }),
  corrections: [
    "The levers of the article multiply to $0.0082 a request, not to the $0.021 that it reports: either they did not all apply to every request, or they overlap.",
    "$0.021 is 5 % above a target of $0.02, and is said to be.",
  ],
  chart: { along: "cache", lines: ["product", "reached"] },
});
