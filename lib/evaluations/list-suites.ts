import type { Ctx } from "@/lib/auth/actor";
import type { GoldenCase, SuiteView, TaskType, Tolerance } from "./schemas";

/** Newest version of each, by name. What is in the cases is not in it. */
export async function listSuites(ctx: Pick<Ctx, "db">): Promise<{ suites: SuiteView[] }> {
  const rows = await ctx.db.prisma.evaluationSuite.findMany({
    include: { versions: { orderBy: { version: "desc" }, take: 1 } },
    orderBy: { name: "asc" },
  });
  const suites = rows.map(({ id, name, description, simulated, versions }): SuiteView => {
    const { version, cases, tolerance, createdByName, createdAt } = versions[0]!;
    const counts = new Map<TaskType, number>();
    for (const { taskType } of cases as unknown as GoldenCase[]) counts.set(taskType, (counts.get(taskType) ?? 0) + 1);
    return {
      id,
      name,
      description,
      simulated,
      version,
      tolerance: tolerance as unknown as Tolerance,
      taskTypes: [...counts].map(([taskType, count]) => ({ taskType, cases: count })),
      createdBy: createdByName,
      at: createdAt.toISOString(),
    };
  });
  return { suites };
}
