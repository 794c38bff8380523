import { defineCalculator, line, over, share } from "./definition";
import { percent, usd } from "./fields";

export const batchLane = defineCalculator({
  id: "batch-lane",
  title: "Async batch lane",
  question: "What does moving patient work to the batch API save?",
  group: "Requests",
  fields: {
    billUsd: usd("Bill a month", "10000"),
    moved: percent("Of it can wait", "40"),
    discount: percent("Batch discount", "50"),
  },
  corrected: (v) => {
    const saved = v.billUsd.mul(share(v.moved)).mul(share(v.discount));
    return {
      lines: [
        line("saved", "Saved a month", "usd", saved, "lead"),
        line("bill", "Bill afterwards", "usd", v.billUsd.sub(saved)),
        line("share", "Of the bill", "ratio", over(saved, v.billUsd)),
      ],
    };
  },
  corrections: [
    "The formula needs no correction: share moved × discount. Answers come within hours, so only work that nobody waits for can move.",
  ],
  chart: { along: "moved", lines: ["bill", "saved"] },
});
