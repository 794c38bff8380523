/**
 * The price book in memory: find the rule for a request. Pure; load.ts fills it from the database.
 * Order: tenant override → workspace override → base book; inside each, the rule in effect when the request ran.
 */
import { DAY_MS } from "@/lib/time";
import { compileMatch, modelNames, namesExactly, type ModelMatcher } from "./match";
import type { PricePlan } from "./plan";
import { canonicalProvider, FALLBACK_PROVIDERS, SELF_HOSTED } from "./providers";
import type { PriceRule } from "./schemas";

export interface CompiledRule {
  rule: PriceRule;
  provider: string;
  matches: ModelMatcher;
  /** Effective [fromMs, toMs). */
  fromMs: number;
  toMs: number;
  /** Part of each UTC day in milliseconds, end exclusive; start > end wraps over midnight. */
  window: { startMs: number; endMs: number } | null;
  /** Compiled prices per combination of modifiers, see plan.ts. */
  plans: Map<string, PricePlan>;
}

export interface Candidate {
  compiled: CompiledRule;
  /** The served model has no price; this is the price of the requested one. */
  asRequested: boolean;
}

export interface PriceKey {
  tenant: string;
  provider: string;
  modelServed: string;
  modelRequested: string;
  /** A pool is GPU nodes of our own: whatever the provider field says, no list price applies. */
  pool: string | null;
}

export interface PriceBook {
  readonly version: string;
  /** Rules in order of preference for this key, whatever their dates. Memoised. */
  candidates(key: PriceKey): readonly Candidate[];
}

const MAX_MEMO = 50_000;

export function compileRule(rule: PriceRule): CompiledRule {
  const window = rule.match.dailyWindow;
  return {
    rule,
    provider: rule.book === "base" || rule.book === "imported" ? rule.provider : canonicalProvider(rule.provider, ""),
    matches: compileMatch(rule.match.model),
    fromMs: rule.effectiveFrom?.getTime() ?? -Infinity,
    toMs: rule.effectiveTo?.getTime() ?? Infinity,
    window: window ? { startMs: timeOfDayMs(window.start), endMs: timeOfDayMs(window.end) } : null,
    plans: new Map(),
  };
}

export function buildPriceBook(rules: readonly PriceRule[], version: string): PriceBook {
  const base = new Map<string, CompiledRule[][]>();
  const workspace: CompiledRule[] = [];
  const byTenant = new Map<string, CompiledRule[]>();
  /** Provider and lower-cased model → its rules: an imported book names every model exactly. */
  const imported = new Map<string, CompiledRule[]>();
  const groups = new Map<string, CompiledRule[]>();
  for (const rule of rules.toSorted((a, b) => a.id - b.id)) {
    const compiled = compileRule(rule);
    if (rule.book === "workspace") workspace.push(compiled);
    else if (rule.book === "imported") push(imported, `${rule.provider}\0${rule.model.toLowerCase()}`, compiled);
    else if (rule.book === "tenant") push(byTenant, rule.tenantId ?? "", compiled);
    else {
      // One group per model of the base book: the first model that matches decides, then its dates do.
      const key = `${rule.provider}\0${rule.model}`;
      const group = groups.get(key);
      if (group) group.push(compiled);
      else {
        const started = [compiled];
        groups.set(key, started);
        push(base, rule.provider, started);
      }
    }
  }
  for (const group of groups.values()) group.sort(latestFirst);
  workspace.sort(overrideFirst);
  for (const list of byTenant.values()) list.sort(overrideFirst);

  const inBase = (provider: string, names: readonly string[]): CompiledRule[] => {
    for (const at of [provider, ...(FALLBACK_PROVIDERS[provider] ?? [])]) {
      for (const name of names) {
        const found = base.get(at)?.find((group) => group[0]!.matches(name));
        if (found) return found;
      }
    }
    return [];
  };
  const inImported = (provider: string, names: readonly string[]): CompiledRule[] =>
    names.flatMap((name) => imported.get(`${provider}\0${name}`) ?? []).slice(0, 1);
  const inOverrides = (list: readonly CompiledRule[], provider: string, names: readonly string[]) =>
    list.filter((rule) => rule.provider === provider && names.some(rule.matches));

  const search = (key: PriceKey, model: string): CompiledRule[] => {
    const names = modelNames(model);
    const provider = canonicalProvider(key.provider, names[0]!);
    const selfHosted = provider === SELF_HOSTED || key.pool !== null;
    const providers = selfHosted && provider !== SELF_HOSTED ? [provider, SELF_HOSTED] : [provider];
    return [
      ...providers.flatMap((at) => inOverrides(byTenant.get(key.tenant) ?? [], at, names)),
      ...providers.flatMap((at) => inOverrides(workspace, at, names)),
      ...(selfHosted ? [] : [...inBase(provider, names), ...inImported(provider, names)]),
    ];
  };

  let memo = new Map<string, readonly Candidate[]>();
  return {
    version,
    candidates(key) {
      const memoKey = `${key.provider}\0${key.modelServed}\0${key.modelRequested}\0${key.pool === null ? "" : "p"}\0${
        byTenant.has(key.tenant) ? key.tenant : ""
      }`;
      const known = memo.get(memoKey);
      if (known) return known;
      const served = search(key, key.modelServed).map((compiled) => ({ compiled, asRequested: false }));
      const requested =
        key.modelRequested === key.modelServed
          ? []
          : search(key, key.modelRequested).map((compiled) => ({ compiled, asRequested: true }));
      const found = [...served, ...requested];
      // Senders choose model names: a flood of new ones must not fill the memory.
      if (memo.size >= MAX_MEMO) memo = new Map();
      memo.set(memoKey, found);
      return found;
    },
  };
}

/** Is the rule in effect at this instant (epoch milliseconds)? */
export function isEffective(compiled: CompiledRule, at: number): boolean {
  if (at < compiled.fromMs || at >= compiled.toMs) return false;
  if (!compiled.window) return true;
  const { startMs, endMs } = compiled.window;
  const timeOfDay = ((at % DAY_MS) + DAY_MS) % DAY_MS;
  return endMs < startMs ? timeOfDay >= startMs || timeOfDay < endMs : timeOfDay >= startMs && timeOfDay < endMs;
}

// Peak windows before whole days, later periods before earlier ones, newer rules before older ones.
function latestFirst(a: CompiledRule, b: CompiledRule): number {
  if ((a.window === null) !== (b.window === null)) return a.window ? -1 : 1;
  if (a.fromMs !== b.fromMs) return b.fromMs > a.fromMs ? 1 : -1;
  return b.rule.id - a.rule.id;
}

// An override that names the model beats one that describes many.
function overrideFirst(a: CompiledRule, b: CompiledRule): number {
  const exact = Number(namesExactly(b.rule.match.model)) - Number(namesExactly(a.rule.match.model));
  return exact || latestFirst(a, b);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function timeOfDayMs(text: string): number {
  return Date.parse(`1970-01-01T${text}`) % DAY_MS;
}
