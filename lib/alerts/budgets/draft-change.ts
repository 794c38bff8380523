/**
 * A change that a budget asks for, drafted: never submitted, never approved. The budget's owner counts as having worked on
 * it, so they may submit it and somebody else has to approve. One transaction with the event that asked: drafted once.
 */
import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import { insertChange } from "@/lib/changes/store/create-change";
import { CHANGE_TEMPLATES, valuesOf, type TemplatePlace } from "@/lib/changes/templates";
import type { PolicyEdit } from "@/lib/changes/schemas";
import { AppError } from "@/lib/http";
import { GATEWAY_KINDS } from "@/lib/policies/kinds";
import { listPolicies, readEffective, readPolicy } from "@/lib/policies/store";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { BUDGET_KEEPER } from "./evaluate-budget";
import type { DraftTemplate } from "./schemas";
import type { ScopeFilter } from "./scope";
import { budgetOf, inTransaction, lockOpenDraft, settleDraft } from "./store";

/** Draft one change that is still owed. False: none is. */
export async function draftOwedChange(ctx: Ctx): Promise<boolean> {
  const asKeeper: Ctx = { ...ctx, actor: BUDGET_KEEPER };
  return inTransaction(ctx, async (tx) => {
    const event = await lockOpenDraft(tx);
    if (!event) return false;
    const budget = budgetOf(await tx.budget.findUniqueOrThrow({ where: { id: event.budgetId } }));
    try {
      const { title, edits } = await editsFor(asKeeper, event.draftTemplate as DraftTemplate, budget.scope);
      const change = await insertChange(
        tx,
        asKeeper,
        { title, rationale: `${event.text} The budget asks for this change; it is a draft that somebody has to look at.`, edits },
        [budget.row.ownerId],
      );
      await settleDraft(tx, event.id, { changeId: change.id });
      await appendAudit(tx, asKeeper, {
        action: "budget.draft",
        subject: `budget:${budget.row.id}`,
        data: { change: change.number, title },
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await settleDraft(tx, event.id, { draftFailed: error.message });
    }
    return true;
  });
}

/** The template with what is usual for it, where the budget's scope says: its endpoint, else its tenant, else everywhere. */
async function editsFor(
  ctx: Ctx,
  id: DraftTemplate,
  scope: readonly ScopeFilter[],
): Promise<{ title: string; edits: PolicyEdit[] }> {
  const template = CHANGE_TEMPLATES.find((one) => one.id === id)!;
  const only = (dimension: string) => {
    const values = scope.find((filter) => filter.dimension === dimension)?.in;
    return values?.length === 1 ? values[0]! : null;
  };
  const [tenant, endpoint] = [only("tenant"), only("endpoint")];
  const at: PolicyEdit["scope"] = endpoint
    ? { level: "endpoint", value: endpoint }
    : tenant
      ? { level: "tenant", value: tenant }
      : { level: "global", value: null };
  const { choices } = await listPolicies(ctx);
  const { effective } = await readEffective(ctx, { environment: choices.environments[0] ?? "production", tenant, endpoint });
  const stored = new Map(
    await Promise.all(
      GATEWAY_KINDS.map(async (kind) => [kind as string, await readPolicy(ctx, { kind, scope: at } as PolicyRef)] as const),
    ),
  );
  const documents = Object.fromEntries([...stored].map(([kind, { document }]) => [kind, document]));
  const place: TemplatePlace = { scope: at as TemplatePlace["scope"], documents, effective };
  const missing = template.missing?.(place);
  if (missing) throw new AppError("unprocessable", missing);
  const values = valuesOf(template, place, {});
  const edits = template
    .edits(place, values)
    .map(({ kind, document }) => ({ kind, scope: at, document, baseVersion: stored.get(kind)?.current?.version ?? 0 }));
  return { title: template.title(place, values), edits };
}
