import { defineCalculator, line, over, type Exact, type Line } from "./definition";
import { percent, usd } from "./fields";
import { stackOf } from "./stack-of";

/** Published planning ranges, percent of the spend that a lever is said to save. */
const LEVERS = [
  { id: "tokens", label: "Token reduction", low: 10, high: 30 },
  { id: "cache", label: "Exact cache", low: 20, high: 40 },
  { id: "model", label: "Right-sized model", low: 50, high: 90 },
  { id: "routing", label: "Small model first", low: 50, high: 80 },
  { id: "batching", label: "Batching", low: 40, high: 60 },
  { id: "quantization", label: "Quantization", low: 30, high: 50 },
] as const;
/** What the same source promises for all of it. */
const PROMISED = { low: 50, high: 90 };

const FIELDS = {
  billUsd: usd("Bill a month", "10000"),
  tokens: percent("Token reduction addresses", "100", "Of what is left of the bill when its turn comes."),
  cache: percent("Exact cache addresses", "30", "Repeatable requests."),
  model: percent("Right-sizing addresses", "20", "Spend on a model larger than its task."),
  routing: percent("Routing addresses", "40", "What is still on a large model."),
  batching: percent("Batching addresses", "30", "Spend on own GPUs."),
  quantization: percent("Quantization addresses", "30", "Spend on own GPUs at 16 bits."),
};

export const leverStack = defineCalculator({
  id: "lever-stack",
  title: "Lever stack",
  question: "What do all levers save together, once they overlap?",
  group: "Planning",
  fields: FIELDS,
  corrected: (v) => {
    const addressed = (lever: (typeof LEVERS)[number], at: "low" | "high") => v[lever.id].mul(lever[at]).div(100);
    const low = stackOf(
      v.billUsd,
      LEVERS.map((lever) => [lever.id, addressed(lever, "low")]),
    );
    const high = stackOf(
      v.billUsd,
      LEVERS.map((lever) => [lever.id, addressed(lever, "high")]),
    );
    return {
      lines: [
        ...totals(v, v.billUsd.sub(low.left.at(-1)!), v.billUsd.sub(high.left.at(-1)!)),
        ...LEVERS.flatMap(({ id, label }, index): Line[] => [
          line(`${id}_low`, `${label} owns, at least`, "usd", low.saved[index]!),
          line(`${id}_high`, `${label} owns, at most`, "usd", high.saved[index]!),
        ]),
      ],
      notes: ["Planning ranges, not measurements: the advisor's findings measure what is there, the ledger what came of it."],
    };
  },
  published: (v) => {
    const product = (at: "low" | "high") => 1 - LEVERS.reduce((left, lever) => left * (1 - lever[at] / 100), 1);
    return {
      lines: [
        line("saved_low", "Saved, at least", "usd", v.billUsd * product("low"), "lead"),
        line("saved_high", "Saved, at most", "usd", v.billUsd * product("high"), "lead"),
        line("bill_high", "Bill afterwards, at most", "usd", v.billUsd * (1 - product("low"))),
        line("bill_low", "Bill afterwards, at least", "usd", v.billUsd * (1 - product("high"))),
        line("share_low", "Of the bill, at least", "ratio", product("low")),
        line("share_high", "Of the bill, at most", "ratio", product("high")),
      ],
      notes: [`The same article promises ${PROMISED.low}–${PROMISED.high} % for all of it.`],
    };
  },
  corrections: [
    "As published, every lever is applied to the whole bill and they are multiplied: 92–99.8 % saved, against the same article's own 50–90 %. Corrected, each addresses its share of what is left, and every dollar has one owner.",
  ],
  chart: { along: "billUsd", lines: ["bill_high", "bill_low"] },
});

function totals(v: Exact<typeof FIELDS>, low: Exact<typeof FIELDS>["billUsd"], high: typeof low): Line[] {
  return [
    line("saved_low", "Saved, at least", "usd", low, "lead"),
    line("saved_high", "Saved, at most", "usd", high, "lead"),
    line("bill_high", "Bill afterwards, at most", "usd", v.billUsd.sub(low)),
    line("bill_low", "Bill afterwards, at least", "usd", v.billUsd.sub(high)),
    line("share_low", "Of the bill, at least", "ratio", over(low, v.billUsd)),
    line("share_high", "Of the bill, at most", "ratio", over(high, v.billUsd)),
  ];
}
