import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { armName } from "./run-view";
import type { Arm, Endpoint, GoldenCase } from "./schemas";

export interface RunOrder {
  suiteId: string;
  /** e.g. `change:<id>`, and exactly which content of it. */
  subject: string;
  contentHash: string;
  baseline: Arm;
  candidate: Arm;
  judge: Endpoint | null;
}

/** With the newest version of the suite. Whoever calls has authorised it, and keeps two from starting at once. */
export async function startRun(tx: Tx, ctx: Pick<Ctx, "actor" | "now">, order: RunOrder): Promise<{ id: string }> {
  const { suiteId, subject, contentHash, baseline, candidate, judge } = order;
  const { actor, now } = ctx;
  const suite = await tx.evaluationSuiteVersion.findFirst({
    where: { suiteId },
    orderBy: { version: "desc" },
    include: { suite: true },
  });
  if (!suite) throw new AppError("not_found", "There is no such suite.");
  const cases = suite.cases as unknown as GoldenCase[];
  if (!judge && cases.some(({ checks }) => checks.some(({ kind }) => kind === "judge"))) {
    throw new AppError("invalid", "Some of its checks ask a judge model: name one.", { field: "judge" });
  }
  if (JSON.stringify(baseline) === JSON.stringify(candidate)) {
    throw new AppError("invalid", "Baseline and candidate are the same: that compares nothing.", { field: "candidate" });
  }
  const running = await tx.evaluationRun.findFirst({ where: { subject, contentHash, status: { in: ["queued", "running"] } } });
  if (running) throw new AppError("conflict", "An evaluation of exactly this is under way. Wait for it, or cancel it.");
  const { id } = await tx.evaluationRun.create({
    data: {
      suiteId,
      suiteVersion: suite.version,
      subject,
      contentHash,
      status: "queued",
      baseline: baseline as object,
      candidate: candidate as object,
      ...(judge ? { judge: judge as object } : {}),
      cases: cases.length,
      createdById: actor.id,
      createdByName: actor.name,
      createdAt: now,
    },
    select: { id: true },
  });
  const data = {
    run: id,
    contentHash,
    suite: suite.suite.name,
    version: suite.version,
    baseline: armName(baseline),
    candidate: armName(candidate),
  };
  await appendAudit(tx, ctx, { action: "evaluation.start", subject, data });
  return { id };
}
