/**
 * Token F1, as SQuAD measures answers: tokens are runs of letters and digits, lower case, counted as often as they occur.
 * precision = shared ÷ tokens of the answer, recall = shared ÷ tokens of the reference, F1 = 2PR ÷ (P + R).
 */
export function tokenF1(answer: string, reference: string): number {
  const given = tokensOf(answer);
  const wanted = tokensOf(reference);
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const token of wanted) left.set(token, (left.get(token) ?? 0) + 1);
  let shared = 0;
  for (const token of given) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    left.set(token, count - 1);
    shared += 1;
  }
  return (2 * shared) / (given.length + wanted.length);
}

const tokensOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
