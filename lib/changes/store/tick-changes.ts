/** What time does to changes: scheduled ones begin or are suspended, forgotten ones expire. Called every few seconds. */
import { appendAudit } from "@/lib/audit";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import type { Db, Tx } from "@/lib/db";
import { lockPolicies } from "@/lib/policies/store/store";
import { editsOf } from "../describe/policy-edits";
import { EXPIRY_MS, onClock } from "../request/machine";
import { assessChange } from "./assess-change";
import { beginRollout } from "./begin-rollout";
import { noteChange } from "./notices";
import { readGates } from "./read-gates";
import { contentOf, findChange, inTransaction, saveState, stateOf } from "./rows";

/** Ids of the changes that it moved. Each in a transaction of its own: one that fails does not hold up the others. */
export async function tickChanges(db: Db, now: Date): Promise<string[]> {
  const moved: string[] = [];
  const failures: unknown[] = [];
  for (const id of await dueChanges(db, now)) {
    try {
      if (await inTransaction({ db }, (tx) => tickChange(tx, { actor: SYSTEM_ACTOR, now }, id))) moved.push(id);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} changes could not be moved on.`);
  return moved;
}

async function dueChanges(db: Db, now: Date): Promise<string[]> {
  const expired = Object.entries(EXPIRY_MS).map(([status, age]) => ({
    status,
    since: { lt: new Date(now.getTime() - age) },
  }));
  const rows = await db.prisma.change.findMany({
    where: { OR: [...expired, { status: "scheduled", scheduledAt: { lte: now } }] },
    select: { id: true },
    orderBy: { scheduledAt: "asc" },
  });
  return rows.map(({ id }) => id);
}

async function tickChange(tx: Tx, ctx: Pick<Ctx, "actor" | "now">, id: string): Promise<boolean> {
  // Somebody acts on it at this moment: the next tick finds it as it is then.
  const free = await tx.$queryRaw<unknown[]>`select 1 from change where id = ${id}::uuid for no key update skip locked`;
  if (free.length === 0) return false;
  const row = (await findChange(tx, id))!;
  await lockPolicies(tx);
  const assessment = await assessChange(tx, ctx, editsOf(contentOf(row)));
  const { change, reason } = onClock(stateOf(row), await readGates(tx, ctx, row, assessment), ctx.now);
  if (reason === null) return false;
  const rollout = change.status === "executing" ? await beginRollout(tx, ctx, row, assessment) : null;
  await saveState(tx, row, change, {
    statusReason: reason,
    ...(rollout ? { blastDomains: assessment.domains } : {}),
  });
  const data = {
    number: row.number,
    from: row.status,
    to: change.status,
    contentHash: row.contentHash,
    reason,
    ...(rollout
      ? {
          rollout: rollout.id,
          domains: assessment.domains,
          targets: rollout.targets,
          approvals: row.approvals.map(({ userId, contentHash }) => ({ userId, contentHash })),
          quorum: row.quorum,
        }
      : {}),
  };
  await appendAudit(tx, ctx, { action: `change.${rollout ? "start" : change.status}`, subject: `change:${id}`, data });
  await noteChange(tx, ctx, { changeId: id, kind: change.status, data: { by: ctx.actor.name, status: change.status, reason } });
  return true;
}
