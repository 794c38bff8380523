/** What saving a draft would do, without doing it: what is wrong, what changes in words, what each target would get. */
import { requireRole, type Ctx } from "@/lib/auth/actor";
import type { Payload } from "@/lib/protocol/payload";
import type { FileProblem } from "../check-policy-file";
import { diffPolicies } from "../diff";
import { concerns, outcomesFor, requireSeen } from "./access";
import { checkSet } from "./check-set";
import { movedBaseOf } from "./moved-base";
import { layerOf, policySetOf, refKey, withDrafts } from "./policy-set";
import { isReached, renderTargets } from "./render-targets";
import { parseDocument, policyDraftSchema, type MovedBase, type PolicyDraft, type TargetOutcome } from "./schemas";
import { findVersion, loadHeads, loadNodes, loadTargets } from "./store";

export interface PolicyPreview {
  problems: FileProblem[];
  /** From the version that was edited to the draft. */
  changes: string[];
  /** Set when somebody else saved since. */
  moved: MovedBase | null;
  targets: TargetOutcome[];
  /** hash → payload, the first few; empty for those who may not see what machines of others run. */
  payloads: Record<string, Payload>;
}

/** A page shows a handful; a workspace of a thousand nodes must not answer with a thousand payloads. */
const MOST_PAYLOADS = 20;

export async function previewDraft(ctx: Ctx, input: PolicyDraft): Promise<PolicyPreview> {
  requireRole(ctx, "viewer");
  const draft = policyDraftSchema.parse(input);
  requireSeen(ctx, draft);
  const reader = ctx.db.prisma;
  const heads = await loadHeads(reader);
  const head = heads.find((one) => refKey(one) === refKey(draft)) ?? null;
  const isCurrent = (head?.version ?? 0) === draft.baseVersion;
  const base = isCurrent ? head : await findVersion(reader, draft, draft.baseVersion);
  const parsed = parseDocument(draft.kind, draft.document);
  const nothing = { changes: [], moved: null, targets: [], payloads: {} };
  if ("problems" in parsed) return { ...nothing, problems: parsed.problems };

  const { document } = parsed;
  const set = policySetOf(withDrafts(heads, [{ ...draft, document }]));
  const targets = await loadTargets(reader);
  const limited = ctx.actor.tenants !== "all";
  const visible = limited ? { ...set, gateway: set.gateway.filter((layer) => concerns(ctx.actor, layer)) } : set;
  const problems = checkSet(visible, await loadNodes(reader, targets), [draft]);
  const before = base?.document ?? {};
  const fleet = renderTargets(
    targets.filter((target) => isReached(target, draft)),
    set,
  );
  return {
    problems,
    changes: diffPolicies([layerOf(draft, before)], [layerOf(draft, document)]),
    moved: head && !isCurrent ? movedBaseOf(draft, before, document, head) : null,
    targets: outcomesFor(ctx.actor, fleet.outcomes),
    payloads: limited ? {} : Object.fromEntries([...fleet.payloads].slice(0, MOST_PAYLOADS)),
  };
}
