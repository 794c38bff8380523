/**
 * A new version of one scope's policy, by compare-and-set, checked together with everything that it meets, and sent to
 * every target that it reaches: all of it or nothing, in one transaction.
 */
import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { publishDesiredToAll } from "@/lib/fleet";
import { AppError } from "@/lib/http";
import type { FileProblem } from "../check-policy-file";
import { diffPolicies } from "../diff";
import type { PolicyKind } from "../kinds";
import { concerns, outcomesFor, requireEditable } from "./access";
import { checkSet } from "./check-set";
import { movedBaseOf } from "./moved-base";
import { layerOf, policySetOf, refKey, withDrafts, type StoredDocument } from "./policy-set";
import { refuseLocked } from "./refuse-locked";
import { isReached, renderTargets } from "./render-targets";
import {
  parseDocument,
  savePolicySchema,
  scopeName,
  type PolicyRef,
  type PolicyVersionView,
  type SavePolicyInput,
  type TargetOutcome,
} from "./schemas";
import { findVersion, loadHeads, loadNodes, loadTargets, lockPolicies, moveHead, viewOf, type StoredVersion } from "./store";

/** Publishing to a thousand targets takes seconds; savers wait for each other. */
export const TRANSACTION = { maxWait: 15_000, timeout: 60_000 };

export interface SavedPolicy {
  version: PolicyVersionView;
  /** The content was in force already: no version was made. */
  unchanged: boolean;
  changes: string[];
  /** Only warnings: an error is refused. */
  problems: FileProblem[];
  targets: TargetOutcome[];
}

type Draft = StoredDocument & { baseVersion: number; message: string; restoredFrom: number | null };

export async function savePolicy(ctx: Ctx, input: SavePolicyInput): Promise<SavedPolicy> {
  const draft = savePolicySchema.parse(input);
  requireEditable(ctx, draft);
  const document = documentOf(draft.kind, draft.document);
  const [saved] = await ctx.db.prisma.$transaction(
    (tx) => commitDirectly(tx, ctx, { ...draft, document, restoredFrom: null }),
    TRANSACTION,
  );
  return saved!;
}

/** In the order of the schema; throws `unprocessable` with everything that is wrong with it. */
export function documentOf(kind: PolicyKind, input: unknown): Record<string, unknown> {
  const parsed = parseDocument(kind, input);
  if ("document" in parsed) return parsed.document;
  throw refusedFor(parsed.problems);
}

/** Past every approval: only where no change is being rolled out. */
export async function commitDirectly(tx: Tx, ctx: Ctx, draft: Draft): Promise<SavedPolicy[]> {
  await lockPolicies(tx);
  await refuseLocked(tx, [draft]);
  return commitDrafts(tx, ctx, [draft]);
}

/** Several documents as one step: what is right only together is checked together, and targets move once. */
export async function commitDrafts(tx: Tx, ctx: Ctx, drafts: readonly Draft[]): Promise<SavedPolicy[]> {
  await lockPolicies(tx);
  const heads = await loadHeads(tx);
  const headOf = (ref: PolicyRef) => heads.find((head) => refKey(head) === refKey(ref));
  const saved: { draft: Draft; version: StoredVersion; before: Record<string, unknown>; unchanged: boolean }[] = [];
  for (const draft of drafts) {
    const head = headOf(draft);
    const version = await moveHead(tx, ctx, draft, head?.hash ?? null);
    if (version === "unchanged") saved.push({ draft, version: head!, before: draft.document, unchanged: true });
    else if (version) saved.push({ draft, version, before: head?.document ?? {}, unchanged: false });
    else throw await conflictOf(tx, draft, head ?? null);
  }

  const documents = withDrafts(heads, drafts);
  const set = policySetOf(documents);
  const targets = await loadTargets(tx);
  const nodes = await loadNodes(tx, targets);
  const visible = { ...set, gateway: set.gateway.filter((layer) => concerns(ctx.actor, layer)) };
  const problems = checkSet(visible, nodes, drafts);
  if (problems.some(({ severity }) => severity === "error")) throw refusedFor(problems);

  const changed = saved.filter(({ unchanged }) => !unchanged);
  const reached = targets.filter((target) => changed.some(({ draft }) => isReached(target, draft)));
  const { outcomes, payloads } = renderTargets(reached, set);
  const orders = outcomes.flatMap(({ id, hash, outcome }) =>
    outcome === "changed" ? [{ targetId: id, payload: payloads.get(hash!)! }] : [],
  );
  // Targets before the audit chain, as every writer of targets locks them: the other way round two wait for ever.
  if (orders.length > 0) await publishDesiredToAll(tx, ctx, { reason: reasonOf(changed), orders });
  for (const { draft, version, before } of changed) {
    await appendAudit(tx, ctx, {
      action: draft.restoredFrom === null ? "policy.save" : "policy.restore",
      subject: `policy:${draft.kind}:${draft.scope.level}${draft.scope.value === null ? "" : `:${draft.scope.value}`}`,
      data: {
        version: version.version,
        hash: version.hash,
        message: draft.message,
        ...(draft.restoredFrom === null ? {} : { restoredFrom: draft.restoredFrom }),
        changes: wordsOf(draft, before),
        published: orders.length,
        refused: outcomes.flatMap(({ name, outcome, reasons }) => (outcome === "refused" ? [{ target: name, reasons }] : [])),
      },
    });
  }
  const byId = new Map(targets.map((target) => [target.id, target]));
  return saved.map(({ draft, version, before, unchanged }) => ({
    version: viewOf(version),
    unchanged,
    changes: wordsOf(draft, before),
    problems,
    targets: outcomesFor(ctx.actor, outcomes).filter(({ id }) => isReached(byId.get(id)!, draft)),
  }));
}

const wordsOf = (draft: Draft, before: Record<string, unknown>) =>
  diffPolicies([layerOf(draft, before)], [layerOf(draft, draft.document)]);

function reasonOf(changed: readonly { draft: Draft; version: StoredVersion }[]): string {
  const [first] = changed;
  const { draft, version } = first!;
  const name = `${draft.kind} of ${scopeName(draft.scope)}, version ${version.version}`;
  return `${name}${changed.length > 1 ? ` and ${changed.length - 1} more` : ""}: ${draft.message}`;
}

async function conflictOf(tx: Tx, draft: Draft, current: StoredVersion | null): Promise<AppError> {
  const base = draft.baseVersion === 0 ? null : await findVersion(tx, draft, draft.baseVersion);
  if (!current || (draft.baseVersion > 0 && !base) || draft.baseVersion > current.version) {
    return new AppError("invalid", `There is no version ${draft.baseVersion} of this policy. Load it again.`, {
      field: "baseVersion",
    });
  }
  const moved = movedBaseOf(draft, base?.document ?? {}, draft.document, current);
  const message = moved.merged
    ? `${current.author.name} saved version ${current.version} meanwhile. The two edits fit together: look at both and save again.`
    : `${current.author.name} saved version ${current.version} meanwhile and changed the same values. Decide which of them count.`;
  return new AppError("conflict", message, { field: "baseVersion", members: { moved } });
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
