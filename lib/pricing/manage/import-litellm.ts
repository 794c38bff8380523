import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { METERS } from "@/lib/telemetry/event";
import { loadPriceBook } from "../load";
import type { PriceRuleDraft } from "../schemas";
import { insertRules, lockPrices } from "../store";
import { readLitellm } from "./read-litellm";
import { readBookRules, supersedeRules } from "./rule-store";
import type { ImportResult } from "./schemas";

const MAX_PROBLEMS = 200;

/**
 * Take LiteLLM's price file as the second book, asked where the base book has no price. It replaces what was imported
 * before: changed models get a new rule, those no longer in the file are superseded, equal ones stay.
 */
export async function importLitellm(ctx: Ctx, text: string): Promise<ImportResult> {
  requireWorkspaceAdmin(ctx);
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (error) {
    throw new AppError(
      "invalid",
      `This is not JSON: ${(error as Error).message}. Upload model_prices_and_context_window.json as it is.`,
    );
  }
  if (entries === null || typeof entries !== "object" || Array.isArray(entries)) {
    throw new AppError("invalid", "This is not LiteLLM's price file: it must be one object with a model a key.");
  }
  const source = `LiteLLM price file, imported ${ctx.now.toISOString().slice(0, 10)}`;
  const { drafts, problems, skipped } = readLitellm(entries as Record<string, unknown>, source);
  if (drafts.length === 0) {
    throw new AppError("unprocessable", "No entry of this file has a price per token: nothing was imported.", {
      problems: problems.slice(0, 20).map(({ key, problem }) => ({ field: key, message: problem })),
    });
  }
  const result = await withTransaction(ctx.db.pool, async (client) => {
    await lockPrices(client);
    const wanted = new Map(drafts.map((draft) => [contentOf(draft), draft]));
    const gone: number[] = [];
    let unchanged = 0;
    for (const rule of await readBookRules(client, "imported", null)) {
      if (wanted.delete(contentOf(rule))) unchanged += 1;
      else gone.push(rule.id);
    }
    await supersedeRules(client, gone, ctx.now);
    await insertRules(client, [...wanted.values()], ctx.now);
    const counts = { imported: wanted.size, unchanged, superseded: gone.length };
    await appendAuditRaw(client, ctx, {
      action: "price_book.import",
      subject: "price_book:imported",
      data: { ...counts, problems: problems.length, skipped },
    });
    return counts;
  });
  await loadPriceBook(ctx.db, { maxAgeMs: 0 });
  return { ...result, problems: problems.slice(0, MAX_PROBLEMS), skipped };
}

type Content = Pick<PriceRuleDraft, "provider" | "model" | "state" | "prices">;

/** What a rule says, as text: equal texts, equal rules. A stored rule has its keys in another order. */
function contentOf({ provider, model, state, prices }: Content): string {
  const meters = METERS.map((meter) => {
    const price = prices[meter];
    return price ? [price.base, price.tiers.map((tier) => [tier.start, tier.price])] : null;
  });
  return JSON.stringify([provider, model, state, meters]);
}
