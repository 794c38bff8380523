import { defineCalculator, line, ONE, over, share } from "./definition";
import { count, percent, tokens, times } from "./fields";

export const costEquation = defineCalculator({
  id: "cost-equation",
  title: "Cost equation",
  question: "Which of the three terms of the bill does a lever attack?",
  group: "Planning",
  fields: {
    computePerRequest: tokens("Tokens a request", "2000", "The compute of a request; any unit will do, if it is the same below."),
    requests: count("Requests a month", "1000000"),
    computePerUsd: tokens("Tokens a dollar", "500000"),
    shorter: percent("Fewer tokens a request", "20", "Prompt trimming, output caps, fewer calls."),
    fewer: percent("Fewer requests", "18", "Caches, coalescing, fewer retries."),
    throughput: times("More work for a dollar", "1.5", {
      min: 0.01,
      hint: "Batching, quantization, cheaper models, spot: 1 changes nothing.",
    }),
  },
  corrected: (v) => {
    const cost = (tokensEach: typeof v.requests, asked: typeof v.requests, perUsd: typeof v.requests) =>
      over(tokensEach.mul(asked), perUsd);
    const before = cost(v.computePerRequest, v.requests, v.computePerUsd);
    const tokensEach = v.computePerRequest.mul(ONE.sub(share(v.shorter)));
    const asked = v.requests.mul(ONE.sub(share(v.fewer)));
    const perUsd = v.computePerUsd.mul(v.throughput);
    const after = cost(tokensEach, asked, perUsd);
    const saved = (alone: typeof before) => (before === null || alone === null ? null : before.sub(alone));
    return {
      lines: [
        line("after", "Afterwards, a month", "usd", after, "lead"),
        line("before", "Now, a month", "usd", before),
        line("saved", "Saved", "ratio", before === null || after === null ? null : over(before.sub(after), before), "lead"),
        line("compute_alone", "Less compute a request, alone", "usd", saved(cost(tokensEach, v.requests, v.computePerUsd))),
        line("requests_alone", "Fewer requests, alone", "usd", saved(cost(v.computePerRequest, asked, v.computePerUsd))),
        line("dollar_alone", "More compute a dollar, alone", "usd", saved(cost(v.computePerRequest, v.requests, perUsd))),
      ],
      notes: ["The three savings overlap: together they are less than their sum."],
    };
  },
  corrections: ["The formula needs no correction: cost ≈ compute per request × requests ÷ compute per dollar."],
  chart: { along: "throughput", lines: ["before", "after"] },
});
