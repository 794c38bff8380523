/**
 * New versions of policies, by compare-and-set, checked together with everything that they meet, and sent to every target
 * that they reach: all of it or nothing, in the caller's transaction. The only door to what is in force: an approved change
 * comes through it when its rollout ends, and the product itself where nobody has said anything yet.
 */
import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { publishDesiredToAll } from "@/lib/fleet";
import { AppError } from "@/lib/http";
import type { FileProblem } from "../check-policy-file";
import { diffPolicies } from "../diff";
import type { PolicyKind } from "../kinds";
import { concerns, outcomesFor } from "./access";
import { checkSet } from "./check-set";
import { citationsFor } from "./citations";
import { layerOf, policySetOf, refKey, withDrafts, type StoredDocument } from "./policy-set";
import { isReached, renderTargets } from "./render-targets";
import { parseDocument, scopeName, type PolicyRef, type PolicyVersionView, type TargetOutcome } from "./schemas";
import { loadHeads, loadNodes, loadTargets, lockPolicies, moveHead, viewOf, type Origin, type StoredVersion } from "./store";

export interface CommittedPolicy {
  version: PolicyVersionView;
  /** The content was in force already: no version was made. */
  unchanged: boolean;
  changes: string[];
  /** Only warnings: an error is refused. */
  problems: FileProblem[];
  targets: TargetOutcome[];
}

export type CommitDraft = StoredDocument & { baseVersion: number; message: string };

/** Several documents as one step: what is right only together is checked together, and targets move once. */
export async function commitDrafts(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "now">,
  drafts: readonly CommitDraft[],
  origin: Origin,
): Promise<CommittedPolicy[]> {
  await lockPolicies(tx);
  const heads = await loadHeads(tx);
  const headOf = (ref: PolicyRef) => heads.find((head) => refKey(head) === refKey(ref));
  const saved: { draft: CommitDraft; version: StoredVersion; before: Record<string, unknown>; unchanged: boolean }[] = [];
  for (const draft of drafts) {
    const head = headOf(draft);
    const version = await moveHead(tx, ctx, draft, head?.hash ?? null, origin);
    if (version === "unchanged") saved.push({ draft, version: head!, before: draft.document, unchanged: true });
    else if (version) saved.push({ draft, version, before: head?.document ?? {}, unchanged: false });
    else throw movedMeanwhile(draft, head ?? null);
  }

  const set = policySetOf(withDrafts(heads, drafts));
  const targets = await loadTargets(tx);
  const nodes = await loadNodes(tx, targets);
  const visible = { ...set, gateway: set.gateway.filter((layer) => concerns(ctx.actor, layer)) };
  const problems = checkSet(visible, nodes, drafts);
  if (problems.some(({ severity }) => severity === "error")) throw refusedFor(problems);

  const changed = saved.filter(({ unchanged }) => !unchanged);
  const reached = targets.filter((target) => changed.some(({ draft }) => isReached(target, draft)));
  const { outcomes, payloads } = renderTargets(reached, set);
  const byId = new Map(targets.map((target) => [target.id, target]));
  const inForce = withVersions(heads, saved);
  const orders = outcomes.flatMap(({ id, hash, outcome }) => {
    if (outcome !== "changed") return [];
    const warrant = { policies: citationsFor(byId.get(id)!, inForce) };
    return [{ targetId: id, payload: payloads.get(hash!)!, warrant }];
  });
  // Targets before the audit chain, as every writer of targets locks them: the other way round two wait for ever.
  if (orders.length > 0) await publishDesiredToAll(tx, ctx, { reason: reasonOf(changed), orders });
  for (const { draft, version, before } of changed) {
    const { restoredFrom } = version;
    await appendAudit(tx, ctx, {
      action: restoredFrom === null ? "policy.save" : "policy.restore",
      subject: `policy:${draft.kind}:${draft.scope.level}${draft.scope.value === null ? "" : `:${draft.scope.value}`}`,
      data: {
        version: version.version,
        hash: version.hash,
        message: draft.message,
        origin: origin.kind === "change" ? `change:${origin.changeId}` : origin.kind,
        ...(restoredFrom === null ? {} : { restoredFrom }),
        changes: wordsOf(draft, before),
        published: orders.length,
        refused: outcomes.flatMap(({ name, outcome, reasons }) => (outcome === "refused" ? [{ target: name, reasons }] : [])),
      },
    });
  }
  return saved.map(({ draft, version, before, unchanged }) => ({
    version: viewOf(version),
    unchanged,
    changes: wordsOf(draft, before),
    problems,
    targets: outcomesFor(ctx.actor, outcomes).filter(({ id }) => isReached(byId.get(id)!, draft)),
  }));
}

/** In the order of the schema; throws `unprocessable` with everything that is wrong with it. */
export function documentOf(kind: PolicyKind, input: unknown): Record<string, unknown> {
  const parsed = parseDocument(kind, input);
  if ("document" in parsed) return parsed.document;
  throw refusedFor(parsed.problems);
}

/** What is in force now that `saved` is. */
function withVersions(
  heads: readonly (PolicyRef & { version: number })[],
  saved: readonly { draft: CommitDraft; version: StoredVersion }[],
) {
  const all = [...heads, ...saved.map(({ draft, version }) => ({ ...draft, version: version.version }))];
  return [...new Map(all.map((one) => [refKey(one), one])).values()];
}

const wordsOf = (draft: CommitDraft, before: Record<string, unknown>) =>
  diffPolicies([layerOf(draft, before)], [layerOf(draft, draft.document)]);

function reasonOf(changed: readonly { draft: CommitDraft; version: StoredVersion }[]): string {
  const [first] = changed;
  const { draft, version } = first!;
  const name = `${draft.kind} of ${scopeName(draft.scope)}, version ${version.version}`;
  return `${name}${changed.length > 1 ? ` and ${changed.length - 1} more` : ""}: ${draft.message}`;
}

function movedMeanwhile(draft: CommitDraft, current: StoredVersion | null): AppError {
  const name = `${draft.kind} of ${scopeName(draft.scope)}`;
  if (!current || draft.baseVersion > current.version) {
    return new AppError("invalid", `There is no version ${draft.baseVersion} of ${name}. Load it again.`, {
      field: "baseVersion",
    });
  }
  return new AppError(
    "conflict",
    `${current.author.name} made version ${current.version} of ${name} meanwhile. Draft it again on top of that.`,
    { field: "baseVersion" },
  );
}

function refusedFor(problems: readonly FileProblem[]): AppError {
  const errors = problems.filter(({ severity }) => severity === "error");
  const [first] = errors;
  const more = errors.length > 1 ? ` And ${errors.length - 1} more.` : "";
  return new AppError("unprocessable", `${first!.where}, ${first!.path}: ${first!.message}${more}`, {
    field: first!.path,
    problems: errors.map(({ path, where, message }) => ({ field: path, message: `${where}: ${message}` })),
  });
}
