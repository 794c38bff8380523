/**
 * Carries one claimed run out: what has no stored answer yet is asked, so that a worker that follows a killed one asks
 * only the rest.
 *
 *   open both arms → ask what is missing (both arms alternate) → score → end it, with its evidence, in one transaction
 */
import type { Actor, Ctx } from "@/lib/auth/actor";
import type { Db, Tx } from "@/lib/db";
import { checkAnswer, type CheckOutcome, type ModelAnswer } from "@/lib/evaluations/check-answer";
import { loadResults, storeResult, type ClaimedRun } from "@/lib/evaluations/claim-run";
import { requireAllowed } from "@/lib/evaluations/endpoint-guard";
import { finishRun, type RunEnd } from "@/lib/evaluations/finish-run";
import { judgeMessages, readJudgement } from "@/lib/evaluations/judge";
import { armName } from "@/lib/evaluations/run-view";
import { ARMS, type Arm, type ArmName, type Endpoint, type GoldenCase } from "@/lib/evaluations/schemas";
import { scoreRun, type CaseResult } from "@/lib/evaluations/score-run";
import type { Logger } from "@/lib/log";
import { inLanes } from "../in-lanes";
import { askModel, type AskDeps } from "./ask-model";
import type { OpenCandidate, OpenedCandidate } from "./open-candidate";

export interface RunDeps {
  db: Db;
  log: Logger;
  actor: Actor;
  now: () => Date;
  /** Absent: this installation cannot start engines. */
  openCandidate: OpenCandidate | undefined;
  hosts: readonly string[];
  apiKey: string | undefined;
  concurrency: number;
  timeoutMs: number;
  backoffMs: number;
  /** In the transaction that ends the run. */
  attach: (tx: Tx, ctx: Ctx, run: ClaimedRun, end: RunEnd) => Promise<void>;
}

/** An arm that answers none of its first questions is not there: nothing is learnt from asking all of them. */
const SILENT_AFTER = 10;
const STORED_CHARACTERS = 4_000;
const JUDGE_TOKENS = 200;

/** Not ours any more: cancelled, or another worker has it. */
class Lost extends Error {}
class NotMeasurable extends Error {}

/** `lost`: somebody else ends it. Rejects when `signal` aborts and on errors of the database; then it is resumed later. */
export async function runEvaluation(deps: RunDeps, run: ClaimedRun, signal: AbortSignal): Promise<"ended" | "lost"> {
  const opened: OpenedCandidate[] = [];
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const ending = (end: RunEnd) => {
    const ctx: Ctx = { actor: deps.actor, db: deps.db, now: deps.now(), log: deps.log };
    return finishRun(ctx, run, end, (tx) => deps.attach(tx, ctx, run, end));
  };
  try {
    const endpoints = await openArms(deps, run, opened);
    await askMissing(deps, run, endpoints, until);
    const score = scoreRun(run.cases, await loadResults(deps.db, run.id), run.tolerance);
    const simulated = ARMS.some((arm) => run[arm].kind === "engine");
    const arms = { baseline: armName(run.baseline), candidate: armName(run.candidate) };
    const report = { suite: run.suite, simulated, arms, ...score };
    return (await ending({ status: score.reasons.length === 0 ? "passed" : "failed", report })) ? "ended" : "lost";
  } catch (error) {
    if (error instanceof Lost) return "lost";
    if (error instanceof NotMeasurable) return (await ending({ status: "broken", reason: error.message })) ? "ended" : "lost";
    throw error;
  } finally {
    stop.abort();
    await Promise.all(opened.map((one) => one.close()));
  }
}

/** `hosts`: an engine that was started for the run is allowed by that, a named endpoint by the operator's list. */
type Reached = Endpoint & { apiKey: string | undefined; hosts: readonly string[] };

async function openArms(deps: RunDeps, run: ClaimedRun, opened: OpenedCandidate[]): Promise<Record<ArmName, Reached>> {
  const open = async (name: ArmName, arm: Arm): Promise<Reached> => {
    try {
      if (arm.kind === "endpoint") {
        // Again: the list may have become shorter since it was ordered.
        requireAllowed(arm, deps.hosts);
        return { baseUrl: arm.baseUrl, model: arm.model, apiKey: deps.apiKey, hosts: deps.hosts };
      }
      if (!deps.openCandidate) throw new Error("only a demo workspace can start engines for an evaluation.");
      const engine = await deps.openCandidate(arm);
      opened.push(engine);
      return { baseUrl: engine.baseUrl, model: engine.model, apiKey: undefined, hosts: [new URL(engine.baseUrl).host] };
    } catch (error) {
      throw new NotMeasurable(
        `The ${name} (${armName(arm)}) does not run: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
  return { baseline: await open("baseline", run.baseline), candidate: await open("candidate", run.candidate) };
}

async function askMissing(
  deps: RunDeps,
  run: ClaimedRun,
  endpoints: Record<ArmName, Reached>,
  signal: AbortSignal,
): Promise<void> {
  const stored = await loadResults(deps.db, run.id);
  const known = new Set(stored.map(({ arm, caseId }) => `${arm} ${caseId}`));
  const missing = run.cases.flatMap((golden) =>
    ARMS.filter((arm) => !known.has(`${arm} ${golden.id}`)).map((arm) => ({ arm, golden })),
  );
  const heard = { baseline: { all: 0, silent: 0, why: "" }, candidate: { all: 0, silent: 0, why: "" } };
  const count = ({ arm, error }: CaseResult) => {
    const one = heard[arm];
    one.all += 1;
    if (error === null) return;
    one.silent += 1;
    one.why = error;
    if (one.all >= SILENT_AFTER && one.silent === one.all) {
      throw new NotMeasurable(`The ${arm} (${armName(run[arm])}) answers nothing. ${one.why}`);
    }
  };
  for (const result of stored) count(result);

  // Nobody asks on behind a run that has ended.
  await inLanes(missing, deps.concurrency, signal, async ({ arm, golden }, until) => {
    const from = performance.now();
    const result = await resultOf(deps, run, arm, golden, endpoints[arm], until);
    const latencyMs = Math.round(performance.now() - from);
    if (!(await storeResult(deps.db, run, result, { latencyMs, at: deps.now() }))) throw new Lost();
    count(result);
  });
}

async function resultOf(
  deps: RunDeps,
  run: ClaimedRun,
  arm: ArmName,
  golden: GoldenCase,
  { apiKey, hosts, ...endpoint }: Reached,
  signal: AbortSignal,
): Promise<CaseResult> {
  const ask: AskDeps = { hosts, apiKey, timeoutMs: deps.timeoutMs, backoffMs: deps.backoffMs, signal };
  const asked = await askModel(endpoint, golden, ask);
  if ("error" in asked) return { arm, caseId: golden.id, passed: false, checks: [], answer: "", error: asked.error };
  const checks: CheckOutcome[] = [];
  for (const check of golden.checks) {
    checks.push(
      check.kind === "judge"
        ? await judged(deps, run, golden, asked.answer, check.rubric, signal)
        : checkAnswer(check, asked.answer),
    );
  }
  const calls = asked.answer.toolCalls.map((call) => `${call.name}(${call.arguments})`);
  const answer = [asked.answer.text, ...calls].filter(Boolean).join("\n").replaceAll("\u0000", "").slice(0, STORED_CHARACTERS);
  return { arm, caseId: golden.id, passed: checks.every(({ passed }) => passed), checks, answer, error: null };
}

async function judged(
  deps: RunDeps,
  { judge }: ClaimedRun,
  { messages }: GoldenCase,
  answer: ModelAnswer,
  rubric: string,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  if (!judge) throw new NotMeasurable("A check asks a judge model, and none was named.");
  requireAllowed(judge, deps.hosts);
  const question = { messages: judgeMessages(messages, answer.text, rubric), maxTokens: JUDGE_TOKENS };
  const asked = await askModel(judge, question, {
    hosts: deps.hosts,
    apiKey: deps.apiKey,
    timeoutMs: deps.timeoutMs,
    backoffMs: deps.backoffMs,
    signal,
  });
  // A judge that is away says nothing about either arm.
  if ("error" in asked) throw new NotMeasurable(`The judge (${judge.model} at ${judge.baseUrl}) does not answer. ${asked.error}`);
  return readJudgement(asked.answer.text);
}
