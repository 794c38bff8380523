/** The only file that touches advisor_run and advisor_finding. A run is one worker's: a lease with a fencing epoch. */
import type { Prisma, Tx, Db } from "@/lib/db";
import type { ChangeStatus } from "@/lib/changes/request/machine";
import type { Finding } from "./finding";
import type { LeverId } from "./levers";
import { nextState } from "./next-state";
import type { FindingDocument, FindingState, RunStatus, RunSummary, RunView } from "./schemas";

type Reader = Tx | Db["prisma"];
type RunRow = Prisma.AdvisorRunGetPayload<object>;
export type FindingRow = Prisma.AdvisorFindingGetPayload<{
  include: { change: { select: { id: true; number: true; status: true; since: true } } };
}>;

const WITH_CHANGE = { change: { select: { id: true, number: true, status: true, since: true } } } as const;
const BY = "Advisor";

// ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const viewRun = (row: RunRow): RunView => ({
  id: row.id,
  status: row.status as RunStatus,
  reason: row.reason,
  step: row.step,
  done: row.done,
  total: row.total,
  found: row.found,
  requestedBy: row.requestedByName,
  createdAt: row.createdAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
});

export const summaryOf = (row: RunRow): RunSummary => row.summary as unknown as RunSummary;

/** One at a time: held to the end of the transaction. */
export async function lockRuns(tx: Tx): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('headroom.advisor'))`;
}

export const findCurrentRun = (reader: Reader): Promise<RunRow | null> =>
  reader.advisorRun.findFirst({ where: { status: { in: ["queued", "running"] } }, orderBy: { createdAt: "desc" } });

export const findLastRun = (reader: Reader): Promise<RunRow | null> =>
  reader.advisorRun.findFirst({ where: { status: "done" }, orderBy: { endedAt: "desc" } });

export const findNewestRun = (reader: Reader): Promise<RunRow | null> =>
  reader.advisorRun.findFirst({ orderBy: { createdAt: "desc" } });

export const insertRun = (
  tx: Tx,
  run: { total: number; requestedById: string; requestedByName: string; createdAt: Date },
): Promise<RunRow> => tx.advisorRun.create({ data: { ...run, status: "queued" } });

export interface ClaimedRun {
  id: string;
  epoch: bigint;
}

/** The oldest that nobody works on; null: there is none. */
export async function claimRun(db: Db, now: Date, leaseMs: number): Promise<ClaimedRun | null> {
  const { rows } = await db.pool.query<ClaimedRun>(
    `update advisor_run set status = 'running', epoch = epoch + 1, lease_until = $2, started_at = coalesce(started_at, $1)
     where id = (select id from advisor_run
                 where status = 'queued' or (status = 'running' and coalesce(lease_until, '-infinity') <= $1)
                 order by created_at limit 1 for update skip locked)
     returning id::text, epoch`,
    [now, new Date(now.getTime() + leaseMs)],
  );
  return rows[0] ?? null;
}

/** False: it is not ours any more. */
export async function noteProgress(db: Db, run: ClaimedRun, step: string, done: number, leaseUntil: Date): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    "update advisor_run set step = $3, done = $4, lease_until = $5 where id = $1 and epoch = $2 and status = 'running'",
    [run.id, run.epoch.toString(), step, done, leaseUntil],
  );
  return rowCount === 1;
}

/** False: it is not ours any more, and nothing may be written. Holds the row to the end of the transaction. */
export async function endRun(
  tx: Tx,
  run: ClaimedRun,
  end: { status: "done" | "failed"; reason: string | null; found: number | null; summary: RunSummary | null; endedAt: Date },
): Promise<boolean> {
  const { count } = await tx.advisorRun.updateMany({
    where: { id: run.id, epoch: run.epoch, status: "running" },
    data: {
      status: end.status,
      reason: end.reason,
      found: end.found,
      endedAt: end.endedAt,
      step: "",
      leaseUntil: null,
      ...(end.summary ? { summary: end.summary as unknown as Prisma.InputJsonObject, done: { increment: 1 } } : {}),
    },
  });
  return count === 1;
}

/** Old runs that no finding refers to. */
export async function dropOldRuns(tx: Tx, before: Date): Promise<void> {
  await tx.advisorRun.deleteMany({
    where: { status: { in: ["done", "failed"] }, endedAt: { lt: before }, findings: { none: {} } },
  });
}

// ── findings ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const documentOf = (row: Pick<FindingRow, "document">): FindingDocument => row.document as unknown as FindingDocument;

const toDocument = ({ savingLowNanoUsd, savingHighNanoUsd, ...said }: Finding): Prisma.InputJsonObject =>
  ({
    ...said,
    savingLowNanoUsd: String(savingLowNanoUsd),
    savingHighNanoUsd: String(savingHighNanoUsd),
  }) as unknown as Prisma.InputJsonObject;

export function fromDocument(document: FindingDocument): Finding {
  return {
    ...document,
    savingLowNanoUsd: BigInt(document.savingLowNanoUsd),
    savingHighNanoUsd: BigInt(document.savingHighNanoUsd),
  };
}

export const findFindings = (reader: Reader, states?: readonly FindingState[]): Promise<FindingRow[]> =>
  reader.advisorFinding.findMany({ ...(states ? { where: { state: { in: [...states] } } } : {}), include: WITH_CHANGE });

/** What playbooks show of a finding. */
export interface FindingBrief {
  id: string;
  lever: LeverId;
  state: FindingState;
  title: string;
  endpoint: string | null;
  pool: string | null;
  tenants: string[];
  savingLowNano: bigint;
  savingHighNano: bigint;
}

/** Of these endpoints and pools, with nothing of their evidence; what is gone is left out. Dearest first. */
export async function findFindingsAbout(
  db: Pick<Db, "pool">,
  { endpoints, pools }: { endpoints: readonly string[]; pools: readonly string[] },
): Promise<FindingBrief[]> {
  const { rows } = await db.pool.query<FindingBrief>(
    `select id::text, lever, state, document->>'title' as title, document->'scope'->>'endpoint' as endpoint,
       document->'scope'->>'pool' as pool, tenants, saving_low_nano as "savingLowNano", saving_high_nano as "savingHighNano"
     from advisor_finding
     where state <> 'gone' and (document->'scope'->>'endpoint' = any($1) or document->'scope'->>'pool' = any($2))
     order by saving_low_nano desc, key`,
    [[...endpoints], [...pools]],
  );
  return rows;
}

export async function lockFinding(tx: Tx, id: string): Promise<FindingRow | null> {
  await tx.$queryRaw`select 1 from advisor_finding where id = ${id}::uuid for update`;
  return tx.advisorFinding.findUnique({ where: { id }, include: WITH_CHANGE });
}

export const findFinding = (reader: Reader, id: string): Promise<FindingRow | null> =>
  reader.advisorFinding.findUnique({ where: { id }, include: WITH_CHANGE });

export interface Moved {
  state: FindingState;
  stateReason: string | null;
  stateAt: Date;
  stateByName: string;
  dismissedUntil: Date | null;
  changeId: string | null;
}

export const moveFinding = (tx: Tx, id: string, moved: Moved): Promise<FindingRow> =>
  tx.advisorFinding.update({ where: { id }, data: moved, include: WITH_CHANGE });

export interface Reconciled {
  /** Findings by the state that they came into. */
  moved: Partial<Record<FindingState, number>>;
}

/** What a run found beside what is known: new ones are stored, known ones say what was seen now, and move where that follows. */
export async function reconcileFindings(tx: Tx, runId: string, found: readonly Finding[], now: Date): Promise<Reconciled> {
  const known = new Map((await findFindings(tx)).map((row) => [row.key, row]));
  const moved: Reconciled["moved"] = {};
  for (const finding of found) {
    const row = known.get(finding.key) ?? null;
    known.delete(finding.key);
    const seen = {
      lever: finding.lever,
      document: toDocument(finding),
      savingLowNano: finding.savingLowNanoUsd,
      savingHighNano: finding.savingHighNanoUsd,
      tenants: finding.tenants,
      lastSeenAt: now,
      lastRunId: runId,
    };
    const next = nextState(row && knownOf(row), true, now);
    if (next) moved[next.state] = (moved[next.state] ?? 0) + 1;
    const step = next && { state: next.state, stateReason: next.reason, stateAt: now, stateByName: BY, ...(row ? LEFT : {}) };
    if (row) await tx.advisorFinding.update({ where: { id: row.id }, data: { ...seen, ...step } });
    else {
      await tx.advisorFinding.create({
        data: { key: finding.key, ...seen, state: "open", stateAt: now, stateByName: BY, firstSeenAt: now },
      });
    }
  }
  for (const row of known.values()) {
    const next = nextState(knownOf(row), false, now);
    if (!next) continue;
    moved[next.state] = (moved[next.state] ?? 0) + 1;
    // A verified finding keeps its change: that is what verified it.
    const left = next.state === "verified" ? { dismissedUntil: null } : LEFT;
    await tx.advisorFinding.update({
      where: { id: row.id },
      data: { state: next.state, stateReason: next.reason, stateAt: now, stateByName: BY, ...left },
    });
  }
  return { moved };
}

const LEFT = { dismissedUntil: null, changeId: null };

const knownOf = (row: FindingRow) => ({
  state: row.state as FindingState,
  dismissedUntil: row.dismissedUntil,
  change: row.change && { status: row.change.status as ChangeStatus, since: row.change.since },
});

/** Endpoints whose own policies were changed since then, and in how many changes. */
export async function readChangedEndpoints(db: Db, since: Date): Promise<{ endpoint: string; changes: number }[]> {
  const { rows } = await db.pool.query<{ endpoint: string; changes: number }>(
    `select scope_value as endpoint, count(distinct change_id)::int as changes from policy_version
     where scope_level = 'endpoint' and change_id is not null and created_at >= $1 group by 1`,
    [since],
  );
  return rows;
}
