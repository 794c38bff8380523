import { appendAudit } from "@/lib/audit";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { loadRate } from "@/lib/currency";
import { forgetWorkspace, loadWorkspace, type Workspace } from "./load";
import { updateWorkspaceSchema, type UpdateWorkspaceInput } from "./schemas";

/**
 * Change how this installation shows time and money and what it keeps. A new time zone changes what a day is:
 * telemetry.rollup_zone still names the old one, which is the sign for the workers to build the days anew
 * (lib/metrics); until they have, answers come from hours, so no number is wrong meanwhile.
 */
export async function updateWorkspace(ctx: Ctx, input: UpdateWorkspaceInput): Promise<Workspace> {
  requireWorkspaceAdmin(ctx);
  const patch = updateWorkspaceSchema.parse(input);
  // Refused without a rate of today: statements could not be shown.
  if (patch.currency) await loadRate(ctx.db, patch.currency, ctx.now.toISOString().slice(0, 10));
  await ctx.db.prisma.$transaction(async (tx) => {
    const before = await tx.workspace.findUniqueOrThrow({ where: { id: 1 } });
    const changed = Object.entries(patch).filter(
      ([field, value]) => value !== undefined && JSON.stringify(before[field as keyof typeof before]) !== JSON.stringify(value),
    );
    if (changed.length === 0) return;
    const { otlpMapping, litellmMapping, ...rest } = patch;
    await tx.workspace.update({
      where: { id: 1 },
      data: {
        ...rest,
        ...(otlpMapping ? { otlpMapping: otlpMapping as object } : {}),
        ...(litellmMapping ? { litellmMapping: litellmMapping as object } : {}),
      },
    });
    const data = {
      before: Object.fromEntries(changed.map(([field]) => [field, before[field as keyof typeof before]])),
      after: Object.fromEntries(changed),
    };
    await appendAudit(tx, ctx, { action: "workspace.update", subject: "workspace:1", data });
  });
  forgetWorkspace(ctx.db);
  return loadWorkspace(ctx.db);
}
