/** Changes and rollouts as people read them. Pure. */
import { METRIC_LABEL } from "@/lib/changes/guardrails/harm-words";
import type { VerdictName } from "@/lib/changes/guardrails/judge";
import type { Guardrail } from "@/lib/changes/guardrails/schemas";
import type { ChangeStatus } from "@/lib/changes/request/machine";
import type { RolloutPlan, Strategy } from "@/lib/changes/rollout/plan";
import type { PauseReason, RolloutState } from "@/lib/changes/rollout/state";
import type { ChangeSummary, ReturnView, TouchedTarget } from "@/lib/changes/schemas";

export const STATUS_LABEL: Record<ChangeStatus, string> = {
  draft: "draft",
  in_review: "in review",
  approved: "approved",
  scheduled: "scheduled",
  suspended: "suspended",
  executing: "rolling out",
  promoted: "promoted",
  rolled_back: "rolled back",
  failed_preflight: "failed preflight",
  rejected: "rejected",
  cancelled: "cancelled",
  expired: "expired",
};

export const PHASE_LABEL: Record<RolloutState["phase"], string> = {
  pending: "about to begin",
  preflight: "checking the gates",
  deploying: "being applied",
  soaking: "being compared",
  gated: "being judged",
  baking: "watched on everybody",
  promoted: "promoted",
  rolling_back: "going back",
  rolled_back: "rolled back",
  rollback_degraded: "rollback degraded",
  failed_preflight: "failed preflight",
  superseded: "replaced",
};

export const PAUSE_WORDS: Record<PauseReason, string> = {
  manual: "Somebody paused it.",
  inconclusive: "The numbers are not clear enough: a person decides.",
  approval: "The next step waits for a person.",
  freeze: "Changes are frozen.",
  metrics_unavailable: "Telemetry is late: nothing is judged without it.",
  min_targets: "Too few targets are healthy on it.",
};

export const VERDICT_WORDS: Record<VerdictName, { label: string; tone: "success" | "warning" | "destructive" | "secondary" }> = {
  pass: { label: "within the tolerance", tone: "success" },
  harm: { label: "worse than allowed", tone: "destructive" },
  inconclusive: { label: "not certain yet", tone: "secondary" },
  too_few: { label: "too few requests to say", tone: "secondary" },
  no_data: { label: "nothing observed", tone: "warning" },
  provider_error: { label: "the baseline itself fails", tone: "warning" },
};

export const STRATEGY_LABEL: Record<Strategy, { name: string; what: string; share: string }> = {
  traffic: {
    name: "Traffic split",
    what: "A share of requests at the gateways, the same people all along.",
    share: "of requests",
  },
  nodes: { name: "Node waves", what: "GPU nodes one wave after another, compared with the rest of the pool.", share: "of nodes" },
  shadow: { name: "Shadow", what: "Mirrored and compared; nobody is served by it.", share: "of requests mirrored" },
  all: { name: "All at once", what: "For what can do no harm: there is nothing to compare with.", share: "at once" },
};

export const CLASS_WORDS: Record<ChangeSummary["restartClass"], { name: string; what: string }> = {
  instant: { name: "instant", what: "Gateways take it over without a pause." },
  warm: { name: "warm", what: "Engines change; the previous ones are kept to go back to." },
  cold: { name: "cold restart", what: "Engines restart: going back takes as long." },
};

export const OUTCOME_LABEL: Record<TouchedTarget["outcome"], string> = {
  changed: "gets a new configuration",
  unchanged: "has this already",
  refused: "refuses it",
  nothing: "is not concerned",
};

/** "45 s", "12 min", "3.5 h" */
export function lengthOf(sec: number): string {
  if (sec < 90) return `${Math.round(sec)} s`;
  if (sec < 5_400) return `${Math.round(sec / 60)} min`;
  return `${Number((sec / 3_600).toFixed(1))} h`;
}

/** "4:05" or "2 h 10 min": how long until then; never below zero. */
export function countdown(ms: number): string {
  const sec = Math.max(0, Math.ceil(ms / 1_000));
  if (sec >= 3_600) return `${Math.floor(sec / 3_600)} h ${Math.floor((sec % 3_600) / 60)} min`;
  return `${Math.floor(sec / 60)}:${String(sec % 60).padStart(2, "0")}`;
}

/** "1 → 5 → 25 → 50 → 100 % of requests, 10 min each, then 30 min watched" */
export function planInWords(plan: RolloutPlan): string {
  const ceiling = plan.spendCeilingUsdPerHour === undefined ? "" : `, at most $${plan.spendCeilingUsdPerHour} an hour`;
  const watched = `then ${lengthOf(plan.bakeMin * 60)} watched${ceiling}`;
  if (plan.strategy === "all") return `All at once, ${watched}`;
  const { share } = STRATEGY_LABEL[plan.strategy];
  return `${plan.sharesPercent.join(" → ")} % ${share}, ${lengthOf(plan.soakMin * 60)} each, ${watched}`;
}

export const percentOf = (fraction: number) => `${Number((fraction * 100).toFixed(fraction < 0.1 ? 1 : 0))} %`;

/** "Errors at most 25 % more often" */
export function guardrailInWords(guardrail: Guardrail): string {
  const more = guardrail.kind === "count" ? "more often" : "more";
  const threshold =
    guardrail.kind === "count" && guardrail.thresholdMs !== null
      ? ` (over ${guardrail.thresholdMs.toLocaleString("en-US")} ms)`
      : "";
  return `${METRIC_LABEL[guardrail.metric]}${threshold}: surely less than ${percentOf(guardrail.tolerance)} ${more}`;
}

const secondsOf = (ms: number) => `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;

/** ", from telemetry 3.1 s old; the order was out 0.2 s later, and everybody was back after 11.0 s." */
export function wentBackInWords({ knownUntil, decidedAt, orderedAt, backAt }: ReturnView): string {
  const since = (at: string) => secondsOf(Date.parse(at) - Date.parse(decidedAt));
  const known = knownUntil === null ? "" : `, from telemetry ${secondsOf(Date.parse(decidedAt) - Date.parse(knownUntil))} old`;
  const ordered = orderedAt === null ? "" : `; the order was out ${since(orderedAt)} later`;
  const back = backAt === null ? "; not everybody is back yet." : `, and everybody was back after ${since(backAt)}.`;
  return `${known}${ordered}${back}`;
}
