import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { editName } from "../describe/policy-edits";
import { changeDraftSchema, type ChangeDraft, type PredictedSaving } from "../schemas";
import { describedColumns, draftContent } from "./draft-content";
import { noteChange } from "./notices";
import { contributorsOf } from "./people";
import { inTransaction } from "./rows";

interface CreatedChange {
  id: string;
  number: number;
}

/** Where a draft comes from when no person thought of it. */
export interface DraftedFrom {
  /** e.g. `finding:<id>` */
  origin: string;
  predictedSaving: PredictedSaving;
}

export function createChange(ctx: Ctx, input: ChangeDraft): Promise<CreatedChange> {
  return inTransaction(ctx, (tx) => insertChange(tx, ctx, input));
}

/**
 * In the transaction of what asks for it. `alsoOf`: people on whose behalf it is drafted; they may submit it, and so never
 * approve it.
 */
export async function insertChange(
  tx: Tx,
  ctx: Ctx,
  input: ChangeDraft,
  alsoOf: readonly string[] = [],
  from?: DraftedFrom,
): Promise<CreatedChange> {
  requireRole(ctx, "analyst");
  const draft = changeDraftSchema.parse(input);
  const drafted = await draftContent(tx, ctx, draft);
  const { actor, now } = ctx;
  const change = await tx.change.create({
    data: {
      title: draft.title,
      rationale: draft.rationale,
      status: "draft",
      since: now,
      createdAt: now,
      contentHash: drafted.hash,
      quorum: drafted.quorum,
      authorId: actor.id,
      authorName: actor.name,
      contributors: [...(await contributorsOf(tx, actor)), ...alsoOf],
      ...(from ? { origin: from.origin, predictedSaving: { ...from.predictedSaving } } : {}),
      ...describedColumns(drafted),
    },
    select: { id: true, number: true },
  });
  const data = {
    number: change.number,
    title: draft.title,
    contentHash: drafted.hash,
    quorum: drafted.quorum,
    edits: draft.edits.map(editName),
    ...(from ? { origin: from.origin } : {}),
  };
  await appendAudit(tx, ctx, { action: "change.create", subject: `change:${change.id}`, data });
  await noteChange(tx, ctx, { changeId: change.id, kind: "create", data: { by: actor.name, status: "draft" } });
  return change;
}
