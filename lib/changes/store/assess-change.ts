/** What the policies, the fleet and the calendar make of a change, now. Reads only. */
import type { Ctx } from "@/lib/auth/actor";
import type { Connector } from "@/lib/protocol/connectors";
import type { Payload } from "@/lib/protocol/payload";
import { diffPolicies } from "@/lib/policies/diff";
import { concerns } from "@/lib/policies/store/access";
import { blastDomainsOf } from "@/lib/policies/store/blast-domains";
import { checkSet } from "@/lib/policies/store/check-set";
import { layerOf, policySetOf, refKey, withDrafts, type StoredDocument } from "@/lib/policies/store/policy-set";
import { isReached, renderTargets } from "@/lib/policies/store/render-targets";
import { parseDocument, policyRefSchema, type PolicyRef, type TargetOutcome } from "@/lib/policies/store/schemas";
import { findVersion, loadHeads, loadNodes, loadTargets, type StoredTarget } from "@/lib/policies/store/store";
import { editName } from "../describe/policy-edits";
import { isFourBit, needsEvidence, RESTORE_SEC, restartClassOf, type RestartClass } from "../describe/restart";
import type { PolicyEdit } from "../schemas";
import type { Reader } from "./rows";

export interface Assessment {
  /** Each edit as it would be saved. */
  drafts: (StoredDocument & { baseVersion: number })[];
  /** Meaning first, from the version that was edited. */
  words: string[];
  /** What keeps it from being submitted. */
  problems: string[];
  /** Policies whose version moved since. */
  stale: string[];
  /** Of every target in its scope. */
  outcomes: TargetOutcome[];
  payloads: Map<string, Payload>;
  /** Those of them whose configuration it changes. */
  changed: StoredTarget[];
  connectors: Connector[];
  restartClass: RestartClass;
  restoreSec: number;
  fourBit: boolean;
  needsEvidence: boolean;
  domains: string[];
}

export async function assessChange(reader: Reader, ctx: Pick<Ctx, "actor">, edits: readonly PolicyEdit[]): Promise<Assessment> {
  const heads = await loadHeads(reader);
  const targets = await loadTargets(reader);
  const problems: string[] = [];
  const stale: string[] = [];
  const drafts: Assessment["drafts"] = [];
  const documents: { kind: PolicyEdit["kind"]; before: Record<string, unknown>; after: Record<string, unknown> }[] = [];
  const words: string[] = [];
  for (const edit of edits) {
    const ref = policyRefSchema.safeParse({ kind: edit.kind, scope: edit.scope });
    if (!ref.success) {
      problems.push(`There is no ${editName(edit)}: ${ref.error.issues[0]!.message}.`);
      continue;
    }
    const head = heads.find((one) => refKey(one) === refKey(ref.data)) ?? null;
    const inForce = head?.version ?? 0;
    if (inForce !== edit.baseVersion) stale.push(capital(editName(edit)));
    const base =
      edit.baseVersion === 0 ? null : edit.baseVersion === inForce ? head : await findVersion(reader, ref.data, edit.baseVersion);
    if (edit.baseVersion > 0 && !base) problems.push(`There is no version ${edit.baseVersion} of ${editName(edit)}.`);
    const parsed = parseDocument(edit.kind, edit.document);
    if ("problems" in parsed) {
      problems.push(...parsed.problems.map(({ path, message }) => `${editName(edit)}, ${path}: ${message}`));
      continue;
    }
    const before = base?.document ?? {};
    drafts.push({ ...ref.data, document: parsed.document, baseVersion: edit.baseVersion });
    documents.push({ kind: edit.kind, before, after: parsed.document });
    words.push(...diffPolicies([layerOf(ref.data, before)], [layerOf(ref.data, parsed.document)]));
  }
  const set = policySetOf(withDrafts(heads, drafts));
  const visible = { ...set, gateway: set.gateway.filter((layer) => concerns(ctx.actor, layer)) };
  const found = checkSet(visible, await loadNodes(reader, targets), drafts);
  problems.push(
    ...found.filter(({ severity }) => severity === "error").map(({ where, path, message }) => `${where}, ${path}: ${message}`),
  );
  const reached = targets.filter((target) => drafts.some((draft) => isReached(target, draft as PolicyRef)));
  const { outcomes, payloads } = renderTargets(reached, set);
  const byId = new Map(targets.map((target) => [target.id, target]));
  const changed = outcomes.flatMap(({ id, outcome }) => (outcome === "changed" ? [byId.get(id)!] : []));
  if (problems.length === 0 && changed.length === 0) problems.push(nothingToDo(outcomes));
  const engines = changed.filter(({ connector }) => connector === "engine");
  const restartClass = restartClassOf(edits, engines);
  return {
    drafts,
    words,
    problems,
    stale,
    outcomes,
    payloads,
    changed,
    connectors: [...new Set(changed.map(({ connector }) => connector))].sort(),
    restartClass,
    restoreSec: RESTORE_SEC[restartClass],
    fourBit: isFourBit(documents),
    needsEvidence: needsEvidence(documents),
    domains: blastDomainsOf(drafts as unknown as PolicyRef[], targets),
  };
}

function nothingToDo(outcomes: readonly TargetOutcome[]): string {
  if (outcomes.length === 0) return "It reaches no gateway and no engine: enrol one under Fleet first.";
  const refused = outcomes.find(({ outcome }) => outcome === "refused");
  if (refused) return `No target can take it. ${refused.name}: ${refused.reasons.join(" ")}`;
  return "No target would run anything else with it.";
}

const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
