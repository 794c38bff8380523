/** Orders as the rollout of an approved change gives them, for tests of what targets make of them. */
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { publishDesiredToAll } from "@/lib/fleet";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { Payload } from "@/lib/protocol/payload";
import { usualPlan } from "../rollout/plan";
import { startOf } from "../rollout/state";

type At = Pick<Ctx, "actor" | "now">;
interface Order {
  targetId: string;
  payload: Payload;
  leaseTtlSec?: number;
}

/** One target. See `publishApprovedToAll`. */
export async function publishApproved(tx: Tx, ctx: At, { reason, force, ...order }: Order & { reason: string; force?: boolean }) {
  const [published] = await publishApprovedToAll(tx, ctx, { reason, ...(force ? { force } : {}), orders: [order] });
  return published!;
}

/** A change that was approved and promoted, with the rollout that orders this of these targets. */
export async function publishApprovedToAll(
  tx: Tx,
  ctx: At,
  { orders, ...about }: { reason: string; force?: boolean; orders: readonly Order[] },
) {
  const { now } = ctx;
  const change = await tx.change.create({
    data: {
      title: about.reason,
      rationale: "For a test",
      status: "promoted",
      since: now,
      createdAt: now,
      content: { diff: {}, baseVersions: {}, rolloutPlan: {}, guardrails: [], schedule: null },
      contentHash: "h",
      authorId: "ada",
      authorName: "Ada",
      contributors: ["ada"],
      quorum: 1,
      restartClass: "instant",
      restoreSec: 5,
      tenants: ["*"],
      approvals: { create: { userId: "bob", userName: "Bob", contentHash: "h", at: now } },
    },
    select: { id: true },
  });
  const targets = orders.map(({ targetId, payload }, position) => ({
    targetId,
    position,
    capable: true,
    finalHash: canonicalHash(payload),
  }));
  const rollout = await tx.rollout.create({
    data: {
      changeId: change.id,
      phase: "promoted",
      state: { ...startOf(now.getTime()), phase: "promoted" },
      plan: usualPlan("nodes"),
      startedAt: now,
      endedAt: now,
      targets: { createMany: { data: targets } },
    },
    select: { id: true },
  });
  const warrant = { rolloutId: rollout.id };
  return publishDesiredToAll(tx, ctx, { ...about, orders: orders.map((order) => ({ ...order, warrant })) });
}
