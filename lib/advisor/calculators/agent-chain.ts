import { defineCalculator, line, ONE, over, share } from "./definition";
import { count, percent, usd } from "./fields";

export const agentChain = defineCalculator({
  id: "agent-chain",
  title: "Agent chain",
  question: "Is it better to make calls cheaper, or to make fewer of them?",
  group: "Requests",
  fields: {
    actions: count("Actions a month", "100000"),
    calls: count("Calls an action", "10", { min: 1, max: 10_000 }),
    callUsd: usd("One call costs", "0.008"),
    cheaper: percent("Each call gets cheaper by", "20"),
    dropped: count("Calls left out", "3", { max: 10_000 }),
  },
  corrected: (v) => {
    const kept = v.calls.sub(v.dropped).clamp(0, v.calls);
    const before = v.calls.mul(v.callUsd);
    const cheap = v.callUsd.mul(ONE.sub(share(v.cheaper)));
    const both = kept.mul(cheap);
    const change = (after: typeof before) => over(after.sub(before), before);
    return {
      lines: [
        line("both", "Both", "ratio", change(both), "lead"),
        line("saving_month", "Both save a month", "usd", before.sub(both).mul(v.actions), "lead"),
        line("cheaper_only", "Cheaper calls only", "ratio", change(v.calls.mul(cheap))),
        line("fewer_only", "Fewer calls only", "ratio", change(kept.mul(v.callUsd))),
        line("per_action_before", "Per action now", "usd", before),
        line("per_action_after", "Per action afterwards", "usd", both),
      ],
    };
  },
  corrections: ["The formula needs no correction. The two multiply, they do not add: −20 % and −30 % make −44 %, not −50 %."],
  chart: { along: "dropped", lines: ["per_action_before", "per_action_after"] },
});
