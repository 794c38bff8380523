import type { MatchLogic } from "./schemas";

export type ModelMatcher = (lowerCaseModel: string) => boolean;

/** Compile match logic once; the matcher takes a lower-cased model name. A regex that does not compile matches nothing. */
export function compileMatch(logic: MatchLogic): ModelMatcher {
  if ("or" in logic) {
    const any = logic.or.map(compileMatch);
    return (model) => any.some((matches) => matches(model));
  }
  if ("and" in logic) {
    const all = logic.and.map(compileMatch);
    return (model) => all.every((matches) => matches(model));
  }
  if ("equals" in logic) {
    const text = logic.equals.toLowerCase();
    return (model) => model === text;
  }
  if ("starts_with" in logic) {
    const text = logic.starts_with.toLowerCase();
    return (model) => model.startsWith(text);
  }
  if ("ends_with" in logic) {
    const text = logic.ends_with.toLowerCase();
    return (model) => model.endsWith(text);
  }
  if ("contains" in logic) {
    const text = logic.contains.toLowerCase();
    return (model) => model.includes(text);
  }
  try {
    const pattern = new RegExp(logic.regex);
    return (model) => pattern.test(model);
  } catch {
    return () => false;
  }
}

/** True when the logic names a model outright: such an override is more specific than a pattern. */
export function namesExactly(logic: MatchLogic): boolean {
  return "equals" in logic || ("or" in logic && logic.or.every(namesExactly));
}

const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/**
 * The names under which a model may be in the book, best first: as sent, with its compact date written out
 * ("-20250805" → "-2025-08-05"), and without the vendor prefix that gateways add ("openai/gpt-4o" → "gpt-4o").
 */
export function modelNames(model: string): string[] {
  const lower = model.trim().toLowerCase();
  const names = [lower, lower.replace(COMPACT_DATE, "-$1-$2-$3")];
  const slash = lower.indexOf("/");
  if (slash > 0 && slash < lower.length - 1) {
    const bare = lower.slice(slash + 1);
    names.push(bare, bare.replace(COMPACT_DATE, "-$1-$2-$3"));
  }
  return [...new Set(names)];
}
