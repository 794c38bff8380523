import { requireRole, type Ctx } from "@/lib/auth/actor";
import { editsOf } from "../describe/policy-edits";
import { act, type Action, type ChangeState, type Gates, type Person } from "../request/machine";
import { OPEN_STATUSES, type ChangeView } from "../schemas";
import { assessChange } from "./assess-change";
import { activeApprovers, personOf, requireSeen } from "./people";
import { describeChange } from "./preview-change";
import { readGates } from "./read-gates";
import { contentOf, stateOf } from "./rows";
import { SUMMARY, summariesOf } from "./summaries";

const MINUTE = 60_000;

export async function getChange(ctx: Ctx, id: string): Promise<ChangeView> {
  requireRole(ctx, "viewer");
  const reader = ctx.db.prisma;
  const found = await reader.change.findUnique({
    where: { id },
    include: { ...SUMMARY, comments: { orderBy: { at: "asc" } }, evidence: { orderBy: { at: "desc" } } },
  });
  const row = requireSeen(ctx, found);
  const content = contentOf(row);
  const assessment = await assessChange(reader, ctx, editsOf(content));
  const [summaries, preview, gates, person, active] = await Promise.all([
    summariesOf(reader, [row], ctx.now),
    describeChange(ctx, {
      id,
      contentHash: row.contentHash,
      quorum: row.quorum,
      content,
      assessment,
      detect: (OPEN_STATUSES as readonly string[]).includes(row.status),
    }),
    readGates(reader, ctx, row, assessment),
    personOf(reader, ctx.actor, row.tenants),
    activeApprovers(reader, row),
  ]);
  const counts = (approval: (typeof row.approvals)[number]) =>
    approval.contentHash === row.contentHash && active.has(approval.userId) && !row.contributors.includes(approval.userId);
  return {
    ...summaries[0]!,
    rationale: row.rationale,
    predictedSaving: row.predictedSaving as unknown as ChangeView["predictedSaving"],
    origin: row.origin,
    contentHash: row.contentHash,
    content: { ...content },
    preview,
    contributors: row.contributors,
    approvalsGiven: row.approvals.map((one) => ({
      userId: one.userId,
      userName: one.userName,
      at: one.at.toISOString(),
      comment: one.comment,
      counts: counts(one),
    })),
    comments: row.comments.map(({ id: comment, authorName, kind, text, at }) => ({
      id: comment,
      author: authorName,
      kind,
      text,
      at: at.toISOString(),
    })),
    evidenceGiven: row.evidence.map((one) => ({
      id: one.id,
      kind: one.kind,
      passed: one.passed,
      summary: one.summary,
      at: one.at.toISOString(),
      current: one.contentHash === row.contentHash,
      data: one.data,
    })),
    schedule: row.scheduledAt && { at: row.scheduledAt.toISOString() },
    breakGlass: row.breakGlass as ChangeView["breakGlass"],
    actions: actionsOf(stateOf(row), person, gates, ctx),
  };
}

/** Asks the machine itself, so that a button is never there for what would be refused. */
function actionsOf(state: ChangeState, person: Person, gates: Gates, ctx: Ctx): ChangeView["actions"] {
  const { now, actor } = ctx;
  const tried: Action[] = [
    { kind: "submit" },
    { kind: "approve" },
    { kind: "ask_changes", comment: "x" },
    { kind: "reject", comment: "x" },
    { kind: "schedule", at: new Date(now.getTime() + MINUTE) },
    { kind: "start" },
    { kind: "resume" },
    { kind: "cancel" },
    { kind: "edit", contentHash: state.contentHash, quorum: state.quorum },
    { kind: "break_glass", reason: "x", incidentUrl: "https://x", reauthenticatedAt: now },
  ];
  const machine = tried.map((action) => {
    const answer = act(state, action, person, gates, now);
    const why = "refused" in answer ? answer.refused : null;
    return { kind: action.kind, allowed: why === null, why };
  });
  const why = !state.reviewOwed
    ? "No review of it is owed."
    : !person.isLead
      ? "This needs the role lead."
      : state.contributors.includes(actor.id)
        ? "You worked on it: somebody else reviews it."
        : null;
  return [...machine, { kind: "review", allowed: why === null, why }];
}
