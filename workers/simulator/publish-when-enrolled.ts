/** Targets of the demo enrol some seconds after they start; each is then sent what is in force. */
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import type { Db } from "@/lib/db";
import { publishToTarget } from "@/lib/policies/store";

const POLL_MS = 1_000;
/** Longer than it takes the slowest of them to be given up and started again. */
const PATIENCE_MS = 180_000;

/** Resolves when all are enrolled and have an order, or patience ends. */
export async function publishWhenEnrolled(db: Db, names: readonly string[], stopping: AbortSignal): Promise<void> {
  const waiting = new Set(names);
  const until = Date.now() + PATIENCE_MS;
  while (waiting.size > 0 && Date.now() < until && !stopping.aborted) {
    const targets = await db.prisma.target.findMany({
      where: { name: { in: [...waiting] }, state: "active" },
      select: { id: true, name: true, desiredGeneration: true },
    });
    for (const { id, name, desiredGeneration } of targets) {
      const ctx: Pick<Ctx, "actor" | "now"> = { actor: SYSTEM_ACTOR, now: new Date() };
      if (desiredGeneration === null) await db.prisma.$transaction((tx) => publishToTarget(tx, ctx, id));
      waiting.delete(name);
    }
    if (waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
