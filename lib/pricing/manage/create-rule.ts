import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { buildPriceBook, isEffective } from "../book";
import { loadPriceBook } from "../load";
import type { MatchLogic, PriceRule, PriceRuleDraft } from "../schemas";
import { insertRules, lockPrices } from "../store";
import { findLeaps } from "./find-leaps";
import { overlaps, remainders, wordPeriod } from "./periods";
import { readBookRules, readStoredRules, supersedeRules } from "./rule-store";
import { viewRule } from "./rule-view";
import { coverSameModels } from "./same-models";
import { createRuleSchema, type RuleView } from "./schemas";

/**
 * Write a price. Rules are never edited: where the new period covers one of `supersedes`, that rule is superseded, and
 * what it said outside the new period is written again. Any other overlap in the same book is refused.
 */
export async function createRule(ctx: Ctx, input: unknown): Promise<{ rule: RuleView; superseded: number[] }> {
  requireWorkspaceAdmin(ctx);
  const { note, supersedes, confirm, match, ...stated } = createRuleSchema.parse(input);
  const draft: PriceRuleDraft = {
    ...stated,
    prices: stated.state === "free" ? {} : stated.prices,
    match: { model: match ?? { equals: stated.model } },
    effectiveFrom: stated.effectiveFrom ? new Date(stated.effectiveFrom) : null,
    effectiveTo: stated.effectiveTo ? new Date(stated.effectiveTo) : null,
    source: note,
  };
  const written = await withTransaction(ctx.db.pool, async (client) => {
    await lockPrices(client);
    const overlapping = (await readBookRules(client, draft.book, draft.tenantId)).filter(
      (rule) => coverSameModels(rule, draft) && overlaps(rule, draft),
    );
    const [inTheWay] = overlapping.filter(({ id }) => !supersedes.includes(id));
    if (inTheWay) throw overlapRefusal(inTheWay, overlapping);
    const unknown = supersedes.find((id) => !overlapping.some((rule) => rule.id === id));
    if (unknown !== undefined) {
      throw new AppError(
        "conflict",
        `Rule ${unknown} does not overlap with this price, or was superseded meanwhile. Look again.`,
        {
          field: "supersedes",
        },
      );
    }
    if (!confirm) await refuseLeaps(ctx, draft, overlapping);
    const kept = overlapping.flatMap((rule) => remainders(rule, draft).map((period) => ({ ...rule, ...period })));
    await supersedeRules(client, supersedes, ctx.now);
    const { rows } = await client.query<{ id: number }>("select coalesce(max(id), 0) as id from price_rule");
    await insertRules(client, [...kept.map(({ id: _id, ...rule }) => rule), draft], ctx.now);
    const made = await client.query<{ id: number }>("select max(id) as id from price_rule where id > $1 and book = $2", [
      rows[0]!.id,
      draft.book,
    ]);
    const [rule] = await readStoredRules(client, [made.rows[0]!.id]);
    await appendAuditRaw(client, ctx, {
      action: "price_rule.create",
      subject: `price_rule:${rule!.id}`,
      data: { ...draft, supersedes, confirmed: confirm },
    });
    return rule!;
  });
  await loadPriceBook(ctx.db, { maxAgeMs: 0 });
  return { rule: viewRule(written, ctx.now), superseded: supersedes };
}

function overlapRefusal(inTheWay: PriceRule, all: readonly PriceRule[]): AppError {
  const whose = inTheWay.book === "tenant" ? `tenant ${inTheWay.tenantId}` : "the workspace";
  return new AppError(
    "conflict",
    `Rule ${inTheWay.id} already prices ${inTheWay.provider} ${inTheWay.model} for ${whose} ${wordPeriod(inTheWay)} (${inTheWay.source}). Choose another period, or let this price supersede it.`,
    { field: "effectiveFrom", members: { overlaps: all.map(({ id }) => id) } },
  );
}

/** The names that a draft surely covers are those it states. */
function nameOf(logic: MatchLogic, model: string): string {
  return "equals" in logic ? logic.equals : model;
}

async function refuseLeaps(ctx: Ctx, draft: PriceRuleDraft, overlapping: readonly PriceRule[]): Promise<void> {
  const name = nameOf(draft.match.model, draft.model);
  const book = await loadPriceBook(ctx.db, { maxAgeMs: 0 });
  const key = { tenant: draft.tenantId ?? "", provider: draft.provider, modelServed: name, modelRequested: name, pool: null };
  const at = (draft.effectiveFrom ?? ctx.now).getTime();
  // What held until then, whichever book said it; without that, what this price supersedes.
  const held =
    book.candidates(key).find(({ compiled }) => isEffective(compiled, at))?.compiled.rule ??
    buildPriceBook(overlapping, "").candidates(key)[0]?.compiled.rule ??
    overlapping[0];
  const leaps = held ? findLeaps(held, draft) : [];
  if (leaps.length === 0) return;
  const words = leaps.map(({ meter, wasUsd, isUsd }) => `${meter} $${wasUsd} → $${isUsd}`).join(", ");
  throw new AppError(
    "unprocessable",
    `This is 10 times off the price before (rule ${held!.id}): ${words}. Confirm it if it is meant.`,
    {
      field: "confirm",
      members: { leaps },
    },
  );
}
