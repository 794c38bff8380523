import { describe, expect, it } from "vitest";
import type { ArmName, GoldenCase, TaskType } from "./schemas";
import { scoreRun, type CaseResult } from "./score-run";

const golden = (taskType: TaskType, count: number): GoldenCase[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `${taskType}-${at}`,
    taskType,
    messages: [{ role: "user", content: "?" }],
    maxTokens: 10,
    checks: [{ kind: "max_length", characters: 3 }],
  }));
const answer = (arm: ArmName, { id }: GoldenCase, passed: boolean, error: string | null = null): CaseResult => ({
  arm,
  caseId: id,
  passed,
  checks: error ? [] : [{ kind: "max_length", passed, why: passed ? "" : "is longer than 3 characters" }],
  answer: passed ? "yes" : "no way",
  error,
});
const TOLERANCE = { overall: 0.05, taskType: 0.15 };
const cases = [...golden("classification", 60), ...golden("extraction", 40)];
/** Both arms right but for these of the candidate. */
const resultsWith = (lost: readonly string[]) =>
  cases.flatMap((one) => [answer("baseline", one, true), answer("candidate", one, !lost.includes(one.id))]);

describe("score of a run", () => {
  it("passes where both arms are right, says per check and type how many", () => {
    const score = scoreRun(cases, resultsWith([]), TOLERANCE);
    // 100 ÷ 102.7055 = 0.97366
    expect(score.overall).toMatchObject({ cases: 100, baseline: 1, candidate: 1, difference: 0, passed: true });
    expect(score.overall.lower).toBeCloseTo(-0.02634, 5);
    expect(score.taskTypes.map(({ taskType, cases: of, passed }) => [taskType, of, passed])).toEqual([
      ["classification", 60, true],
      ["extraction", 40, true],
    ]);
    expect(score.checks).toEqual([{ kind: "max_length", of: 100, baseline: 100, candidate: 100 }]);
    expect([score.reasons, score.lost]).toEqual([[], []]);
  });

  it("one task type that got worse fails it, by name, with what was lost", () => {
    const lost = [1, 2, 3, 4].map((at) => `extraction-${at}`);
    const score = scoreRun(cases, resultsWith(lost), { overall: 0.2, taskType: 0.15 });
    expect(score.overall.passed).toBe(true);
    expect(score.taskTypes.map(({ passed }) => passed)).toEqual([true, false]);
    // 36 of 40: p₁ = 0.9, Wilson lower 0.848782 ÷ 1.067637 = 0.795010, upper of the baseline's 1: −0.1 − 0.104990
    expect(score.reasons).toEqual([
      "Extraction: the candidate is 10.0 points worse in 40 cases, and that it is 20.5 points worse cannot be ruled out; the limit is 15.0 points.",
    ]);
    expect(score.lost[0]).toEqual({
      caseId: "extraction-1",
      taskType: "extraction",
      why: "is longer than 3 characters",
      answer: "no way",
    });
  });

  it("too few cases are never a pass, however good they were", () => {
    const few = cases.slice(0, 10);
    const score = scoreRun(few, resultsWith([]), TOLERANCE);
    // 10 ÷ 12.7055 = 0.78706
    expect(score.reasons[0]).toBe(
      "All cases: with 10 cases it cannot be ruled out that the candidate is 21.3 points worse; the limit is 5.0 points.",
    );
  });

  it("what the candidate does not answer is wrong; what the baseline does not answer is left out, and only little may be", () => {
    const silent = (arm: ArmName, count: number) =>
      resultsWith([]).map((one) =>
        one.arm === arm && cases.slice(0, count).some(({ id }) => id === one.caseId)
          ? { ...one, passed: false, checks: [], error: "timed out" }
          : one,
      );
    const candidate = scoreRun(cases, silent("candidate", 20), TOLERANCE);
    expect(candidate.overall).toMatchObject({ cases: 100, candidate: 0.8, passed: false });
    expect([candidate.unanswered, candidate.lost[0]?.why]).toEqual([{ baseline: 0, candidate: 20 }, "timed out"]);
    const two = scoreRun(cases, silent("baseline", 2), TOLERANCE);
    expect([two.overall.cases, two.reasons]).toEqual([98, []]);
    expect(scoreRun(cases, silent("baseline", 3), TOLERANCE).reasons).toEqual([
      "Only 97 of 100 cases could be compared: the baseline did not answer the others.",
    ]);
  });

  it("a case without a result is not measured: half a run does not pass", () => {
    const half = resultsWith([]).filter(({ caseId }) => !caseId.endsWith("0"));
    expect(scoreRun(cases, half, TOLERANCE).reasons[0]).toMatch(/^Only 90 of 100 cases/);
    expect(scoreRun(cases, [], TOLERANCE).overall).toMatchObject({ cases: 0, lower: -1, passed: false });
  });
});
