/** Does a set of labels match? `*` is the only wildcard, so that no pattern can be made that takes for ever. */
import type { Matcher } from "./schemas";

export type Labels = Readonly<Record<string, string>>;

export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matchesOne(matcher, labels[matcher.label] ?? ""));
}

function matchesOne({ op, values }: Matcher, value: string): boolean {
  switch (op) {
    case "is":
      return values.includes(value);
    case "is_not":
      return !values.includes(value);
    case "like":
      return values.some((pattern) => isLike(pattern, value));
    case "not_like":
      return !values.some((pattern) => isLike(pattern, value));
  }
}

/** The pieces between the stars, in order, each at its first place: linear in the text for each piece. */
export function isLike(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first!) || !text.endsWith(last) || text.length < first!.length + last.length) return false;
  const end = text.length - last.length;
  let at = first!.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
