import { appendAuditRaw } from "@/lib/audit/append";
import { requireRole, requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { createTermSchema, type CreateTermInput, type TermOf, type TermView } from "./schemas";
import { insertTerm, readTerm, readTerms, viewTerm, withdrawTermRow, type StoredTerm } from "./store";

/** Newest first; withdrawn ones stay to explain what they allocated. */
export async function listTerms(ctx: Ctx): Promise<{ items: TermView[] }> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  return { items: (await readTerms(ctx.db.pool)).map((term) => viewTerm(term, ctx.now)) };
}

/** State what GPUs were bought on, or how their cost is shared. Hours that it speaks for are allocated anew. */
export async function createTerm(ctx: Ctx, input: CreateTermInput): Promise<TermView> {
  requireWorkspaceAdmin(ctx);
  const { terms, note, ...period } = createTermSchema.parse(input);
  const instant = (text: string | null) => (text ? new Date(text) : null);
  return withTransaction(ctx.db.pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtext('gpu_term'))");
    const effectiveFrom = instant(period.effectiveFrom);
    const effectiveTo = instant(period.effectiveTo);
    const inTheWay = (await readTerms(client)).find(
      (old) =>
        old.withdrawnAt === null &&
        subjectOf(old.terms) === subjectOf(terms) &&
        overlap(old, { effectiveFrom, effectiveTo }) &&
        // One that begins later takes over from an older one; two that begin together would be a riddle.
        old.effectiveFrom?.getTime() === effectiveFrom?.getTime(),
    );
    if (inTheWay && subjectOf(terms) !== null) {
      throw new AppError(
        "conflict",
        `"${inTheWay.note}" already speaks for this from the same time on. Withdraw it, or let this one begin later.`,
        { field: "effectiveFrom" },
      );
    }
    const term = await insertTerm(client, { terms, effectiveFrom, effectiveTo, note, createdBy: ctx.actor.name, now: ctx.now });
    await appendAuditRaw(client, ctx, {
      action: "gpu_term.create",
      subject: `gpu_term:${term.id}`,
      data: { terms, ...period, note },
    });
    return viewTerm(term, ctx.now);
  });
}

/** Take a term back: hours that it spoke for are allocated anew without it. */
export async function withdrawTerm(ctx: Ctx, id: string): Promise<TermView> {
  requireWorkspaceAdmin(ctx);
  return withTransaction(ctx.db.pool, async (client) => {
    const term = await readTerm(client, id);
    if (!term) throw new AppError("not_found", "There is no such GPU cost term.");
    if (term.withdrawnAt) throw new AppError("conflict", "This term was withdrawn before.");
    await withdrawTermRow(client, id, ctx.now);
    await appendAuditRaw(client, ctx, { action: "gpu_term.withdraw", subject: `gpu_term:${id}`, data: { terms: term.terms } });
    return viewTerm({ ...term, withdrawnAt: ctx.now }, ctx.now);
  });
}

/** Terms of one subject exclude each other; null: any number of them add up (two reservations are two). */
function subjectOf(terms: TermOf): string | null {
  switch (terms.kind) {
    case "reserved":
    case "owned":
      return null;
    case "line":
      return `line ${terms.name} ${terms.pool ?? "*"}`;
    case "energy":
      return `energy ${terms.region ?? "*"}`;
    case "idle":
      return `idle ${terms.pool ?? "*"}`;
    case "sharing":
      return `sharing ${terms.node}`;
  }
}

type Period = Pick<StoredTerm, "effectiveFrom" | "effectiveTo">;
const overlap = (a: Period, b: Period): boolean =>
  (a.effectiveFrom?.getTime() ?? -Infinity) < (b.effectiveTo?.getTime() ?? Infinity) &&
  (b.effectiveFrom?.getTime() ?? -Infinity) < (a.effectiveTo?.getTime() ?? Infinity);
