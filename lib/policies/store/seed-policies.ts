import type { Ctx } from "@/lib/auth/actor";
import { commitDrafts, documentOf } from "./commit-drafts";
import { refKey } from "./policy-set";
import type { PolicyRef } from "./schemas";
import { loadHeads, TRANSACTION } from "./store";

export type PolicySeed = PolicyRef & { document: Record<string, unknown>; message: string };

/** First versions where a scope has none yet, in one step. What people put in force is never touched. Says how many it wrote. */
export async function seedPolicies(ctx: Ctx, seeds: readonly PolicySeed[]): Promise<number> {
  return ctx.db.prisma.$transaction(async (tx) => {
    const known = new Set((await loadHeads(tx)).map(refKey));
    const drafts = seeds.filter((seed) => !known.has(refKey(seed)));
    await commitDrafts(
      tx,
      ctx,
      drafts.map((seed) => ({ ...seed, document: documentOf(seed.kind, seed.document), baseVersion: 0 })),
      { kind: "seed" },
    );
    return drafts.length;
  }, TRANSACTION);
}
