/**
 * Two people edited the same document. What only one of them changed is taken; where both changed one value differently
 * nobody is overwritten: that is a conflict, and people decide.
 */
import { isBranch, pointerTo, WHOLE_KEYS } from "./layer-tree";

export interface MergeConflict {
  /** JSON pointer into the document. */
  path: string;
  /** `undefined`: not there. `null` is something that a layer says. */
  base?: unknown;
  yours?: unknown;
  theirs?: unknown;
}

export interface ThreeWay {
  /** Both edits together; null while they conflict. */
  merged: Record<string, unknown> | null;
  conflicts: MergeConflict[];
  /** Both edits together, and where both changed one value, one side's. What a person may choose, never a program. */
  keepingYours: Record<string, unknown>;
  keepingTheirs: Record<string, unknown>;
}

type Document = Record<string, unknown>;

export function mergeThreeWay(base: Document, yours: Document, theirs: Document): ThreeWay {
  const conflicts: MergeConflict[] = [];
  const keepingYours = mergeTrees(base, yours, theirs, "", conflicts);
  const keepingTheirs = conflicts.length > 0 ? mergeTrees(base, theirs, yours, "", []) : keepingYours;
  return { merged: conflicts.length > 0 ? null : keepingYours, conflicts, keepingYours, keepingTheirs };
}

function mergeTrees(base: Document, yours: Document, theirs: Document, path: string, conflicts: MergeConflict[]): Document {
  // The keys in the order of the other side, then what is new here: the text of a merge looks like what is in force.
  const keys = new Set([...Object.keys(theirs), ...Object.keys(yours)]);
  const entries: [string, unknown][] = [];
  for (const key of keys) {
    const value = mergeValues(key, own(base, key), own(yours, key), own(theirs, key), pointerTo(path, key), conflicts);
    if (value !== undefined) entries.push([key, value]);
  }
  return Object.fromEntries(entries);
}

function mergeValues(
  key: string,
  base: unknown,
  yours: unknown,
  theirs: unknown,
  path: string,
  conflicts: MergeConflict[],
): unknown {
  if (same(yours, theirs) || same(theirs, base)) return yours;
  if (same(yours, base)) return theirs;
  if (isBranch(yours) && isBranch(theirs) && !WHOLE_KEYS.has(key)) {
    return mergeTrees(isBranch(base) ? base : {}, yours, theirs, path, conflicts);
  }
  conflicts.push({ path, base, yours, theirs });
  return yours;
}

const own = (document: Document, key: string): unknown => (Object.hasOwn(document, key) ? document[key] : undefined);

/** Equal as JSON; the order of keys says nothing. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (!isBranch(a) || !isBranch(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}
