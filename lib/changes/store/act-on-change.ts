/** Everything that people do with a change: authorise → parse → gates → decide → write → audit → tell, in one transaction. */
import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { verifyPassword } from "@/lib/auth/password";
import { countSignInTry, forgiveSignInTries } from "@/lib/auth/sign-in-limit";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { lockPolicies } from "@/lib/policies/store/store";
import { editsOf } from "../describe/policy-edits";
import { act, countingApprovals, type Action, type ChangeState } from "../request/machine";
import { changeActionSchema, type ChangeActionInput } from "../schemas";
import { assessChange } from "./assess-change";
import { beginRollout } from "./begin-rollout";
import { noteChange } from "./notices";
import { personOf, requireSeen } from "./people";
import { readGates } from "./read-gates";
import { refusal, requireSameContent } from "./refusals";
import { contentOf, inTransaction, lockChange, saveState, stateOf, type ChangeRow } from "./rows";

/** A judgement is a person's: two keys of one program are not two people. */
const OF_PEOPLE: readonly ChangeActionInput["kind"][] = ["approve", "ask_changes", "reject", "break_glass", "review"];
const OF_LEADS: readonly ChangeActionInput["kind"][] = [
  "approve",
  "ask_changes",
  "reject",
  "schedule",
  "start",
  "resume",
  "review",
];

export async function actOnChange(ctx: Ctx, id: string, input: ChangeActionInput): Promise<void> {
  const asked = changeActionSchema.parse(input);
  requireRole(ctx, OF_LEADS.includes(asked.kind) ? "lead" : "analyst");
  if (ctx.actor.kind === "api_key" && OF_PEOPLE.includes(asked.kind)) {
    throw new AppError("forbidden", "A person decides this: sign in.");
  }
  // Slow on purpose (scrypt), so before anything is locked.
  const reauthenticatedAt = asked.kind === "break_glass" ? await reauthenticate(ctx, asked.password) : null;
  await inTransaction(ctx, async (tx) => {
    const row = requireSeen(ctx, await lockChange(tx, id));
    requireSameContent(row, asked.contentHash);
    if (asked.kind === "review") await review(tx, ctx, row, asked.comment);
    else await take(tx, ctx, row, asked, reauthenticatedAt);
  });
}

type MachineAction = Exclude<ChangeActionInput, { kind: "review" }>;

async function take(tx: Tx, ctx: Ctx, row: ChangeRow, asked: MachineAction, reauthenticatedAt: Date | null): Promise<void> {
  const { actor, now } = ctx;
  const starts = asked.kind === "start" || asked.kind === "break_glass";
  // What is checked is what begins: nobody saves a policy, and no other change starts, in between.
  if (starts) await lockPolicies(tx);
  const assessment = await assessChange(tx, ctx, editsOf(contentOf(row)));
  const gates = await readGates(tx, ctx, row, assessment);
  const before = stateOf(row);
  const answer = act(before, actionOf(asked, reauthenticatedAt), await personOf(tx, actor, row.tenants), gates, now);
  if ("refused" in answer) throw refusal(answer.refused);
  const after = asked.kind === "approve" ? scheduledIfAsked(row, answer.change, now) : answer.change;

  const comment = commentOf(asked);
  if (asked.kind === "approve") await writeApproval(tx, ctx, row, comment);
  else if (after.approvals.length < before.approvals.length) await tx.changeApproval.deleteMany({ where: { changeId: row.id } });
  if (comment !== null && (asked.kind === "ask_changes" || asked.kind === "reject")) {
    await writeComment(tx, ctx, row.id, asked.kind, comment);
  }
  const rollout = after.status === "executing" ? await beginRollout(tx, ctx, row, assessment) : null;
  await saveState(tx, row, after, {
    ...(rollout ? { blastDomains: assessment.domains } : {}),
    ...(asked.kind === "break_glass"
      ? { breakGlass: { by: actor.name, reason: asked.reason, incidentUrl: asked.incidentUrl, at: now.toISOString() } }
      : {}),
  });
  const data = {
    number: row.number,
    from: before.status,
    to: after.status,
    contentHash: row.contentHash,
    ...(comment === null ? {} : { comment }),
    ...(asked.kind === "schedule" ? { at: asked.at } : {}),
    ...(asked.kind === "break_glass" ? { reason: asked.reason, incidentUrl: asked.incidentUrl } : {}),
    ...(rollout
      ? {
          rollout: rollout.id,
          domains: assessment.domains,
          targets: rollout.targets,
          approvals: before.approvals,
          counting: countingApprovals(before, gates.activeApprovers),
          quorum: row.quorum,
        }
      : {}),
  };
  await appendAudit(tx, ctx, { action: `change.${asked.kind}`, subject: `change:${row.id}`, data });
  await noteChange(tx, ctx, { changeId: row.id, kind: asked.kind, data: { by: actor.name, status: after.status, comment } });
}

function actionOf(asked: MachineAction, reauthenticatedAt: Date | null): Action {
  switch (asked.kind) {
    case "schedule":
      return { kind: "schedule", at: new Date(asked.at) };
    case "ask_changes":
    case "reject":
      return { kind: asked.kind, comment: asked.comment };
    case "break_glass":
      return { kind: "break_glass", reason: asked.reason, incidentUrl: asked.incidentUrl, reauthenticatedAt };
    default:
      return { kind: asked.kind };
  }
}

/** A time that was in what people approved needs nobody to set it once more. */
function scheduledIfAsked(row: ChangeRow, state: ChangeState, now: Date): ChangeState {
  const { schedule } = contentOf(row);
  if (state.status !== "approved" || schedule === null) return state;
  const at = new Date(schedule.at);
  return at > now ? { ...state, status: "scheduled", scheduledAt: at } : state;
}

const commentOf = (asked: MachineAction): string | null => ("comment" in asked ? (asked.comment ?? null) : null);

async function writeApproval(tx: Tx, { actor, now }: Ctx, row: ChangeRow, comment: string | null): Promise<void> {
  const of = { changeId: row.id, userId: actor.id, contentHash: row.contentHash };
  const given = { userName: actor.name, comment, at: now };
  await tx.changeApproval.upsert({
    where: { changeId_userId_contentHash: of },
    create: { ...of, ...given },
    update: given,
  });
}

const writeComment = (tx: Tx, { actor, now }: Ctx, changeId: string, kind: string, text: string) =>
  tx.changeComment.create({ data: { changeId, kind, text, authorId: actor.id, authorName: actor.name, at: now } });

/** What was started past everybody is looked at by somebody else afterwards. */
async function review(tx: Tx, ctx: Ctx, row: ChangeRow, comment: string): Promise<void> {
  if (!row.reviewOwed) throw refusal("No review of it is owed.");
  if (row.contributors.includes(ctx.actor.id)) throw refusal("You worked on it: somebody else reviews it.");
  const started = await tx.auditEvent.findFirst({ where: { subject: `change:${row.id}`, action: "change.break_glass" } });
  if (started?.actorId === ctx.actor.id) throw refusal("You broke the glass: somebody else reviews it.");
  await writeComment(tx, ctx, row.id, "review", comment);
  await saveState(tx, row, { ...stateOf(row), reviewOwed: false }, { statusReason: row.statusReason });
  const data = { number: row.number, contentHash: row.contentHash, comment };
  await appendAudit(tx, ctx, { action: "change.review", subject: `change:${row.id}`, data });
  await noteChange(tx, ctx, { changeId: row.id, kind: "review", data: { by: ctx.actor.name, status: row.status, comment } });
}

const MOST_TRIES = 10;

async function reauthenticate(ctx: Ctx, password: string): Promise<Date> {
  const user = await ctx.db.prisma.user.findUnique({ where: { id: ctx.actor.id }, select: { passwordHash: true } });
  // A session that was stolen must not find out the password.
  const attempt = { email: `reauthenticate ${ctx.actor.id}`, address: ctx.actor.id };
  await countSignInTry(ctx.db, attempt, MOST_TRIES, ctx.now);
  if (user && user.passwordHash === null) {
    throw new AppError(
      "forbidden",
      "You sign in through your company, so there is no password to enter again. Ask an admin for one.",
    );
  }
  if (await verifyPassword(password, user?.passwordHash ?? null)) {
    await forgiveSignInTries(ctx.db, attempt, ctx.now);
    return ctx.now;
  }
  throw new AppError("forbidden", "That is not your password.");
}
