import { requireRole, type Ctx } from "@/lib/auth/actor";
import { requireAllowed } from "@/lib/evaluations/endpoint-guard";
import { findRun } from "@/lib/evaluations/run-view";
import { startEvaluationSchema, type Arm, type RunView, type StartEvaluation } from "@/lib/evaluations/schemas";
import { startRun } from "@/lib/evaluations/start-run";
import { AppError } from "@/lib/http";
import { editsOf } from "../describe/policy-edits";
import { OPEN_STATUSES } from "../schemas";
import { noteChange } from "../store/notices";
import { requireSeen } from "../store/people";
import { contentOf, inTransaction, lockChange, type Reader } from "../store/rows";
import { engineArms } from "./engine-arms";
import { subjectOf } from "./subject";
import type { z } from "zod";

/** Of exactly the content that the change has now. `hosts`: those that evaluations may ask. */
export async function startEvaluation(
  ctx: Ctx,
  changeId: string,
  input: StartEvaluation,
  hosts: readonly string[],
): Promise<RunView> {
  requireRole(ctx, "analyst");
  const wish = startEvaluationSchema.parse(input);
  for (const endpoint of [wish.baseline, wish.candidate, wish.judge]) if (endpoint) requireAllowed(endpoint, hosts);
  return inTransaction(ctx, async (tx) => {
    const change = requireSeen(ctx, await lockChange(tx, changeId));
    if (!(OPEN_STATUSES as readonly string[]).includes(change.status) || change.status === "executing") {
      throw new AppError("conflict", "It is not to be decided any more: there is nothing to evaluate it for.");
    }
    const { id } = await startRun(tx, ctx, {
      suiteId: wish.suiteId,
      subject: subjectOf(change.id),
      contentHash: change.contentHash,
      ...(await armsOf(tx, wish, contentOf(change))),
      judge: wish.judge ?? null,
    });
    await noteChange(tx, ctx, { changeId: change.id, kind: "evaluation", data: { by: ctx.actor.name, status: "queued" } });
    return (await findRun(tx, id))!;
  });
}

async function armsOf(
  reader: Reader,
  { baseline, candidate }: z.output<typeof startEvaluationSchema>,
  content: ReturnType<typeof contentOf>,
): Promise<{ baseline: Arm; candidate: Arm }> {
  if (baseline && candidate)
    return { baseline: { kind: "endpoint", ...baseline }, candidate: { kind: "endpoint", ...candidate } };
  if (baseline || candidate) throw new AppError("invalid", "Name both, baseline and candidate, or neither.");
  const { demo } = await reader.workspace.findUniqueOrThrow({ where: { id: 1 }, select: { demo: true } });
  if (!demo) {
    throw new AppError(
      "invalid",
      "Say where baseline and candidate answer: a route of a gateway or an engine. Only the demo can start simulated engines for it.",
      { field: "candidate" },
    );
  }
  return engineArms(reader, editsOf(content));
}
