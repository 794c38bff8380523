import { appendAudit } from "@/lib/audit";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import type { z } from "zod";
import { TERMINAL_PHASES } from "../rollout/state";
import { rolloutCommandSchema } from "../schemas";
import { noteChange } from "./notices";
import { covers } from "./people";
import { inTransaction } from "./rows";

const ENDED: Record<string, string> = {
  promoted: "It was promoted: what it changed is in force. To take it back, draft a change.",
  rolled_back: "It was rolled back already.",
  rollback_degraded: "It was rolled back already, and not all of it came back: look at its targets.",
  failed_preflight: "It never began.",
  superseded: "Another change took its place before it began.",
};

/** Written down under the lock of the rollout, so that a tick which has not seen it cannot count. Needs no approval. */
export async function commandRollout(
  ctx: Ctx,
  rolloutId: string,
  input: z.input<typeof rolloutCommandSchema>,
): Promise<{ number: number }> {
  requireRole(ctx, "lead");
  const { kind, reason } = rolloutCommandSchema.parse(input);
  return inTransaction(ctx, async (tx) => {
    const { actor, now } = ctx;
    const rollout = await tx.rollout.findUnique({
      where: { id: rolloutId },
      select: { changeId: true, change: { select: { number: true, tenants: true } } },
    });
    if (!rollout || !covers(actor.tenants, rollout.change.tenants)) throw new AppError("not_found", "There is no such rollout.");
    const [counted] = await tx.$queryRaw<{ commands: number }[]>`
      update rollout set commands = commands + 1, next_tick_at = ${now}
      where id = ${rolloutId}::uuid and phase <> all(${[...TERMINAL_PHASES]}::text[]) returning commands`;
    if (!counted) {
      const { phase } = await tx.rollout.findUniqueOrThrow({ where: { id: rolloutId }, select: { phase: true } });
      throw new AppError("conflict", ENDED[phase] ?? "It has ended.", { members: { phase } });
    }
    const number = counted.commands;
    await tx.rolloutCommand.create({
      data: { rolloutId, number, kind, reason, byId: actor.id, byName: actor.name, at: now },
    });
    const data = { rollout: rolloutId, change: rollout.change.number, command: number, reason };
    await appendAudit(tx, ctx, { action: `rollout.${kind}`, subject: `change:${rollout.changeId}`, data });
    await noteChange(tx, ctx, { changeId: rollout.changeId, kind: `rollout.${kind}`, data: { by: actor.name, reason } });
    return { number };
  });
}
