import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { editName } from "../describe/policy-edits";
import { act, type Gates } from "../request/machine";
import { editChangeSchema, type EditChange } from "../schemas";
import { describedColumns, draftContent } from "./draft-content";
import { noteChange } from "./notices";
import { contributorsOf, personOf, requireSeen } from "./people";
import { requireSameContent, refusal } from "./refusals";
import { inTransaction, lockChange, saveState, stateOf } from "./rows";

/** An edit is not held up by anything; what keeps it from starting is asked when it starts. */
const NO_GATES: Gates = { content: [], evidence: [], stale: [], frozen: null, lockedBy: null, activeApprovers: new Set() };

/** Back to draft with the new content; every approval of the old one is void. */
export async function editChange(ctx: Ctx, id: string, input: EditChange): Promise<void> {
  requireRole(ctx, "analyst");
  const { contentHash, ...draft } = editChangeSchema.parse(input);
  await inTransaction(ctx, async (tx) => {
    const row = requireSeen(ctx, await lockChange(tx, id));
    requireSameContent(row, contentHash);
    const drafted = await draftContent(tx, ctx, draft);
    const { actor, now } = ctx;
    const person = await personOf(tx, actor, drafted.tenants);
    const edit = { kind: "edit", contentHash: drafted.hash, quorum: drafted.quorum } as const;
    const answer = act(stateOf(row), edit, person, NO_GATES, now);
    if ("refused" in answer) throw refusal(answer.refused);
    const contributors = [...new Set([...answer.change.contributors, ...(await contributorsOf(tx, actor))])];
    await tx.changeApproval.deleteMany({ where: { changeId: id } });
    await saveState(
      tx,
      row,
      { ...answer.change, contributors },
      {
        title: draft.title,
        rationale: draft.rationale,
        ...describedColumns(drafted),
      },
    );
    const data = {
      number: row.number,
      from: row.status,
      contentHash: drafted.hash,
      before: row.contentHash,
      voided: row.approvals.map(({ userName }) => userName),
      edits: draft.edits.map(editName),
    };
    await appendAudit(tx, ctx, { action: "change.edit", subject: `change:${id}`, data });
    await noteChange(tx, ctx, { changeId: id, kind: "edit", data: { by: actor.name, status: "draft" } });
  });
}
