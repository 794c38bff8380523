/** A change while it is being written: what the forms hold, and what becomes of it. Pure. */
import { readJson } from "@/components/policies/editor/read-json";
import { guardrailsSchema, type Guardrail } from "@/lib/changes/guardrails/schemas";
import { rolloutPlanSchema, type RolloutPlan } from "@/lib/changes/rollout/plan";
import { changeDraftSchema, type ChangeDraft, type PolicyEdit } from "@/lib/changes/schemas";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import "@/components/settings/zod-without-eval";

export interface EditDraft {
  ref: PolicyRef;
  /** The version that is edited; 0: there was none. */
  baseVersion: number;
  /** What that version says, as text. */
  baseText: string;
  /** JSON, perhaps not yet readable. */
  text: string;
}

export interface DraftState {
  title: string;
  rationale: string;
  edits: EditDraft[];
  /** Null: the usual ones of what is edited. */
  plan: RolloutPlan | null;
  guardrails: Guardrail[] | null;
  schedule: ChangeDraft["schedule"];
}

export const EMPTY_DRAFT: DraftState = { title: "", rationale: "", edits: [], plan: null, guardrails: null, schedule: null };

export const textOf = (document: unknown): string => JSON.stringify(document, null, 2);
export const keyOf = ({ kind, scope }: Pick<PolicyEdit, "kind" | "scope">): string =>
  JSON.stringify([kind, scope.level, scope.value]);

/** One edit a policy: a second one of the same policy takes the place of the first. */
export function withEdit(edits: readonly EditDraft[], edit: EditDraft): EditDraft[] {
  const kept = edits.filter(({ ref }) => keyOf(ref) !== keyOf(edit.ref));
  return [...kept, edit];
}

/** Null while a document cannot be read. */
export function readEdits(edits: readonly EditDraft[]): PolicyEdit[] | null {
  const read = edits.map(({ ref, baseVersion, text }): PolicyEdit | null => {
    const json = readJson(text);
    if ("error" in json || typeof json.value !== "object" || json.value === null || Array.isArray(json.value)) return null;
    return { kind: ref.kind, scope: ref.scope, document: json.value as Record<string, unknown>, baseVersion };
  });
  return read.includes(null) ? null : (read as PolicyEdit[]);
}

export function toChangeDraft(draft: DraftState, edits: readonly PolicyEdit[]): ChangeDraft {
  return {
    title: draft.title,
    rationale: draft.rationale,
    edits: [...edits],
    ...(draft.plan ? { plan: draft.plan } : {}),
    ...(draft.guardrails ? { guardrails: draft.guardrails } : {}),
    schedule: draft.schedule,
  };
}

/** Field → what is wrong with it. The field `guardrails` is all of them together, `plan.sharesPercent` the shares. */
export function fieldProblems(draft: DraftState): Record<string, string> {
  const problems: Record<string, string> = {};
  const collect = (prefix: string, issues: readonly { path: PropertyKey[]; message: string }[]) => {
    for (const { path, message } of issues) problems[[prefix, ...path].filter((part) => part !== "").join(".")] ??= message;
  };
  const { title, rationale } = changeDraftSchema.shape;
  for (const [name, schema, value] of [
    ["title", title, draft.title],
    ["rationale", rationale, draft.rationale],
  ] as const) {
    const parsed = schema.safeParse(value);
    if (!parsed.success) collect(name, parsed.error.issues);
  }
  const plan = draft.plan && rolloutPlanSchema.safeParse(draft.plan);
  if (plan && !plan.success) collect("plan", plan.error.issues);
  const guardrails = draft.guardrails && guardrailsSchema.safeParse(draft.guardrails);
  if (guardrails && !guardrails.success) collect("guardrails", guardrails.error.issues);
  return problems;
}

/** "1, 5, 25, 100" → numbers; null: something in it is none. */
export function readShares(text: string): number[] | null {
  const parts = text.split(/[\s,;→%]+/).filter(Boolean);
  const numbers = parts.map(Number);
  return parts.length > 0 && numbers.every(Number.isFinite) ? numbers : null;
}
