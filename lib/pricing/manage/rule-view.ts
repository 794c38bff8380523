import type { MatchLogic } from "../schemas";
import type { StoredRule } from "../store";
import { standingOf } from "./periods";
import type { RuleView } from "./schemas";

const iso = (at: Date | null) => at?.toISOString() ?? null;

export function viewRule(rule: StoredRule, now: Date): RuleView {
  const window = rule.match.dailyWindow;
  return {
    id: rule.id,
    book: rule.book,
    tenantId: rule.tenantId,
    provider: rule.provider,
    model: rule.model,
    covers: wordMatch(rule.match.model),
    state: rule.state,
    prices: rule.prices,
    window: window ? `${window.start.slice(0, 5)}–${window.end.slice(0, 5)} UTC` : null,
    effectiveFrom: iso(rule.effectiveFrom),
    effectiveTo: iso(rule.effectiveTo),
    standing: standingOf(rule, now),
    source: rule.source,
    createdAt: rule.createdAt.toISOString(),
    supersededAt: iso(rule.supersededAt),
  };
}

function wordMatch(logic: MatchLogic): string {
  if ("equals" in logic) return logic.equals;
  if ("starts_with" in logic) return `starts with ${logic.starts_with}`;
  if ("ends_with" in logic) return `ends with ${logic.ends_with}`;
  if ("contains" in logic) return `contains ${logic.contains}`;
  if ("regex" in logic) return `matches /${logic.regex}/`;
  return "or" in logic ? logic.or.map(wordMatch).join(", ") : logic.and.map(wordMatch).join(" and ");
}
