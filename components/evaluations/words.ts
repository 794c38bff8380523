/** Runs in words. */
import type { Comparison, EvaluationReport, RunStatus, TaskType } from "@/lib/evaluations/schemas";

export const STATUS_WORDS: Record<RunStatus, { text: string; variant: "success" | "destructive" | "warning" | "secondary" }> = {
  queued: { text: "waiting", variant: "secondary" },
  running: { text: "running", variant: "secondary" },
  passed: { text: "passed", variant: "success" },
  failed: { text: "failed", variant: "destructive" },
  broken: { text: "not measured", variant: "warning" },
  cancelled: { text: "cancelled", variant: "secondary" },
};

const TASK_WORDS: Record<TaskType, string> = {
  classification: "Classification",
  extraction: "Extraction",
  tool_call: "Tool calls",
  refusal: "Refusals",
  summary: "Summaries",
  other: "Other",
};

export interface Row {
  name: string;
  cases: number;
  /** "97.5 % → 95.0 %" */
  right: string;
  /** "−2.5" in points, with the interval beside it. */
  difference: string;
  interval: string;
  limit: string;
  passed: boolean;
}

/** All cases first, then each task type. */
export function rowsOf({ overall, taskTypes }: EvaluationReport): Row[] {
  return [row("All cases", overall), ...taskTypes.map((one) => row(TASK_WORDS[one.taskType], one))];
}

function row(name: string, { cases, baseline, candidate, difference, lower, upper, tolerance, passed }: Comparison): Row {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return {
    name,
    cases,
    right: `${percent(baseline)} → ${percent(candidate)}`,
    difference: signed(difference),
    interval: `${signed(lower)} to ${signed(upper)}`,
    limit: signed(-tolerance),
    passed,
  };
}

/** A difference of shares in points, with the sign that people read. */
function signed(share: number): string {
  const points = (Math.abs(share) * 100).toFixed(1);
  if (Number(points) === 0) return "0.0";
  return `${share < 0 ? "−" : "+"}${points}`;
}
