import { defineCalculator, line, ONE, over, share } from "./definition";
import { choice, percent, tokens, usd } from "./fields";

export const routingBlend = defineCalculator({
  id: "routing-blend",
  title: "Routing blend",
  question: "What does sending the easy share to a small model save?",
  group: "Requests",
  fields: {
    smallShare: percent("Answered by the small model", "30"),
    smallInputUsd: usd("Small model, input per 1M tokens", "0.25"),
    smallOutputUsd: usd("Small model, output per 1M tokens", "1.25"),
    largeInputUsd: usd("Large model, input per 1M tokens", "15"),
    largeOutputUsd: usd("Large model, output per 1M tokens", "75"),
    inputTokens: tokens("Input tokens a request", "1000"),
    outputTokens: tokens("Output tokens a request", "500"),
    routerUsd: usd("The router costs, per 1,000 requests", "0", "A classifier's own call. A rule costs nothing."),
    style: choice(
      "How",
      [
        { value: "route", label: "Router decides first" },
        { value: "cascade", label: "Cascade: small first, then large" },
      ],
      "route",
    ),
  },
  corrected: (v) => {
    const price = (input: typeof v.smallInputUsd, output: typeof v.smallInputUsd) =>
      v.inputTokens.mul(input).add(v.outputTokens.mul(output)).div(1e6);
    const small = price(v.smallInputUsd, v.smallOutputUsd);
    const large = price(v.largeInputUsd, v.largeOutputUsd);
    const s = share(v.smallShare);
    const router = v.routerUsd.div(1_000);
    // A cascade asks the small model always, and the large one for what escalates.
    const smallAsked = v.style === "cascade" ? ONE : s;
    const blended = smallAsked.mul(small).add(ONE.sub(s).mul(large)).add(router);
    return {
      lines: [
        line("saving", "Saved", "ratio", over(large.sub(blended), large), "lead"),
        line("blended", "Blended, per request", "usd", blended, "lead"),
        line("large", "Large model only, per request", "usd", large),
        line("small", "Small model only, per request", "usd", small),
        line("price_ratio", "Large against small", "times", over(large, small)),
        line("escalated", "Answered by the large model", "ratio", ONE.sub(s)),
      ],
      ...(blended.gt(large)
        ? {
            verdict: {
              word: "DEARER",
              tone: "bad" as const,
              reason: "So few easy requests do not pay for asking the small model, or the router.",
            },
          }
        : {}),
    };
  },
  corrections: [
    "The formula needs no correction: s × small + (1 − s) × large + router. A cascade pays the small model on escalations too, which articles tend to leave out.",
    "A model 60 times as dear does not make a saving of 60 times: at 30 % routed it saves 29.5 %.",
  ],
  chart: { along: "smallShare", lines: ["blended", "large"] },
});
