import { requireRole, type Ctx } from "@/lib/auth/actor";
import type { TargetOutcome } from "@/lib/policies/store/schemas";
import { editsOf, policyKey } from "../describe/policy-edits";
import { planProblems } from "../describe/usual";
import type { Guardrail } from "../guardrails/schemas";
import type { ChangeContent } from "../request/content-hash";
import type { ChangeStatus } from "../request/machine";
import { thinSteps, withoutEmptyWaves, type RolloutPlan } from "../rollout/plan";
import { OPEN_STATUSES, previewChangeSchema, type ChangePreview, type PreviewChange, type TouchedTarget } from "../schemas";
import type { Assessment } from "./assess-change";
import { draftContent } from "./draft-content";
import { covers } from "./people";
import { evidenceProblems } from "./read-gates";
import { detectableBy, readTraffic } from "./read-traffic";
import { contentOf } from "./rows";

/** What a draft would do, without keeping it. */
export async function previewChange(ctx: Ctx, input: PreviewChange): Promise<ChangePreview> {
  requireRole(ctx, "analyst");
  const { changeId, title = "", rationale = "", ...rest } = previewChangeSchema.parse(input);
  const drafted = await draftContent(ctx.db.prisma, ctx, { ...rest, title, rationale });
  return describeChange(ctx, {
    id: changeId ?? null,
    contentHash: drafted.hash,
    quorum: drafted.quorum,
    content: drafted.content,
    assessment: drafted.assessment,
    detect: true,
  });
}

/** `detect`: false for what has ended, where nothing is left to be seen. */
export async function describeChange(
  ctx: Ctx,
  change: {
    id: string | null;
    contentHash: string;
    quorum: number;
    content: ChangeContent;
    assessment: Assessment;
    detect: boolean;
  },
): Promise<ChangePreview> {
  const { content, assessment } = change;
  const edits = editsOf(content);
  const plan = content.rolloutPlan as unknown as RolloutPlan;
  const limited = ctx.actor.tenants !== "all";
  const evidence = change.id === null ? unproven(assessment) : await evidenceOf(ctx, change.id, change.contentHash, assessment);
  const none: Pick<ChangePreview, "traffic" | "detectable"> = { traffic: null, detectable: [] };
  return {
    contentHash: change.contentHash,
    diff: assessment.words,
    problems: [...assessment.problems, ...planProblems(edits, assessment.connectors, plan)],
    targets: assessment.outcomes.map((outcome) => touched(outcome, limited)),
    restartClass: assessment.restartClass,
    restoreSec: assessment.restoreSec,
    fourBit: assessment.fourBit,
    quorum: change.quorum,
    plan,
    guardrails: content.guardrails as unknown as Guardrail[],
    ...(change.detect ? await detectableBy(plan, assessment.changed.length, await readTraffic(ctx, edits)) : none),
    thinSteps: change.detect ? thinSteps(withoutEmptyWaves(plan, assessment.changed.length), assessment.changed.length) : [],
    conflicts: await conflictsOf(ctx, change.id, edits.map(policyKey)),
    evidence: { required: assessment.needsEvidence, problems: evidence },
  };
}

const evidenceOf = (ctx: Ctx, id: string, contentHash: string, assessment: Assessment) =>
  evidenceProblems(ctx.db.prisma, ctx.now, { id, contentHash }, assessment);

const unproven = ({ needsEvidence }: Assessment): string[] =>
  needsEvidence ? ["It changes the answers of a model: an evaluation of exactly this change is required."] : [];

/** Why a target refuses may name other tenants. */
function touched({ id, name, connector, simulated, outcome, reasons, warnings }: TargetOutcome, limited: boolean): TouchedTarget {
  const said = {
    reasons: reasons.length > 0 ? ["It cannot do what the policies ask; somebody who sees all tenants can see why."] : [],
    warnings: [],
  };
  return { id, name, connector, simulated, outcome, ...(limited ? said : { reasons, warnings }) };
}

/** Open changes of the same policies, as far as the reader may know of them. */
async function conflictsOf(ctx: Ctx, id: string | null, keys: readonly string[]): Promise<ChangePreview["conflicts"]> {
  const open = await ctx.db.prisma.change.findMany({
    where: { status: { in: [...OPEN_STATUSES] }, ...(id === null ? {} : { id: { not: id } }) },
    select: { id: true, number: true, title: true, status: true, content: true, tenants: true },
    orderBy: { number: "asc" },
  });
  return open
    .filter((one) => covers(ctx.actor.tenants, one.tenants) && keys.some((key) => key in contentOf(one).diff))
    .map(({ id: other, number, title, status }) => ({ id: other, number, title, status: status as ChangeStatus }));
}
