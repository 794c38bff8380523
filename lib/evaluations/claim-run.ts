/** One run is one worker's at a time: a lease with a fencing epoch. Whoever lost it can store and end nothing any more. */
import type { Db } from "@/lib/db";
import type { CaseResult } from "./score-run";
import type { Arm, Endpoint, GoldenCase, Tolerance } from "./schemas";

export interface ClaimedRun {
  id: string;
  epoch: bigint;
  subject: string;
  contentHash: string;
  baseline: Arm;
  candidate: Arm;
  judge: Endpoint | null;
  suite: { id: string; name: string; version: number };
  cases: GoldenCase[];
  tolerance: Tolerance;
}

/** The oldest that nobody works on; null: there is none. */
export async function claimRun(db: Db, now: Date, leaseMs: number): Promise<ClaimedRun | null> {
  const until = new Date(now.getTime() + leaseMs);
  const { rows } = await db.pool.query<{ id: string }>(
    `update evaluation_run set status = 'running', epoch = epoch + 1, lease_until = $2, started_at = coalesce(started_at, $1)
     where id = (select id from evaluation_run
                 where status = 'queued' or (status = 'running' and coalesce(lease_until, '-infinity') <= $1)
                 order by created_at limit 1 for update skip locked)
     returning id::text`,
    [now, until],
  );
  if (!rows[0]) return null;
  const run = await db.prisma.evaluationRun.findUniqueOrThrow({
    where: { id: rows[0].id },
    include: { version: { include: { suite: true } } },
  });
  return {
    id: run.id,
    epoch: run.epoch,
    subject: run.subject,
    contentHash: run.contentHash,
    baseline: run.baseline as unknown as Arm,
    candidate: run.candidate as unknown as Arm,
    judge: run.judge as unknown as Endpoint | null,
    suite: { id: run.suiteId, name: run.version.suite.name, version: run.suiteVersion },
    cases: run.version.cases as unknown as GoldenCase[],
    tolerance: run.version.tolerance as unknown as Tolerance,
  };
}

/** False: it is not ours any more (cancelled, or another worker has it). */
export async function renewLease(db: Db, run: Pick<ClaimedRun, "id" | "epoch">, until: Date): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    "update evaluation_run set lease_until = $3 where id = $1 and epoch = $2 and status = 'running'",
    [run.id, run.epoch, until],
  );
  return rowCount === 1;
}

/** One row per arm and case, for ever. False: the run is not ours any more, and nothing was stored. */
export async function storeResult(
  db: Db,
  run: Pick<ClaimedRun, "id" | "epoch">,
  { arm, caseId, passed, checks, answer, error }: CaseResult,
  { latencyMs, at }: { latencyMs: number; at: Date },
): Promise<boolean> {
  const { rows } = await db.pool.query<{ ours: boolean }>(
    `with ours as (select 1 from evaluation_run where id = $1 and epoch = $2 and status = 'running' for key share),
       stored as (insert into evaluation_result (run_id, arm, case_id, passed, checks, answer, error, latency_ms, at)
                  select $1, $3, $4, $5, $6, $7, $8, $9, $10 from ours on conflict do nothing)
     select exists (select 1 from ours) as ours`,
    [run.id, run.epoch, arm, caseId, passed, JSON.stringify(checks), answer, error, latencyMs, at],
  );
  return rows[0]!.ours;
}

/** What is stored so far, also by those that worked on it before. */
export async function loadResults(db: Db, runId: string): Promise<CaseResult[]> {
  const rows = await db.prisma.evaluationResult.findMany({ where: { runId } });
  return rows.map(({ arm, caseId, passed, checks, answer, error }) => ({
    arm: arm as CaseResult["arm"],
    caseId,
    passed,
    checks: checks as unknown as CaseResult["checks"],
    answer,
    error,
  }));
}
