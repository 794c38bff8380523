import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { changeCommentSchema } from "../schemas";
import type { z } from "zod";
import { noteChange } from "./notices";
import { requireSeen } from "./people";
import { findChange, inTransaction } from "./rows";

/** Anybody who works with changes may say something, at any time: nothing depends on it. */
export async function commentOnChange(ctx: Ctx, id: string, input: z.input<typeof changeCommentSchema>): Promise<void> {
  requireRole(ctx, "analyst");
  const { text } = changeCommentSchema.parse(input);
  await inTransaction(ctx, async (tx) => {
    const { number, status } = requireSeen(ctx, await findChange(tx, id));
    const { actor, now } = ctx;
    await tx.changeComment.create({
      data: { changeId: id, kind: "comment", text, authorId: actor.id, authorName: actor.name, at: now },
    });
    await appendAudit(tx, ctx, { action: "change.comment", subject: `change:${id}`, data: { number, text } });
    await noteChange(tx, ctx, { changeId: id, kind: "comment", data: { by: actor.name, status } });
  });
}
