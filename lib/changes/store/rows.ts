/** Rows of changes as the machine sees them, and the one way in which they are written: compare-and-set on `version`. */
import type { Ctx } from "@/lib/auth/actor";
import type { Db, Prisma, Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { ChangeContent } from "../request/content-hash";
import type { ChangeState, ChangeStatus } from "../request/machine";

export type Reader = Tx | Db["prisma"];
export type ChangeRow = Prisma.ChangeGetPayload<{ include: { approvals: true } }>;

/** Rendering for a large fleet takes seconds, and whoever starts something waits for savers. */
const TRANSACTION = { maxWait: 15_000, timeout: 60_000 };

/** Two that wait for each other: one is ended by PostgreSQL and simply tries again. */
const DEADLOCK = /40P01|deadlock/i;
const MOST_TRIES = 4;

export async function inTransaction<T>(ctx: Pick<Ctx, "db">, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ctx.db.prisma.$transaction(work, TRANSACTION);
    } catch (error) {
      if (tries === MOST_TRIES || error instanceof AppError || !DEADLOCK.test(String(error))) throw error;
    }
  }
}

export const contentOf = (row: { content: unknown }): ChangeContent => row.content as ChangeContent;

export function findChange(reader: Reader, id: string): Promise<ChangeRow | null> {
  return reader.change.findUnique({ where: { id }, include: { approvals: { orderBy: { at: "asc" } } } });
}

/** Nobody else moves it until the transaction ends. Lock order everywhere: rollout, change, policies, targets, audit. */
export async function lockChange(tx: Tx, id: string): Promise<ChangeRow | null> {
  // "no key": those who only write beside it (notices, comments, evidence) do not wait.
  await tx.$queryRaw`select 1 from change where id = ${id}::uuid for no key update`;
  return findChange(tx, id);
}

export const stateOf = (row: ChangeRow): ChangeState => ({
  status: row.status as ChangeStatus,
  contentHash: row.contentHash,
  contributors: row.contributors,
  authorId: row.authorId,
  approvals: row.approvals.map(({ userId, contentHash }) => ({ userId, contentHash })),
  openRequestForChanges: row.openRequestForChanges,
  quorum: row.quorum,
  scheduledAt: row.scheduledAt,
  since: row.since,
  reviewOwed: row.reviewOwed,
});

/** Everything of `state` but the approvals, whose rows the verbs write. */
export async function saveState(
  tx: Tx,
  row: Pick<ChangeRow, "id" | "version">,
  state: ChangeState,
  more: Prisma.ChangeUncheckedUpdateManyInput = {},
): Promise<void> {
  const { status, contentHash, contributors, openRequestForChanges, quorum, scheduledAt, since, reviewOwed } = state;
  const { count } = await tx.change.updateMany({
    where: { id: row.id, version: row.version },
    data: {
      status,
      contentHash,
      contributors: [...contributors],
      openRequestForChanges,
      quorum,
      scheduledAt,
      since,
      reviewOwed,
      statusReason: null,
      ...more,
      version: row.version + 1,
    },
  });
  if (count === 0) throw new AppError("conflict", "Somebody else changed it at the same moment. Load it again.");
}
