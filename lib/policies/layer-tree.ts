/**
 * Layers as trees that can be laid over each other in any grouping: (a + b) + c = a + (b + c).
 *
 * Plain JSON merge cannot do that: it forgets that `null` had cleared what was below when a later layer writes into the
 * same place again. So a branch remembers whether it `clears` what lies under it.
 */
export type LayerTree<S> =
  | { kind: "value"; value: unknown; source: S }
  | { kind: "branch"; clears: boolean; children: ReadonlyMap<string, LayerTree<S>> };

/** Keys whose object is one value: half of one JSON schema and half of another is not a schema. */
export const WHOLE_KEYS = new Set(["responseFormat"]);

export const isBranch = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What one layer says. `undefined` says nothing, `null` clears. */
export function treeOf<S>(document: Record<string, unknown>, source: S): LayerTree<S> {
  const children = new Map<string, LayerTree<S>>();
  for (const [key, value] of Object.entries(document)) {
    if (value === undefined) continue;
    if (value === null) children.set(key, { kind: "branch", clears: true, children: new Map() });
    else if (isBranch(value) && !WHOLE_KEYS.has(key)) children.set(key, treeOf(value, source));
    else children.set(key, { kind: "value", value, source });
  }
  return { kind: "branch", clears: false, children };
}

/** Lay `over` on `under`. Associative; a tree over itself is itself. */
export function overlay<S>(under: LayerTree<S>, over: LayerTree<S>): LayerTree<S> {
  if (over.kind === "value" || over.clears) return over;
  if (under.kind === "value") return { ...over, clears: true };
  const children = new Map(under.children);
  for (const [key, child] of over.children) {
    const below = children.get(key);
    children.set(key, below === undefined ? child : overlay(below, child));
  }
  return { kind: "branch", clears: under.clears, children };
}

/** The document that is left, and where each of its leaves (JSON pointers) comes from. */
export function flatten<S>(tree: LayerTree<S>): { document: Record<string, unknown>; provenance: Record<string, S> } {
  const provenance: Record<string, S> = {};
  const document = documentOf(tree, "", provenance);
  return { document: isBranch(document) ? document : {}, provenance };
}

function documentOf<S>(tree: LayerTree<S>, path: string, provenance: Record<string, S>): unknown {
  if (tree.kind === "value") {
    provenance[path] = tree.source;
    return tree.value;
  }
  // Cleared and not written again: as if it had never been said.
  if (tree.clears && tree.children.size === 0) return undefined;
  const entries: [string, unknown][] = [];
  for (const [key, child] of tree.children) {
    const value = documentOf(child, pointerTo(path, key), provenance);
    if (value !== undefined) entries.push([key, value]);
  }
  return Object.fromEntries(entries);
}

/** RFC 6901: names of models have slashes. */
export const pointerTo = (path: string, key: string) => `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
