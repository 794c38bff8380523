import { defineCalculator, line, ONE, over, share } from "./definition";
import { percent, usd } from "./fields";

export const promptCaching = defineCalculator({
  id: "prompt-caching",
  title: "Provider prompt caching",
  question: "What does caching the stable prefix take off the bill?",
  group: "Requests",
  fields: {
    billUsd: usd("Bill a month", "10000"),
    inputShare: percent("Of it for input tokens", "100", "Only input can be cached. 100: the bill given is input only."),
    cacheable: percent("Of the input is a stable prefix", "70"),
    hitRate: percent("Of it is found in the cache", "100", "Below 100 when prefixes expire between calls."),
    discountLow: percent("Discount on cached tokens, at least", "50"),
    discountHigh: percent("Discount on cached tokens, at most", "90"),
    writePremium: percent("Extra for writing the cache", "0", "Anthropic: 25 for 5 minutes, 100 for 1 hour. Paid on misses."),
  },
  corrected: (v) => {
    const eligible = v.billUsd.mul(share(v.inputShare)).mul(share(v.cacheable));
    const hit = share(v.hitRate);
    const premium = eligible.mul(ONE.sub(hit)).mul(share(v.writePremium));
    const saved = (discount: typeof v.billUsd) => eligible.mul(hit).mul(share(discount)).sub(premium);
    const [low, high] = [saved(v.discountLow), saved(v.discountHigh)];
    return {
      lines: [
        line("bill_high", "Bill afterwards, at most", "usd", v.billUsd.sub(low), "lead"),
        line("bill_low", "Bill afterwards, at least", "usd", v.billUsd.sub(high), "lead"),
        line("eligible", "Cacheable spend", "usd", eligible),
        line("saved_low", "Saved, at least", "usd", low),
        line("saved_high", "Saved, at most", "usd", high),
        line("share_low", "Of the whole bill, at least", "ratio", over(low, v.billUsd)),
        line("share_high", "Of the whole bill, at most", "ratio", over(high, v.billUsd)),
      ],
      notes: ["The discount is on cached tokens, not on the bill: the base of each share is named."],
    };
  },
  published: (v) => ({
    lines: [
      // The article's own figures for a $10,000 bill: 55–70 % off, whatever the discount it names elsewhere.
      line("bill_high", "Bill afterwards, at most", "usd", v.billUsd * 0.45, "lead"),
      line("bill_low", "Bill afterwards, at least", "usd", v.billUsd * 0.3, "lead"),
      line("eligible", "Cacheable spend", "usd", (v.billUsd * v.cacheable) / 100),
      line("saved_low", "Saved, at least", "usd", v.billUsd * 0.55),
      line("saved_high", "Saved, at most", "usd", v.billUsd * 0.7),
      line("share_low", "Of the whole bill, at least", "ratio", 0.55),
      line("share_high", "Of the whole bill, at most", "ratio", 0.7),
    ],
  }),
  corrections: [
    "As published, $10,000 becomes $3,000–4,500 with 70 % eligible, which contradicts the 50–90 % discount of the same article: that leaves $3,700–6,500.",
    "Misses pay the premium for writing the cache; as published, they do not.",
  ],
  chart: { along: "cacheable", lines: ["bill_high", "bill_low"] },
});
