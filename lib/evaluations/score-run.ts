/**
 * What the answers of both arms say together. It passes when, of all cases and of each task type, the lower bound of the
 * difference is above −tolerance, and nearly every case was measured. Missing data is never a pass.
 */
import type { CheckOutcome } from "./check-answer";
import { pairedDifference, type Pairs } from "./paired-difference";
import type { ArmName, Comparison, EvaluationReport, GoldenCase, TaskType, Tolerance } from "./schemas";

export interface CaseResult {
  arm: ArmName;
  caseId: string;
  passed: boolean;
  checks: readonly CheckOutcome[];
  answer: string;
  /** It did not answer at all, after every try. */
  error: string | null;
}

/** A baseline that fails to answer makes the comparison worthless, and would favour the candidate. */
const LEAST_MEASURED = 0.98;
const MOST_LOST_SHOWN = 20;
const SHOWN_CHARACTERS = 300;

type Score = Pick<EvaluationReport, "overall" | "taskTypes" | "checks" | "unanswered" | "reasons" | "lost">;

export function scoreRun(cases: readonly GoldenCase[], results: readonly CaseResult[], tolerance: Tolerance): Score {
  const of = (arm: ArmName) => new Map(results.filter((one) => one.arm === arm).map((one) => [one.caseId, one]));
  const answers = { baseline: of("baseline"), candidate: of("candidate") };
  // No answer of the candidate is a wrong answer: whoever asks gets none.
  const measured = cases.flatMap((golden) => {
    const [baseline, candidate] = [answers.baseline.get(golden.id), answers.candidate.get(golden.id)];
    return baseline && candidate && baseline.error === null ? [{ golden, baseline, candidate }] : [];
  });
  type Measured = (typeof measured)[number];
  const compare = (some: readonly Measured[], allowed: number): Comparison => {
    const pairs: Pairs = { both: 0, onlyCandidate: 0, onlyBaseline: 0, neither: 0 };
    for (const { baseline, candidate } of some) {
      if (baseline.passed) pairs[candidate.passed ? "both" : "onlyBaseline"] += 1;
      else pairs[candidate.passed ? "onlyCandidate" : "neither"] += 1;
    }
    const difference = pairedDifference(pairs);
    return { cases: some.length, ...difference, tolerance: allowed, passed: difference.lower > -allowed };
  };
  const overall = compare(measured, tolerance.overall);
  const types = [...new Set(cases.map(({ taskType }) => taskType))];
  const taskTypes = types.map((taskType) => ({
    taskType,
    ...compare(
      measured.filter(({ golden }) => golden.taskType === taskType),
      tolerance.taskType,
    ),
  }));
  const unanswered = {
    baseline: cases.length - measured.length,
    candidate: measured.filter((one) => one.candidate.error !== null).length,
  };
  const reasons = [
    ...(measured.length < LEAST_MEASURED * cases.length
      ? [`Only ${measured.length} of ${cases.length} cases could be compared: the baseline did not answer the others.`]
      : []),
    ...(unanswered.candidate > 0 && !overall.passed ? [`The candidate did not answer ${unanswered.candidate} cases.`] : []),
    ...sentenceOf("All cases", overall),
    ...taskTypes.flatMap((one) => sentenceOf(labelOf(one.taskType), one)),
  ];
  return { overall, taskTypes, checks: countChecks(cases, measured), unanswered, reasons, lost: lostCases(measured) };
}

const labelOf = (type: TaskType) => `${type[0]!.toUpperCase()}${type.slice(1).replace("_", " ")}`;
const points = (share: number) => `${(Math.abs(share) * 100).toFixed(1)} points`;

function sentenceOf(what: string, { passed, difference, lower, tolerance, cases }: Comparison): string[] {
  if (passed) return [];
  const limit = `the limit is ${points(tolerance)}`;
  if (difference < -tolerance) return [`${what}: the candidate is ${points(difference)} worse; ${limit}.`];
  if (difference < 0) {
    const seen = `${what}: the candidate is ${points(difference)} worse in ${cases} cases`;
    return [`${seen}, and that it is ${points(lower)} worse cannot be ruled out; ${limit}.`];
  }
  return [`${what}: with ${cases} cases it cannot be ruled out that the candidate is ${points(lower)} worse; ${limit}.`];
}

interface Measured {
  golden: GoldenCase;
  baseline: CaseResult;
  candidate: CaseResult;
}

function countChecks(cases: readonly GoldenCase[], measured: readonly Measured[]): Score["checks"] {
  const kinds = [...new Set(cases.flatMap(({ checks }) => checks.map(({ kind }) => kind)))];
  return kinds.map((kind) => {
    const having = measured.filter(({ golden }) => golden.checks.some((check) => check.kind === kind));
    const passing = (arm: ArmName) =>
      having.filter((one) => {
        const said = one[arm].checks.filter((outcome) => outcome.kind === kind);
        return said.length > 0 && said.every((outcome) => outcome.passed);
      }).length;
    return { kind, of: having.length, baseline: passing("baseline"), candidate: passing("candidate") };
  });
}

function lostCases(measured: readonly Measured[]): Score["lost"] {
  return measured
    .filter(({ baseline, candidate }) => baseline.passed && !candidate.passed)
    .slice(0, MOST_LOST_SHOWN)
    .map(({ golden, candidate }) => ({
      caseId: golden.id,
      taskType: golden.taskType,
      why:
        candidate.error ??
        candidate.checks
          .filter(({ passed }) => !passed)
          .map(({ why }) => why)
          .join("; "),
      answer: candidate.answer.slice(0, SHOWN_CHARACTERS),
    }));
}
