/** Two texts line by line, by their longest common subsequence. Pure. */
export interface DiffLine {
  kind: "same" | "removed" | "added";
  text: string;
}

/** Beyond this many cells the texts are shown one after the other: the page must stay quick. */
const MOST_CELLS = 4_000_000;

export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  if (a.length * b.length > MOST_CELLS) return [...lines("removed", a), ...lines("added", b)];
  const width = b.length + 1;
  // common[i][j]: longest common subsequence of a from i and b from j.
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] =
        a[i] === b[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const result: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      result.push({ kind: "same", text: a[i]! });
      i++;
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) result.push({ kind: "removed", text: a[i++]! });
    else result.push({ kind: "added", text: b[j++]! });
  }
  return [...result, ...lines("removed", a.slice(i)), ...lines("added", b.slice(j))];
}

const lines = (kind: DiffLine["kind"], texts: readonly string[]): DiffLine[] => texts.map((text) => ({ kind, text }));
