/** Levers whose effect is a published range: rough planning numbers, and what must be true for them. */
import { Decimal } from "@/lib/money";
import { defineCalculator, line, ONE, over, share, type Verdict } from "./definition";
import { hours, percent, times, tokens, usd } from "./fields";

export const spotInstances = defineCalculator({
  id: "spot-instances",
  title: "Spot instances",
  question: "What do interruptible GPUs save on work that can be repeated?",
  group: "Planning",
  fields: {
    billUsd: usd("GPU bill a month", "20000"),
    interruptible: percent("Of it can be interrupted", "40", "Batch lanes, not interactive traffic."),
    discountLow: percent("Spot discount, at least", "50"),
    discountHigh: percent("Spot discount, at most", "90"),
    repeated: percent("Work repeated after interruptions", "5"),
  },
  corrected: (v) => {
    const part = v.billUsd.mul(share(v.interruptible));
    const left = (discount: Decimal) => part.mul(ONE.sub(share(discount))).mul(ONE.add(share(v.repeated)));
    return range(v.billUsd, part.sub(left(v.discountLow)), part.sub(left(v.discountHigh)));
  },
  corrections: ["Interrupted work is paid for again; the published 50–90 % leaves that out."],
  chart: { along: "interruptible", lines: ["bill_high", "bill_low"] },
});

export const rightSizeInstance = defineCalculator({
  id: "right-size-instance",
  title: "Right-size the instance",
  question: "Does the model fit a smaller GPU, and what does that save?",
  group: "Planning",
  fields: {
    weightsGb: tokens("Weights, GB", "16", "Billions of parameters × bytes each: 8B at 16 bits is 16 GB."),
    kvGb: tokens("KV cache and work space, GB", "12"),
    smallGb: tokens("Smaller GPU has, GB", "48"),
    largeUsd: usd("Now, an hour", "3.50"),
    smallUsd: usd("Smaller GPU, an hour", "1.10"),
    slower: times("The smaller one needs, times as many", "1.5", { min: 0.1, hint: "For the same traffic." }),
    hours: hours("Hours a month", "730"),
  },
  corrected: (v) => {
    const needed = v.weightsGb.add(v.kvGb);
    const fits = needed.lte(v.smallGb.mul("0.9"));
    const [now, then] = [v.largeUsd.mul(v.hours), v.smallUsd.mul(v.slower).mul(v.hours)];
    const verdict: Verdict = !fits
      ? {
          word: "DOES NOT FIT",
          tone: "bad",
          reason: "It needs more than nine tenths of the smaller GPU's memory. Quantize first.",
        }
      : then.lt(now)
        ? { word: "FITS", tone: "good", reason: "It fits, and the same traffic costs less." }
        : { word: "FITS, NO GAIN", tone: "neutral", reason: "It fits, but so many of them cost as much." };
    return {
      lines: [
        line("saved", "Saved a month, for each GPU replaced", "usd", fits ? now.sub(then) : new Decimal(0), "lead"),
        line("needed", "Memory needed", "bytes", needed.mul(1e9), "lead"),
        line("cost_now", "Now, a month", "usd", now),
        line("cost_then", "Smaller, a month", "usd", then),
        line("memory_share", "Of the smaller GPU's memory", "ratio", over(needed, v.smallGb)),
      ],
      verdict,
    };
  },
  corrections: ["A saving counts only when the model fits with a tenth of the memory left over."],
  chart: { along: "slower", lines: ["cost_now", "cost_then"] },
});

export const speculativeDecoding = defineCalculator({
  id: "speculative-decoding",
  title: "Speculative decoding",
  question: "How much faster do answers come, and does it save anything?",
  group: "Planning",
  fields: {
    decodeMs: tokens("Decode time of an answer, ms", "1800"),
    speedLow: times("Faster, at least", "1.8", { min: 1 }),
    speedHigh: times("Faster, at most", "2.2", { min: 1 }),
    draftCost: percent("The draft model takes of the GPU", "15"),
    bound: percent(
      "Of GPU time is spent waiting for memory",
      "60",
      "Speculation uses compute that waits for memory; at high load none is left.",
    ),
  },
  corrected: (v) => ({
    lines: [
      line("decode_low", "Decode time afterwards, at least", "ms", v.decodeMs.div(v.speedHigh), "lead"),
      line("decode_high", "Decode time afterwards, at most", "ms", v.decodeMs.div(v.speedLow), "lead"),
      line("saved_ms", "Sooner by, at least", "ms", v.decodeMs.sub(v.decodeMs.div(v.speedLow))),
      line("spare", "Spare compute after the draft model", "ratio", share(v.bound).sub(share(v.draftCost))),
    ],
    verdict: v.bound.lte(v.draftCost)
      ? {
          word: "NO ROOM",
          tone: "bad",
          reason: "The draft model takes more than what waits: under load it makes answers slower.",
        }
      : {
          word: "LATENCY LEVER",
          tone: "neutral",
          reason: "It makes answers faster. It is not a cost lever: the GPUs do more work, not less.",
        },
  }),
  corrections: ["The published 1.8–2.2× is speed. It is listed among savings, but it is no saving."],
  chart: { along: "decodeMs", lines: ["decode_low", "decode_high"] },
});

export const distillation = defineCalculator({
  id: "distillation",
  title: "Distillation",
  question: "When does a student model pay back its training?",
  group: "Planning",
  fields: {
    billUsd: usd("The endpoint costs a month", "12000"),
    moved: percent("Answered by the student", "85", "The teacher stays as fallback for the rest."),
    cheaperLow: times("Student is cheaper, at least", "5", { min: 1 }),
    cheaperHigh: times("Student is cheaper, at most", "30", { min: 1 }),
    trainingUsd: usd("Data set, training, evaluation", "8000"),
  },
  corrected: (v) => {
    const part = v.billUsd.mul(share(v.moved));
    const [low, high] = [part.sub(part.div(v.cheaperLow)), part.sub(part.div(v.cheaperHigh))];
    const outcome = range(v.billUsd, low, high);
    outcome.lines.push(line("payback", "Pays back in months, at most", "count", over(v.trainingUsd, low)));
    return outcome;
  },
  corrections: [
    "5–30× is the price of the student's own answers; what stays with the teacher and the training are counted here as well.",
  ],
  chart: { along: "moved", lines: ["bill_high", "bill_low"] },
});

function range(bill: Decimal, low: Decimal, high: Decimal) {
  return {
    lines: [
      line("saved_low", "Saved a month, at least", "usd", low, "lead"),
      line("saved_high", "Saved a month, at most", "usd", high, "lead"),
      line("bill_high", "Bill afterwards, at most", "usd", bill.sub(low)),
      line("bill_low", "Bill afterwards, at least", "usd", bill.sub(high)),
      line("share_low", "Of the bill, at least", "ratio", over(low, bill)),
      line("share_high", "Of the bill, at most", "ratio", over(high, bill)),
    ],
  };
}
