import { defineCalculator, line, ONE, over, share, ZERO } from "./definition";
import { count, percent, tokens, usd } from "./fields";
import { roundTo } from "./published";

export const llmCost = defineCalculator({
  id: "llm-cost",
  title: "LLM cost",
  question: "What do so many requests cost, and what does a response cache take off?",
  group: "Requests",
  fields: {
    requests: count("Requests", "1000000"),
    inputTokens: tokens("Input tokens a request", "500"),
    outputTokens: tokens("Output tokens a request", "200"),
    inputUsd: usd("Input, per 1M tokens", "2.50"),
    outputUsd: usd("Output, per 1M tokens", "10"),
    hitRate: percent("Answered from the cache", "18"),
  },
  corrected: (v) => {
    const asked = v.requests.mul(ONE.sub(share(v.hitRate)));
    const [inTokens, outTokens] = [asked.mul(v.inputTokens), asked.mul(v.outputTokens)];
    const [inCost, outCost] = [inTokens.mul(v.inputUsd).div(1e6), outTokens.mul(v.outputUsd).div(1e6)];
    const total = inCost.add(outCost);
    const without = v.requests.mul(v.inputTokens.mul(v.inputUsd).add(v.outputTokens.mul(v.outputUsd))).div(1e6);
    return {
      lines: [
        line("total", "Total", "usd", total, "lead"),
        line("saved", "Saved by the cache", "usd", without.sub(total), "lead"),
        line("effective", "Requests that reach a model", "count", asked),
        line("input_tokens", "Input tokens", "tokens", inTokens),
        line("output_tokens", "Output tokens", "tokens", outTokens),
        line("input_cost", "Input", "usd", inCost),
        line("output_cost", "Output", "usd", outCost),
        line("cost_per_request", "Per request, hits included", "usd", over(total, v.requests)),
        line("output_share", "Output's share", "ratio", over(outCost, total) ?? ZERO),
        line("without_cache", "Without the cache", "usd", without),
      ],
    };
  },
  published: (v) => {
    const effective = Math.round(v.requests * (1 - v.hitRate / 100));
    const [inTokens, outTokens] = [effective * v.inputTokens, effective * v.outputTokens];
    const inCost = roundTo((inTokens / 1e6) * v.inputUsd, 2);
    const outCost = roundTo((outTokens / 1e6) * v.outputUsd, 2);
    const total = roundTo(inCost + outCost, 2);
    const without = roundTo((v.requests * (v.inputTokens * v.inputUsd + v.outputTokens * v.outputUsd)) / 1e6, 2);
    return {
      lines: [
        line("total", "Total", "usd", total, "lead"),
        line("saved", "Saved by the cache", "usd", roundTo(without - total, 2), "lead"),
        line("effective", "Requests that reach a model", "count", effective),
        line("input_tokens", "Input tokens", "tokens", inTokens),
        line("output_tokens", "Output tokens", "tokens", outTokens),
        line("input_cost", "Input", "usd", inCost),
        line("output_cost", "Output", "usd", outCost),
        line("cost_per_request", "Per request, hits included", "usd", roundTo(total / v.requests, 5)),
        line("output_share", "Output's share", "ratio", total === 0 ? 0 : roundTo((outCost / total) * 100, 1) / 100),
        line("without_cache", "Without the cache", "usd", without),
      ],
    };
  },
  corrections: [
    "Amounts stay exact and are rounded for display only. As published, each is rounded on the way, and $0.002665 a request prints as $0.00267 or $0.00266 depending on who rounds.",
  ],
  chart: { along: "hitRate", lines: ["total", "without_cache"] },
});
