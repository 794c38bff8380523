/** A stored finding for tests, made by the way that runs take. */
import { randomBytes } from "node:crypto";
import type { Ctx } from "@/lib/auth/actor";
import { findingOf, usagePool, type Detection, type Finding } from "./finding";
import { insertRun, reconcileFindings } from "./store";

/** $100 a month of one tenant, of which a fifth to two fifths can be saved by a task. */
export function someFinding(tenant: string, more: Partial<Detection> = {}): Finding {
  const pool = usagePool(tenant, "chat", "large");
  return findingOf(
    {
      lever: "token_reduction",
      scope: { tenant, endpoint: `chat-${randomBytes(4).toString("hex")}` },
      title: `Long prompts of ${tenant}`,
      statement: "Prompts are long.",
      numbers: [{ label: "Input p50", value: "9000", unit: "tokens" }],
      links: [{ label: "Requests", href: `/requests?tenant=${tenant}` }],
      parts: [{ pool, low: 0.2, high: 0.4 }],
      basis: "measured",
      method: "By hand.",
      confidence: "high",
      confidenceWhy: "It is a test.",
      prerequisites: [],
      remedy: { kind: "task", title: "Trim", steps: ["Trim it."] },
      ...more,
    },
    new Map([[pool, 100_000_000_000n]]),
  );
}

/** Answers its id. */
export async function seedFinding(ctx: Ctx, tenant: string, more: Partial<Detection> = {}): Promise<string> {
  const finding = someFinding(tenant, more);
  return ctx.db.prisma.$transaction(async (tx) => {
    const known = await tx.advisorFinding.findMany({ where: { state: { notIn: ["dismissed", "in_change"] } } });
    // Whatever was seeded before is left as it is: a run that sees only this one would call the others gone.
    const run = await insertRun(tx, { total: 1, requestedById: "test", requestedByName: "Test", createdAt: ctx.now });
    await tx.advisorRun.update({ where: { id: run.id }, data: { status: "failed", endedAt: ctx.now } });
    await reconcileFindings(tx, run.id, [finding], ctx.now);
    for (const { id, state } of known) await tx.advisorFinding.update({ where: { id }, data: { state } });
    return (await tx.advisorFinding.findUniqueOrThrow({ where: { key: finding.key } })).id;
  });
}
