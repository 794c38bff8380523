import { appendAudit } from "@/lib/audit";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { canonicalText } from "@/lib/protocol/canonical";
import { bodyHash, type Bundle, type BundleBody, type BundleLink } from "../evidence/bundle";
import { findChange, inTransaction } from "./rows";

/**
 * The bundle of one change in canonical form. It holds a stretch of the audit chain, in which others are named, so it is
 * for admins of the whole workspace. The export is an event itself: it binds what the chain does not hold.
 */
export async function exportEvidence(ctx: Ctx, id: string): Promise<string> {
  requireWorkspaceAdmin(ctx);
  return inTransaction(ctx, async (tx) => {
    const body = await readBody(tx, ctx, id);
    const first = await tx.auditEvent.findFirst({
      where: { subject: `change:${id}` },
      orderBy: { seq: "asc" },
      select: { seq: true },
    });
    if (!first) throw new AppError("unavailable", "The audit chain does not know this change.");
    // The long stretch before the chain is locked; only what came meanwhile after.
    const earlier = await readLinks(tx, first.seq - 1n);
    await appendAudit(tx, ctx, {
      action: "change.export",
      subject: `change:${id}`,
      data: { number: body.change.number, bundle: bodyHash(body) },
    });
    const links = [...earlier, ...(await readLinks(tx, BigInt(earlier.at(-1)!.event.seq)))];
    const { event, hash } = links.at(-1)!;
    const bundle: Bundle = { ...body, audit: { links, head: { seq: event.seq, hash } } };
    return canonicalText(bundle);
  });
}

async function readBody(tx: Tx, ctx: Ctx, id: string): Promise<BundleBody> {
  const row = await findChange(tx, id);
  if (!row) throw new AppError("not_found", "There is no such change.");
  const { approvals, ...change } = row;
  const comments = await tx.changeComment.findMany({ where: { changeId: id }, orderBy: { at: "asc" } });
  const evaluations = await tx.changeEvidence.findMany({ where: { changeId: id }, orderBy: { at: "asc" } });
  const rollout = await tx.rollout.findUnique({
    where: { changeId: id },
    include: {
      targets: { orderBy: { position: "asc" } },
      ticks: { orderBy: { seq: "asc" }, select: { seq: true, at: true, facts: true, decision: true } },
      commandsGiven: { orderBy: { number: "asc" } },
    },
  });
  const body = { schema: 1, exportedAt: ctx.now, change, approvals, comments, evaluations, rollout: null as unknown };
  if (rollout) {
    const { targets, ticks, commandsGiven: commands, epoch: _epoch, ...about } = rollout;
    const hashes = [...new Set(targets.flatMap(({ stableHash, finalHash }) => [stableHash, finalHash]))].filter(
      (hash) => hash !== null,
    );
    const payloads = await tx.targetPayload.findMany({ where: { hash: { in: hashes } } });
    const acks = await tx.targetAck.findMany({
      where: {
        targetId: { in: targets.map(({ targetId }) => targetId) },
        at: { gte: rollout.startedAt, ...(rollout.endedAt ? { lte: rollout.endedAt } : {}) },
      },
      orderBy: [{ at: "asc" }, { targetId: "asc" }, { generation: "asc" }, { attempt: "asc" }],
    });
    const byHash = Object.fromEntries(payloads.map(({ hash, payload }) => [hash, JSON.parse(payload) as unknown]));
    body.rollout = { ...about, targets, commands, ticks, acks, payloads: byHash };
  }
  // Dates as text: what is hashed is what is written.
  return JSON.parse(JSON.stringify(body)) as BundleBody;
}

async function readLinks(tx: Tx, after: bigint): Promise<BundleLink[]> {
  const rows = await tx.auditEvent.findMany({ where: { seq: { gt: after } }, orderBy: { seq: "asc" } });
  return rows.map(({ prevHash, hash, seq, at, ...event }) => ({
    event: { ...event, seq: seq.toString(), at: at.toISOString() },
    prevHash,
    hash,
  }));
}
