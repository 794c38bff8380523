import type { Detection } from "../findings/finding";
import type { AdvisorInput, SampleEvent } from "./input";
import {
  exploreLink,
  groupBy,
  isApiCall,
  number,
  partsOf,
  percent,
  quantile,
  ratio,
  requestsLink,
  roundUp,
  sampled,
  tokens,
} from "./looking";
import { DailyShare } from "./measured-share";

/** Outputs whose longest are many times the usual one, and nothing caps them. */
const LONG_TO_USUAL = 4;
const MIN_P95_TOKENS = 500;
const MIN_ANSWERS = 100;
/** Where it would be cut: answers of the usual kind vary, and hardly one in a hundred is longer than this. */
const CAP_TO_USUAL = 2.5;

export function detectOutputCap(input: AdvisorInput): Detection[] {
  const answers = input.sample.events.filter(
    (event) => isApiCall(event) && event.status === "success" && event.meters.output > 0,
  );
  return [...groupBy(answers, ({ endpoint }) => endpoint)].flatMap(([endpoint, all]) => {
    const steps = [...groupBy(all, ({ step }) => step ?? "")];
    const runaway = steps.map(([step, events]) => stepOf(step, events)).filter((step) => step !== null);
    const worst = runaway.sort((a, b) => b.p95 - a.p95)[0];
    if (!worst) return [];
    // One cap for the endpoint: no step's usual answer may meet it.
    const usual = Math.max(...steps.map(([, events]) => quantile(outputsOf(events), 0.5)!));
    const cap = roundUp(CAP_TO_USUAL * usual, 50);
    const now = input.policyOf(null, endpoint).tokens.maxOutputTokens;
    if (now !== null && now <= cap * 2) return [];
    const share = new DailyShare();
    for (const event of all) {
      const cut = event.meters.output > cap ? { ...event, meters: { ...event.meters, output: cap } } : event;
      const [was, is] = [input.rate(event) ?? 0n, input.rate(cut) ?? 0n];
      share.add(event.occurredAt, was - is, was);
    }
    const estimate = share.estimate();
    if (!estimate || estimate.share < 0.01) return [];
    const cutShare = all.filter(({ meters }) => meters.output > cap).length / all.length;
    const of = worst.step ? `step ${worst.step} of ${endpoint}` : endpoint;
    const rows = input.traffic.filter((row) => row.endpoint === endpoint);
    return [
      {
        lever: "output_cap",
        scope: { endpoint },
        title: `Answers of ${endpoint} have no limit`,
        statement: `The usual answer of ${of} has ${number(worst.p50)} tokens, one in twenty more than ${number(worst.p95)}. Nothing caps them${now === null ? "" : ` below ${number(now)}`}: what is beyond ${number(cap)} tokens is ${percent(estimate.share)} of the cost.`,
        numbers: [
          tokens("Output p50", worst.p50),
          tokens("Output p95", worst.p95),
          ratio("Answers beyond the cap", cutShare),
          ratio("Spend beyond the cap", estimate.share),
        ],
        links: [
          exploreLink("Output tokens by step in Explore", "tokens_out_p50,tokens_out_p95", "actionStep", { endpoint }),
          requestsLink("The requests, dearest first", { endpoint, actionStep: worst.step || undefined }, { sort: "costliest" }),
        ],
        parts: partsOf(rows, estimate.low, estimate.high),
        basis: "measured",
        method: `Every answer (${sampled(input)}) priced again with at most ${number(cap)} output tokens; 95 % interval over ${estimate.days} days.`,
        confidence: "high",
        confidenceWhy: "Worked out on own answers. How much shorter answers help depends on who reads them.",
        quality: `${percent(cutShare)} of the answers would be cut at ${number(cap)} tokens.`,
        prerequisites: ["Tell the prompt how long an answer may be, so that it ends instead of being cut."],
        remedy: {
          kind: "change",
          title: `Cap answers of ${endpoint} at ${number(cap)} tokens`,
          edits: [{ kind: "tokens", scope: { level: "endpoint", value: endpoint }, patch: { maxOutputTokens: cap } }],
        },
      },
    ];
  });
}

const outputsOf = (events: readonly SampleEvent[]) => events.map(({ meters }) => meters.output);

function stepOf(step: string, events: readonly SampleEvent[]): { step: string; p50: number; p95: number } | null {
  if (events.length < MIN_ANSWERS) return null;
  const [p50, p95] = [quantile(outputsOf(events), 0.5)!, quantile(outputsOf(events), 0.95)!];
  return p95 >= MIN_P95_TOKENS && p95 >= LONG_TO_USUAL * p50 ? { step, p50, p95 } : null;
}
