/** The outbox: what people are to hear of, written with what it is about. */
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";

/** Call it after the audit row: the chain's lock then makes the order of ids the order of commits. */
export async function noteChange(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  { changeId, kind, data }: { changeId: string; kind: string; data: Record<string, unknown> },
): Promise<void> {
  await tx.changeNotice.create({ data: { changeId, kind, data: data as object, createdAt: ctx.now } });
}
