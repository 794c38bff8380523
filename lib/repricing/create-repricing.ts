import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { loadPriceBook } from "@/lib/pricing";
import { DAY_MS } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { createRepricingSchema, type RepricingView } from "./schemas";
import { insertRepricing, viewRepricing } from "./store";

/** A repricing that moves this much or more needs a second admin: $1,000. */
const THRESHOLD_NANO = 1_000n * 1_000_000_000n;

/** Start the dry run of a repricing; workers do it. Nothing changes before it is applied. */
export async function createRepricing(ctx: Ctx, input: unknown): Promise<RepricingView> {
  requireWorkspaceAdmin(ctx);
  const { from, to, note, ...narrowed } = createRepricingSchema.parse(input);
  const { timeZone, rawRetentionDays } = await loadWorkspace(ctx.db);
  const oldest = ctx.now.getTime() - rawRetentionDays * DAY_MS;
  if (Date.parse(from) < oldest) {
    throw new AppError(
      "unprocessable",
      `Raw events are kept for ${rawRetentionDays} days, and only they can be rated again: begin at ${new Date(oldest).toISOString()} or later.`,
      { field: "from" },
    );
  }
  const book = await loadPriceBook(ctx.db, { maxAgeMs: 0 });
  return withTransaction(ctx.db.pool, async (client) => {
    const job = await insertRepricing(client, {
      scope: { from: new Date(from), to: new Date(to), ...narrowed },
      note,
      bookVersion: book.version,
      timeZone,
      thresholdNano: THRESHOLD_NANO,
      createdAt: ctx.now,
      createdById: ctx.actor.id,
      createdByName: ctx.actor.name,
    });
    await appendAuditRaw(client, ctx, {
      action: "repricing.create",
      subject: `repricing:${job.id}`,
      data: { from, to, note, ...narrowed },
    });
    return viewRepricing(job);
  });
}
