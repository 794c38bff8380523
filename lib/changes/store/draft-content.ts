/** A draft as the content that people approve: what it leaves out is what is usual for it. */
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { diffOf, policyKey, tenantsOf } from "../describe/policy-edits";
import { usualGuardrails, usualPlanOf } from "../describe/usual";
import { contentHash, type ChangeContent } from "../request/content-hash";
import { quorumFor } from "../request/machine";
import type { changeDraftSchema, PolicyEdit } from "../schemas";
import { assessChange, type Assessment } from "./assess-change";
import { covers } from "./people";
import type { Reader } from "./rows";
import type { z } from "zod";

export interface DraftedContent {
  content: ChangeContent;
  hash: string;
  quorum: number;
  tenants: string[];
  assessment: Assessment;
}

export async function draftContent(
  reader: Reader,
  ctx: Pick<Ctx, "actor">,
  draft: z.output<typeof changeDraftSchema>,
): Promise<DraftedContent> {
  const keys = draft.edits.map(policyKey);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice) throw new AppError("invalid", `${twice} is edited twice: put both edits into one.`, { field: "edits" });
  const tenants = tenantsOf(draft.edits);
  if (!covers(ctx.actor.tenants, tenants)) {
    throw new AppError(
      "forbidden",
      "You are limited to some tenants, and this change touches more than theirs. Choose the layer of one of your tenants.",
    );
  }
  const assessment = await assessChange(reader, ctx, draft.edits);
  const edits = normalised(draft.edits, assessment);
  const content: ChangeContent = {
    ...diffOf(edits),
    targetSelector: {},
    rolloutPlan: draft.plan ?? usualPlanOf(edits, assessment.connectors),
    guardrails: draft.guardrails ?? usualGuardrails(edits),
    schedule: draft.schedule,
  };
  const { changeQuorum } = await reader.workspace.findUniqueOrThrow({ where: { id: 1 }, select: { changeQuorum: true } });
  const quorum = quorumFor({ restart: assessment.restartClass, fourBit: assessment.fourBit }, changeQuorum);
  return { content, hash: contentHash(content), quorum, tenants, assessment };
}

/** As it would be saved, in the order of the schema. What is no document yet stays as it was written, to be put right. */
function normalised(edits: readonly PolicyEdit[], { drafts }: Assessment): PolicyEdit[] {
  const parsed = new Map(drafts.map((draft) => [policyKey(draft), draft.document]));
  return edits.map((edit) => ({ ...edit, document: parsed.get(policyKey(edit)) ?? edit.document }));
}

/** The columns that follow from the content. */
export const describedColumns = ({ content, tenants, assessment }: DraftedContent) => ({
  content: JSON.parse(JSON.stringify(content)) as object,
  restartClass: assessment.restartClass,
  fourBit: assessment.fourBit,
  restoreSec: assessment.restoreSec,
  blastDomains: assessment.domains,
  tenants,
});
