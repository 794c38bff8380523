/** Do two rules of one book speak of the same models? Then their periods must not overlap. Pure. */
import { compileMatch, namesExactly } from "../match";
import { canonicalProvider } from "../providers";
import type { MatchLogic, PriceRule, PriceRuleDraft } from "../schemas";

function exactNames(logic: MatchLogic): string[] {
  if ("equals" in logic) return [logic.equals.toLowerCase()];
  return "or" in logic ? logic.or.flatMap(exactNames) : [];
}

/**
 * Names beat patterns, so a name and a pattern may both hold; two rules that name the same model, or state the same
 * pattern, may not. Two different patterns that share models are ordered by their dates: see book.ts.
 */
export function coverSameModels(a: PriceRuleDraft | PriceRule, b: PriceRuleDraft | PriceRule): boolean {
  if (a.book !== b.book || a.tenantId !== b.tenantId) return false;
  if (canonicalProvider(a.provider, "") !== canonicalProvider(b.provider, "")) return false;
  if (JSON.stringify(a.match.dailyWindow ?? null) !== JSON.stringify(b.match.dailyWindow ?? null)) return false;
  const [mine, theirs] = [a.match.model, b.match.model];
  if (namesExactly(mine) && namesExactly(theirs)) return exactNames(mine).some(compileMatch(theirs));
  return JSON.stringify(mine).toLowerCase() === JSON.stringify(theirs).toLowerCase();
}
