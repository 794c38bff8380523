/** What happened to a change, written with it: pages hear that theirs is outdated, and people what they should hear of. */
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { enqueueNotification } from "@/lib/notifications";
import { changeNotification } from "../describe/change-notification";

/** Call it after the audit row: the chain's lock then makes the order of ids the order of commits. */
export async function noteChange(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  { changeId, kind, data }: { changeId: string; kind: string; data: Record<string, unknown> },
): Promise<void> {
  const { id, change } = await tx.changeNotice.create({
    data: { changeId, kind, data: data as object, createdAt: ctx.now },
    select: { id: true, change: { select: { number: true, title: true, tenants: true } } },
  });
  const notification = changeNotification({ changeId, kind, data, ...change });
  if (notification) await enqueueNotification(tx, { ...notification, dedupeKey: `change:${changeId}:${id}`, at: ctx.now });
}
