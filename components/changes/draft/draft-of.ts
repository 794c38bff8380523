/** A change that exists, as a draft that can be edited. Pure. */
import { editsOf } from "@/lib/changes/describe/policy-edits";
import type { Guardrail } from "@/lib/changes/guardrails/schemas";
import type { ChangeContent } from "@/lib/changes/request/content-hash";
import type { RolloutPlan } from "@/lib/changes/rollout/plan";
import type { ChangeView, PolicyEdit } from "@/lib/changes/schemas";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { keyOf, textOf, type DraftState } from "./draft-state";

export const editsOfChange = ({ content }: Pick<ChangeView, "content">): PolicyEdit[] =>
  editsOf(content as unknown as ChangeContent);

/** `bases`: the documents that were edited, by `keyOf`. */
export function draftOf(change: ChangeView, bases: Readonly<Record<string, Record<string, unknown>>>): DraftState {
  const content = change.content as unknown as ChangeContent;
  return {
    title: change.title,
    rationale: change.rationale,
    edits: editsOfChange(change).map(({ kind, scope, document, baseVersion }) => ({
      ref: { kind, scope } as PolicyRef,
      baseVersion,
      baseText: textOf(bases[keyOf({ kind, scope })] ?? {}),
      text: textOf(document),
    })),
    plan: content.rolloutPlan as unknown as RolloutPlan,
    guardrails: content.guardrails as unknown as Guardrail[],
    schedule: content.schedule,
  };
}
