/** What a guardrail measures, and what it saw, as people read it. Pure. */
import type { Verdict, VerdictName } from "./judge";
import type { Guardrail } from "./schemas";

export const METRIC_LABEL: Record<Guardrail["metric"], string> = {
  error: "Errors",
  timeout: "Timeouts",
  oom: "Out of memory",
  retry: "Retries",
  slow: "Slow answers",
  slow_first_token: "Slow first tokens",
  quality_failure: "Quality failures",
  cost_per_successful_request: "Cost per successful request",
  tokens_per_request: "Tokens per request",
};

const UNCLEAR: Record<VerdictName, string> = {
  pass: "within the tolerance",
  harm: "worse than allowed",
  inconclusive: "not certain yet",
  too_few: "too few requests to say",
  no_data: "nothing observed",
  provider_error: "the baseline itself fails",
};

/** "Errors (not certain yet)" */
export const verdictWords = (one: { guardrail: string; verdict: VerdictName }): string =>
  `${METRIC_LABEL[one.guardrail as Guardrail["metric"]] ?? one.guardrail} (${UNCLEAR[one.verdict]})`;

/** "Errors 9.4 times as often as in the baseline; up to +25 % is allowed (128 canary and 412 baseline requests)" */
export function harmWords(guardrail: Pick<Guardrail, "metric" | "kind" | "tolerance">, { ratio, exposed }: Verdict): string {
  const counted = guardrail.kind === "count" ? "requests" : "successes";
  const seen = `${exposed.canary.toLocaleString("en-US")} canary and ${exposed.baseline.toLocaleString("en-US")} baseline ${counted}`;
  const allowed = `up to +${Math.round(guardrail.tolerance * 100)} % is allowed (${seen})`;
  const name = METRIC_LABEL[guardrail.metric];
  if (ratio === null) return `${name} where the baseline has none; ${allowed}`;
  const how = guardrail.kind === "count" ? "as often as in the baseline" : "as much as the baseline";
  if (ratio < 2) return `${name} +${Math.round((ratio - 1) * 100)} % against the baseline; ${allowed}`;
  return `${name} ${Number(ratio.toPrecision(2))} times ${how}; ${allowed}`;
}
