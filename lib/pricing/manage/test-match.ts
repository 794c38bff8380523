import { mayUseTenant, requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { nanoToUsd } from "@/lib/money";
import { isEffective, type Candidate } from "../book";
import { explainLine } from "../explain";
import { loadPriceBook } from "../load";
import { modelNames } from "../match";
import { canonicalProvider, SELF_HOSTED } from "../providers";
import { rateUsage } from "../rate";
import { wordPeriod } from "./periods";
import { readStoredRules } from "./rule-store";
import { viewRule } from "./rule-view";
import { testMatchSchema, type MatchResult } from "./schemas";

const BOOK_WORDS = {
  tenant: "the price of this tenant",
  workspace: "the workspace price",
  base: "the list price",
  imported: "the imported book, because the base book has none",
} as const;

/** Which rule would price such a call, which others were looked at and why not, and what a sample usage would cost. */
export async function testMatch(ctx: Ctx, input: unknown): Promise<MatchResult> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const { provider, model, tenant, at, pool, meters, ...rest } = testMatchSchema.parse(input);
  if (tenant !== "" && !mayUseTenant(ctx.actor, tenant)) throw new AppError("not_found", "There is no such tenant.");
  const occurredAt = at ? Date.parse(at) : ctx.now.getTime();
  const event = {
    ...rest,
    occurredAt,
    tenant,
    provider,
    modelServed: model,
    modelRequested: model,
    pool,
    status: "success" as const,
    cacheHit: false,
    cacheLayer: "none" as const,
    meters: { ...meters, reasoning: 0 },
  };
  const book = await loadPriceBook(ctx.db, { maxAgeMs: 0 });
  const candidates = book.candidates(event);
  const rating = rateUsage(book, event);
  const chosen = candidates.find(({ compiled }) => isEffective(compiled, occurredAt));
  const stored = new Map(
    (
      await readStoredRules(
        ctx.db.pool,
        candidates.map(({ compiled }) => compiled.rule.id),
      )
    ).map((rule) => [rule.id, rule]),
  );
  const names = modelNames(model);
  const canonical = canonicalProvider(provider, names[0]!);
  return {
    state: rating.pricingState,
    why: wordResult(chosen, canonical, pool !== null, rating.pricingState === "unpriced"),
    provider: canonical,
    names,
    tried: candidates.map((candidate) => ({
      rule: viewRule(stored.get(candidate.compiled.rule.id)!, ctx.now),
      chosen: candidate === chosen,
      why: wordCandidate(candidate, chosen, occurredAt),
    })),
    costUsd: nanoToUsd(rating.costNanoUsd),
    lines: rating.lines.map(explainLine),
  };
}

function wordResult(chosen: Candidate | undefined, provider: string, ownGpus: boolean, unpriced: boolean): string {
  const own = ownGpus || provider === SELF_HOSTED;
  if (!chosen) {
    return own
      ? "No price: it runs on own GPUs, for which list prices are never used. Write a workspace price for the provider self-hosted."
      : `No price: no book has a rule for provider ${provider} and this model at that time.`;
  }
  const { rule } = chosen.compiled;
  const found = `Rule ${rule.id}, ${BOOK_WORDS[rule.book]} of ${rule.model} (${rule.provider}), in effect ${wordPeriod(rule)}.`;
  return unpriced ? `${found} It states no price for a meter in use, so the call has no price.` : found;
}

function wordCandidate(candidate: Candidate, chosen: Candidate | undefined, at: number): string {
  if (candidate === chosen) return "Applies: the first in order of preference that is in effect.";
  if (isEffective(candidate.compiled, at)) return `Is in effect, but rule ${chosen!.compiled.rule.id} comes before it.`;
  const { rule } = candidate.compiled;
  return at < candidate.compiled.fromMs || at >= candidate.compiled.toMs
    ? `Not in effect then: ${wordPeriod(rule)}.`
    : "Holds at another time of the day.";
}
