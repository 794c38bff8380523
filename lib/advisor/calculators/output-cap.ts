import { defineCalculator, line, over } from "./definition";
import { count, tokens, usd } from "./fields";

export const outputCap = defineCalculator({
  id: "output-cap",
  title: "Shorter answers",
  question: "What do shorter answers save, of the output and of the bill?",
  group: "Requests",
  fields: {
    requests: count("Requests a month", "1000000"),
    inputTokens: tokens("Input tokens a request", "500"),
    before: tokens("Output tokens now", "300"),
    after: tokens("Output tokens capped", "200"),
    inputUsd: usd("Input, per 1M tokens", "2.50"),
    outputUsd: usd("Output, per 1M tokens", "10"),
  },
  corrected: (v) => {
    const bill = (output: typeof v.before) => v.requests.mul(v.inputTokens.mul(v.inputUsd).add(output.mul(v.outputUsd))).div(1e6);
    const [now, then] = [bill(v.before), bill(v.after)];
    return {
      lines: [
        line("saved", "Saved a month", "usd", now.sub(then), "lead"),
        line("output_change", "Change of output", "ratio", over(v.after.sub(v.before), v.before), "lead"),
        line("bill_change", "Change of the bill", "ratio", over(then.sub(now), now)),
        line("bill_before", "Now, a month", "usd", now),
        line("bill_after", "Capped, a month", "usd", then),
      ],
    };
  },
  published: (v) => {
    const bill = (output: number) => (v.requests * (v.inputTokens * v.inputUsd + output * v.outputUsd)) / 1e6;
    const [now, half] = [bill(v.before), bill(v.before / 2)];
    return {
      lines: [
        line("saved", "Saved a month", "usd", now - half, "lead"),
        line("output_change", "Change of output", "ratio", -0.5, "lead"),
        line("bill_change", "Change of the bill", "ratio", (half - now) / now),
        line("bill_before", "Now, a month", "usd", now),
        line("bill_after", "Capped, a month", "usd", half),
      ],
      notes: ["The article calls 300 → 200 tokens “cut in half”."],
    };
  },
  corrections: [
    "300 → 200 tokens is a third less output, −33.3 %, not “cut in half” as published; and input stays, so the bill falls by less still.",
  ],
  chart: { along: "after", lines: ["bill_before", "bill_after"] },
});
