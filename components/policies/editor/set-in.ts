/** One value of a document, read and written by its path. Pure. */
type Document = Record<string, unknown>;

const isTree = (value: unknown): value is Document => typeof value === "object" && value !== null && !Array.isArray(value);

export function getIn(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (isTree(node) && Object.hasOwn(node, key) ? node[key] : undefined), document);
}

/** `undefined` takes it out, and the branches that are empty without it: then broader scopes decide again. */
export function setIn(document: Document, [key, ...rest]: readonly [string, ...string[]], value: unknown): Document {
  const child = Object.hasOwn(document, key) ? document[key] : undefined;
  const [next, ...others] = rest;
  const inner = next === undefined ? value : setIn(isTree(child) ? child : {}, [next, ...others], value);
  if (inner === undefined || (value === undefined && next !== undefined && isTree(inner) && Object.keys(inner).length === 0)) {
    return Object.fromEntries(Object.entries(document).filter(([name]) => name !== key));
  }
  return { ...document, [key]: inner };
}
