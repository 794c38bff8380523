/** What is in force, for tests that are about something else than how it came there. */
import type { Ctx } from "@/lib/auth/actor";
import { TRANSACTION } from "./store";
import { commitDrafts, documentOf, type CommittedPolicy } from "./commit-drafts";
import type { PolicyDraft } from "./schemas";

export type InForce = PolicyDraft & { message: string };

/** As by a change that was approved by somebody else and promoted. */
export async function putInForce(ctx: Ctx, draft: InForce): Promise<CommittedPolicy> {
  const document = documentOf(draft.kind, draft.document);
  const { now, actor } = ctx;
  return ctx.db.prisma.$transaction(async (tx) => {
    const change = await tx.change.create({
      data: {
        title: draft.message,
        rationale: "For a test",
        status: "promoted",
        since: now,
        createdAt: now,
        content: { diff: {}, baseVersions: {}, rolloutPlan: {}, guardrails: [], schedule: null },
        contentHash: "h",
        authorId: actor.id,
        authorName: actor.name,
        contributors: [actor.id],
        quorum: 1,
        restartClass: "instant",
        restoreSec: 5,
        tenants: ["*"],
        approvals: { create: { userId: "somebody-else", userName: "Somebody Else", contentHash: "h", at: now } },
      },
      select: { id: true },
    });
    const origin = { kind: "change", changeId: change.id } as const;
    const [committed] = await commitDrafts(tx, ctx, [{ ...draft, document }], origin);
    return committed!;
  }, TRANSACTION);
}
