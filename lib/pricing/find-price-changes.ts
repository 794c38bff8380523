/**
 * When what a tenant pays for a model changed, and from what to what. Pure.
 *
 * Asked of the same book that rates events, for the models that were used: at each start or end of a rule, the rule in
 * effect just before is compared with the one from then on. So a change of the list price does not show for whom a
 * negotiated price holds, and an override that states what held anyway is no change.
 * Peak prices within a day are left out: they come and go every day.
 */
import { Decimal } from "@/lib/money";
import { METERS, type Meter } from "@/lib/telemetry/event";
import { isEffective, type Candidate, type PriceBook, type PriceKey } from "./book";
import { compilePlan, type MeterPlan } from "./plan";
import type { PriceRule } from "./schemas";

export interface PriceChange {
  at: Date;
  /** "gpt-4.1 (openai): input $2.00 → $1.60 per 1M, workspace price" */
  sentence: string;
}

/** Changes in [from, to) of what these keys were charged, oldest first; each once, however many keys it concerns. */
export function findPriceChanges(book: PriceBook, keys: Iterable<PriceKey>, from: Date, to: Date): PriceChange[] {
  const found = new Map<string, PriceChange>();
  for (const key of keys) {
    const candidates = book.candidates(key).filter(({ compiled }) => compiled.window === null);
    const instants = new Set(candidates.flatMap(({ compiled }) => [compiled.fromMs, compiled.toMs]));
    for (const at of instants) {
      if (at < from.getTime() || at >= to.getTime()) continue;
      const sentence = wordChange(ruleAt(candidates, at - 1), ruleAt(candidates, at), key.tenant);
      if (sentence) found.set(`${at} ${sentence}`, { at: new Date(at), sentence });
    }
  }
  return [...found.values()].toSorted(
    (a, b) => a.at.getTime() - b.at.getTime() || (a.sentence < b.sentence ? -1 : Number(a.sentence > b.sentence)),
  );
}

const ruleAt = (candidates: readonly Candidate[], at: number): PriceRule | undefined =>
  candidates.find(({ compiled }) => isEffective(compiled, at))?.compiled.rule;

function wordChange(before: PriceRule | undefined, after: PriceRule | undefined, tenant: string): string | null {
  const rule = after ?? before;
  if (!rule || before?.id === after?.id) return null;
  const changes = wordPrices(before, after);
  return changes && `${rule.model} (${rule.provider}): ${changes}${wordBook(before, after, tenant)}`;
}

function wordPrices(before: PriceRule | undefined, after: PriceRule | undefined): string | null {
  if (!after) return "no price any more";
  if (after.state === "free") return before?.state === "free" ? null : "free from here on";
  const [old, now] = [pricesOf(before), pricesOf(after)];
  const changes = [...PRICED].flatMap(([meter, name]) => {
    const stated = before?.prices[meter] ?? after.prices[meter];
    const [was, is] = [old.get(meter), now.get(meter)];
    if (!stated || was === is) return [];
    return [`${name} ${was === undefined ? "" : `${was} → `}${is ?? "no price"}${meter === "request" ? " per request" : ""}`];
  });
  if (changes.length === 0) return null;
  const perMillion = changes.filter((change) => !change.endsWith(" per request"));
  const perRequest = changes.filter((change) => change.endsWith(" per request"));
  const start = !before ? "priced from here on: " : before.state === "free" ? "no longer free: " : "";
  return start + [...(perMillion.length > 0 ? [`${perMillion.join(", ")} per 1M`] : []), ...perRequest].join(", ");
}

const PRICED: ReadonlyMap<Meter | "request", string> = new Map([
  ["input", "input"],
  ["cacheRead", "cached input"],
  ["cacheWrite5m", "cache write (5 min)"],
  ["cacheWrite1h", "cache write (1 h)"],
  ["output", "output"],
  ["audioIn", "audio in"],
  ["audioOut", "audio out"],
  ["image", "images"],
  ["request", "fee"],
]);

/** What each meter costs under a rule, negotiated discount and stand-ins included, as exact text. */
function pricesOf(rule: PriceRule | undefined): Map<Meter | "request", string> {
  const prices = new Map<Meter | "request", string>();
  if (!rule || rule.state === "free") return prices;
  const plan = compilePlan(rule.prices, []);
  METERS.forEach((meter, index) => {
    const own = plan.meters[index];
    if (own) prices.set(meter, wordPlan(own));
  });
  if (plan.request) prices.set("request", wordPlan(plan.request));
  return prices;
}

function wordPlan({ tiers, modifiers }: MeterPlan): string {
  const factor = modifiers.reduce((product, modifier) => product.mul(modifier.factor), new Decimal(1));
  const [base, ...longer] = tiers.map(({ start, unitPriceUsd }) => ({ start, usd: exactUsd(factor.mul(unitPriceUsd)) }));
  if (longer.length === 0) return base!.usd;
  return `${base!.usd} (${longer.map(({ start, usd }) => `${usd} above ${start.toLocaleString("en-US")} tokens`).join(", ")})`;
}

/** A unit price is quoted as it is charged: all its digits, at least cents. */
const exactUsd = (usd: Decimal) => `$${usd.decimalPlaces() < 2 ? usd.toFixed(2) : usd.toFixed()}`;

/** Whose price it is now. An override of a tenant that ends leaves another price for that tenant alone. */
function wordBook(before: PriceRule | undefined, after: PriceRule | undefined, tenant: string): string {
  const forTenant = after?.book !== "tenant" && before?.book === "tenant" ? ` for tenant ${tenant}` : "";
  if (!after) return forTenant;
  if (after.book === "tenant") return `, price of tenant ${tenant}`;
  return `, ${after.book === "workspace" ? "workspace" : after.book === "imported" ? "imported" : "list"} price${forTenant}`;
}
