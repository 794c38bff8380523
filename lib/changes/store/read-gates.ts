/** The gates of request/machine.ts, as the world is at this moment. */
import type { Ctx } from "@/lib/auth/actor";
import { planProblems } from "../describe/usual";
import type { Gates } from "../request/machine";
import { rolloutPlanSchema } from "../rollout/plan";
import type { Assessment } from "./assess-change";
import { activeApprovers } from "./people";
import { contentOf, type ChangeRow, type Reader } from "./rows";

const EVIDENCE_MAX_AGE_MS = 7 * 24 * 3_600_000;

export async function readGates(reader: Reader, ctx: Pick<Ctx, "now">, row: ChangeRow, assessment: Assessment): Promise<Gates> {
  const plan = rolloutPlanSchema.parse(contentOf(row).rolloutPlan);
  // The ones that it changes; none are left when it is what they run.
  const connectors = assessment.connectors;
  return {
    content: [...assessment.problems, ...planProblems(assessment.drafts, connectors, plan)],
    evidence: await evidenceProblems(reader, ctx.now, row, assessment),
    stale: assessment.stale,
    frozen: await freezeNow(reader, ctx.now),
    lockedBy: await holderOf(reader, assessment.domains, row.id),
    activeApprovers: await activeApprovers(reader, row),
  };
}

/** Of each kind the newest of this very content counts. */
export async function evidenceProblems(
  reader: Reader,
  now: Date,
  row: Pick<ChangeRow, "id" | "contentHash">,
  assessment: Pick<Assessment, "needsEvidence">,
): Promise<string[]> {
  if (!assessment.needsEvidence) return [];
  const given = await reader.changeEvidence.findMany({
    where: { changeId: row.id, contentHash: row.contentHash },
    orderBy: { at: "asc" },
  });
  const newest = [...new Map(given.map((one) => [one.kind, one])).values()];
  if (newest.length === 0) return ["It changes the answers of a model: an evaluation of exactly this change is required."];
  return newest.flatMap(({ passed, at, summary }) => {
    if (!passed) return [`Its evaluation did not pass: ${summary}`];
    return now.getTime() - at.getTime() > EVIDENCE_MAX_AGE_MS ? ["Its evaluation is older than 7 days: run it again."] : [];
  });
}

/** Why nothing may begin now; null: it may. */
export async function freezeNow(reader: Reader, now: Date): Promise<string | null> {
  const freeze = await reader.changeFreeze.findFirst({
    where: { startsAt: { lte: now }, endsAt: { gt: now } },
    orderBy: { endsAt: "desc" },
  });
  return freeze && `${freeze.reason} (until ${freeze.endsAt.toISOString()})`;
}

/** Whose rollout holds one of these blast domains. */
export async function holderOf(reader: Reader, domains: readonly string[], changeId: string): Promise<string | null> {
  const lock = await reader.blastLock.findFirst({
    where: { domain: { in: [...domains] }, rollout: { changeId: { not: changeId } } },
    include: { rollout: { include: { change: { select: { number: true, title: true } } } } },
    orderBy: { domain: "asc" },
  });
  return lock && `Change ${lock.rollout.change.number} (${lock.rollout.change.title})`;
}
