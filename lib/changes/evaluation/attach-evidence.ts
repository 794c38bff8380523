import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import type { ClaimedRun } from "@/lib/evaluations/claim-run";
import type { RunEnd } from "@/lib/evaluations/finish-run";
import type { EvaluationReport } from "@/lib/evaluations/schemas";
import { noteChange } from "../store/notices";
import { changeIdOf } from "./subject";

/** In the transaction that ends the run, so that no result is without its evidence. What could not be measured is none. */
export async function attachEvidence(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  run: Pick<ClaimedRun, "id" | "subject" | "contentHash">,
  end: RunEnd,
): Promise<void> {
  const changeId = changeIdOf(run.subject);
  if (!changeId) return;
  if (end.status !== "broken") {
    await tx.changeEvidence.create({
      data: {
        changeId,
        kind: "evaluation",
        passed: end.status === "passed",
        contentHash: run.contentHash,
        summary: summaryOf(end.report),
        data: { runId: run.id, ...end.report } as object,
        at: ctx.now,
      },
    });
  }
  await noteChange(tx, ctx, { changeId, kind: "evaluation", data: { status: end.status } });
}

/** "Support desk v1, 200 cases, a against b: 99.0 % → 98.5 % right, at most 2.1 points worse." Who compared what is in it. */
function summaryOf({ suite, arms, overall, reasons }: EvaluationReport): string {
  const about = `${suite.name} v${suite.version}, ${overall.cases} cases, ${arms.baseline} against ${arms.candidate}`;
  if (reasons.length > 0) return `${about}. ${reasons.join(" ")}`;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const worst = Math.max(0, -overall.lower * 100).toFixed(1);
  return `${about}: ${percent(overall.baseline)} → ${percent(overall.candidate)} right, at most ${worst} points worse.`;
}
