import { defineCalculator, HOURS_PER_MONTH, line, ONE, over, share } from "./definition";
import { count, percent, perSecond, times, usd } from "./fields";

export const selfHost = defineCalculator({
  id: "self-host",
  title: "Self-host or API",
  question: "From which utilization on are own GPUs cheaper, and what do they cost over the term?",
  group: "GPUs",
  fields: {
    gpus: count("GPUs", "8", { min: 1 }),
    hourlyUsd: usd("One GPU costs an hour", "3.50"),
    overheadUsd: usd("People and platform, a month", "6000"),
    tokensPerSec: perSecond("All GPUs at full load write and read, tokens a second", "40000"),
    apiUsd: usd("API, blended per 1M tokens", "0.60"),
    utilization: percent("Expected utilization", "35"),
    months: count("Term, months", "24", { min: 1, max: 120 }),
    setupUsd: usd("To begin with, once", "20000"),
  },
  corrected: (v) => {
    const monthly = v.gpus.mul(v.hourlyUsd).mul(HOURS_PER_MONTH).add(v.overheadUsd);
    const capacity = v.tokensPerSec.mul(HOURS_PER_MONTH * 3600);
    const apiAtFull = capacity.mul(v.apiUsd).div(1e6);
    const api = apiAtFull.mul(share(v.utilization));
    const breakEven = over(monthly.add(v.setupUsd.div(v.months)), apiAtFull);
    const [own, other] = [monthly.mul(v.months).add(v.setupUsd), api.mul(v.months)];
    return {
      lines: [
        line("break_even", "Break-even utilization", "ratio", breakEven, "lead"),
        line("difference", "Own GPUs save over the term", "usd", other.sub(own), "lead"),
        line("own_term", "Own GPUs over the term", "usd", own),
        line("api_term", "API over the term", "usd", other),
        line("own_month", "Own GPUs, a month", "usd", monthly),
        line("api_month", "API, a month", "usd", api),
        line("own_per_1m", "Own GPUs, per 1M tokens", "usd", over(monthly.mul(1e6), capacity.mul(share(v.utilization)))),
      ],
      verdict:
        breakEven === null
          ? { word: "API", tone: "neutral", reason: "The API costs nothing here." }
          : breakEven.gt(1)
            ? { word: "API", tone: "neutral", reason: "Even fully used, own GPUs cost more than the API." }
            : share(v.utilization).gte(breakEven)
              ? { word: "SELF-HOST", tone: "good", reason: "Expected utilization is above break-even." }
              : { word: "API", tone: "neutral", reason: "Expected utilization is below break-even. Ask again in 90 days." },
    };
  },
  corrections: [
    "Total cost counts people, platform and the beginning, not GPUs only.",
    "Break-even is a utilization: the price of the API at full load against the fixed cost. Run it again every 90 days.",
  ],
  chart: { along: "utilization", lines: ["own_month", "api_month"] },
});

/**
 * The premium and utilization behind "serverless is 77 % cheaper at moderate traffic, and breaks even at 65–70 %":
 * serverless costs premium × utilization of the dedicated price, so break-even = 1 ÷ premium, and 1 − 0.77 = premium × moderate.
 */
export const serverlessClaim = defineCalculator({
  id: "serverless-premium",
  title: "What a serverless claim implies",
  question: "“So much cheaper at moderate traffic, break-even at …”: what premium and traffic does that mean?",
  group: "GPUs",
  fields: {
    cheaper: percent("Cheaper at moderate traffic", "77"),
    breakEvenLow: percent("Break-even utilization, at least", "65"),
    breakEvenHigh: percent("Break-even utilization, at most", "70"),
    dedicatedUsd: usd("Dedicated, a month", "10000"),
    premium: times("Try a premium of", "1.5", { min: 1 }),
  },
  corrected: (v) => {
    const paid = ONE.sub(share(v.cheaper));
    const [low, high] = [share(v.breakEvenLow), share(v.breakEvenHigh)];
    return {
      lines: [
        line("premium_low", "Premium over dedicated, at least", "times", over(ONE, high), "lead"),
        line("premium_high", "Premium over dedicated, at most", "times", over(ONE, low), "lead"),
        line("moderate_low", "“Moderate traffic” is a utilization of at least", "ratio", paid.mul(low)),
        line("moderate_high", "“Moderate traffic” is a utilization of at most", "ratio", paid.mul(high)),
        line("break_even_tried", "Break-even at the premium tried", "ratio", over(ONE, v.premium)),
        line("serverless_month", "Serverless there, a month", "usd", v.dedicatedUsd.mul(paid)),
      ],
    };
  },
  corrections: [
    "The claim needs no correction, it needs its terms: 77 % cheaper and break-even at 65–70 % mean a premium of 1.43–1.54 and “moderate” traffic of only 15–16 % utilization.",
  ],
  chart: { along: "cheaper", lines: ["moderate_low", "moderate_high"] },
});
