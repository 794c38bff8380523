import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { insertChange } from "@/lib/changes/store/create-change";
import { inTransaction } from "@/lib/changes/store/rows";
import { laidInto } from "@/lib/changes/templates";
import { originOfFinding, type ChangeDraft, type PredictedSaving } from "@/lib/changes/schemas";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { nanoToUsd } from "@/lib/money";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { findHead } from "@/lib/policies/store/store";
import { findingActionSchema, type FindingAction, type FindingDocument, type FindingState, type FindingView } from "./schemas";
import { documentOf, findLastRun, lockFinding, moveFinding, summaryOf, type FindingRow, type Moved } from "./store";
import { maySee, viewFinding } from "./view-finding";

/** Draft a change from it, begin a task, put it aside, or take it up again. */
export async function actOnFinding(ctx: Ctx, id: string, input: FindingAction): Promise<FindingView> {
  requireRole(ctx, "analyst");
  const action = findingActionSchema.parse(input);
  if (action.action === "draft") return draftChange(ctx, id);
  return ctx.db.prisma.$transaction(async (tx) => {
    const row = visible(ctx, await lockFinding(tx, id));
    const moved: Moved = { ...STAYS, state: "open", stateReason: null, stateAt: ctx.now, stateByName: ctx.actor.name };
    if (action.action === "start") {
      mustBe(row, ["open"], "be begun");
      if (documentOf(row).remedy.kind === "change") throw new AppError("conflict", "A policy can do this: draft the change.");
      return save(ctx, tx, row, { ...moved, state: "in_change" }, "advisor.start");
    }
    if (action.action === "dismiss") {
      mustBe(row, ["open", "in_change"], "be dismissed");
      const until = action.until === null ? null : new Date(action.until);
      if (until && until <= ctx.now)
        throw new AppError("invalid", "It would come back at once: choose a later day.", { field: "until" });
      return save(
        ctx,
        tx,
        row,
        { ...moved, state: "dismissed", stateReason: action.reason, dismissedUntil: until },
        "advisor.dismiss",
      );
    }
    mustBe(row, ["dismissed", "in_change"], "be taken up again");
    return save(ctx, tx, row, moved, "advisor.reopen");
  });
}

const STAYS = { dismissedUntil: null, changeId: null };

function visible(ctx: Ctx, row: FindingRow | null): FindingRow {
  if (!row || !maySee(ctx.actor, row.tenants)) throw new AppError("not_found", "There is no such finding.");
  return row;
}

const WORDS: Record<FindingState, string> = {
  open: "open",
  in_change: "in work",
  verified: "verified",
  dismissed: "dismissed",
  gone: "gone",
};

function mustBe(row: FindingRow, states: readonly FindingState[], what: string): void {
  const state = row.state as FindingState;
  if (!states.includes(state)) throw new AppError("conflict", `This finding is ${WORDS[state]} and cannot ${what}.`);
}

async function save(ctx: Ctx, tx: Tx, row: FindingRow, moved: Moved, action: string): Promise<FindingView> {
  const saved = await moveFinding(tx, row.id, moved);
  await appendAudit(tx, ctx, {
    action,
    subject: `finding:${row.id}`,
    data: { key: row.key, from: row.state, to: moved.state, reason: moved.stateReason, changeId: moved.changeId },
  });
  return viewFinding(saved, null);
}

/** The change request with the policy diff filled in; it and the finding know each other from then on. */
async function draftChange(ctx: Ctx, id: string): Promise<FindingView> {
  return inTransaction(ctx, async (tx) => {
    const row = visible(ctx, await lockFinding(tx, id));
    mustBe(row, ["open"], "be drafted");
    const { remedy, basis, method, savingLowNanoUsd, savingHighNanoUsd } = documentOf(row);
    if (remedy.kind !== "change") throw new AppError("conflict", "No policy can do this: begin the task instead.");
    const edits: ChangeDraft["edits"] = [];
    for (const { kind, scope, patch } of remedy.edits) {
      const head = await findHead(tx, { kind, scope } as PolicyRef);
      edits.push({ kind, scope, document: laidInto(head?.document ?? {}, patch), baseVersion: head?.version ?? 0 });
    }
    const run = await findLastRun(tx);
    const predictedSaving = {
      lowUsd: nanoToUsd(BigInt(savingLowNanoUsd)),
      highUsd: nanoToUsd(BigInt(savingHighNanoUsd)),
      basis,
      method,
      at: row.lastSeenAt.toISOString(),
      from: run ? summaryOf(run).from : null,
      to: run ? summaryOf(run).to : null,
    };
    const draft = { title: remedy.title, rationale: rationaleOf(documentOf(row), predictedSaving), edits };
    const change = await insertChange(tx, ctx, draft, [], { origin: originOfFinding(id), predictedSaving });
    const moved = { ...STAYS, state: "in_change" as const, stateReason: null, stateAt: ctx.now, stateByName: ctx.actor.name };
    return save(ctx, tx, row, { ...moved, changeId: change.id }, "advisor.draft");
  });
}

function rationaleOf(finding: FindingDocument, { lowUsd, highUsd }: PredictedSaving): string {
  const { title, statement, basis, method, confidenceWhy, quality, latency, reversibility, prerequisites } = finding;
  return [
    `${title}. ${statement}`,
    `Predicted saving: $${cents(lowUsd)} to $${cents(highUsd)} in 30 days (${basis}). ${method} ${confidenceWhy}`,
    `Quality: ${quality} Latency: ${latency} To take it back: ${reversibility}`,
    ...(prerequisites.length > 0 ? [`First: ${prerequisites.join(" ")}`] : []),
  ].join("\n\n");
}

const cents = (usd: string) => Number(usd).toFixed(2);
