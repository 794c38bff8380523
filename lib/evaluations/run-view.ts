/** Runs as people see them. */
import type { Db, Prisma, Tx } from "@/lib/db";
import type { Arm, EvaluationReport, RunStatus, RunView } from "./schemas";

const SEEN = {
  version: { include: { suite: true } },
  _count: { select: { results: true } },
} satisfies Prisma.EvaluationRunInclude;
type SeenRun = Prisma.EvaluationRunGetPayload<{ include: typeof SEEN }>;

/** "fp8 on pool llama-8b (simulated)", "classify at http://gateway/v1" */
export function armName(arm: Arm): string {
  if (arm.kind === "endpoint") return `${arm.model} at ${arm.baseUrl}`;
  const { model, quantization } = arm.settings as { model?: string; quantization?: string };
  const format = quantization === undefined || quantization === "none" ? "as its weights are" : quantization;
  return `${model ?? "engine"}, ${format}${arm.pool ? `, as in pool ${arm.pool}` : ""} (simulated)`;
}

export async function findRun(reader: Tx | Db["prisma"], id: string): Promise<RunView | null> {
  if (!UUID.test(id)) return null;
  const run = await reader.evaluationRun.findUnique({ where: { id }, include: SEEN });
  return run && viewOf(run);
}

/** Newest first. */
export async function listRuns(reader: Tx | Db["prisma"], subject: string, most = 20): Promise<RunView[]> {
  const runs = await reader.evaluationRun.findMany({
    where: { subject },
    include: SEEN,
    orderBy: { createdAt: "desc" },
    take: most,
  });
  return runs.map(viewOf);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function viewOf(run: SeenRun): RunView {
  const [baseline, candidate] = [run.baseline, run.candidate] as unknown as [Arm, Arm];
  return {
    id: run.id,
    suite: { id: run.suiteId, name: run.version.suite.name, version: run.suiteVersion },
    subject: run.subject,
    contentHash: run.contentHash,
    status: run.status as RunStatus,
    reason: run.reason,
    arms: { baseline: armName(baseline), candidate: armName(candidate) },
    simulated: candidate.kind === "engine",
    done: run._count.results,
    total: 2 * run.cases,
    report: run.report as unknown as EvaluationReport | null,
    startedBy: run.createdByName,
    createdAt: run.createdAt.toISOString(),
    endedAt: run.endedAt?.toISOString() ?? null,
  };
}
