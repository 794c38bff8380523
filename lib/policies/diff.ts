/** What changed between two sets of layers, as sentences that a person can approve or find in a log. */
import { isBranch } from "./layer-tree";
import { rank } from "./merge";
import type { AnyLayer, AnyScope } from "./schemas";
import { shown, unitOf, words } from "./words";

/** Broad scopes first. Empty when both say the same. */
export function diffPolicies(before: readonly AnyLayer[], after: readonly AnyLayer[]): string[] {
  const scopes = new Map([...before, ...after].map(({ scope }) => [JSON.stringify([scope.level, scope.value]), scope]));
  const said = (layers: readonly AnyLayer[], scope: AnyScope) =>
    layers.find((layer) => layer.scope.level === scope.level && layer.scope.value === scope.value)?.policies ?? {};
  return [...scopes.values()]
    .sort((a, b) => rank(a) - rank(b) || ((a.value ?? "") < (b.value ?? "") ? -1 : 1))
    .flatMap((scope) => {
      const prefix = scope.level === "global" ? "" : `${scope.level} ${scope.value}: `;
      return changes(said(before, scope), said(after, scope), []).map((sentence) => prefix + sentence);
    });
}

function changes(before: unknown, after: unknown, path: readonly string[]): string[] {
  if (!isTree(before, path) && !isTree(after, path)) return leafChange(before, after, path);
  const name = nameOf(path);
  // A tree that becomes null or nothing, or the other way round, is one event; what is new in it follows.
  if (after === null) return [`${name} unset`];
  if (before === null) return [`${name} set again`, ...inner({}, after, path)];
  if (isThing(path)) {
    if (after === undefined) return [`${name} removed`];
    if (before === undefined) return [`${name} added`, ...inner({}, after, path)];
  }
  return inner(before ?? {}, after ?? {}, path);
}

function inner(before: unknown, after: unknown, path: readonly string[]): string[] {
  const [a, b] = [before, after].map((tree) => new Map(isBranch(tree) ? Object.entries(tree) : []));
  const keys = [...new Set([...a!.keys(), ...b!.keys()])];
  return keys.flatMap((key) => changes(a!.get(key), b!.get(key), [...path, key]));
}

const isTree = (value: unknown, path: readonly string[]) => isBranch(value) && path.at(-1) !== "responseFormat";

function leafChange(before: unknown, after: unknown, path: readonly string[]): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const name = nameOf(path);
  const unit = unitOf(path.at(-1)!);
  if (after === null) return [before === undefined ? `${name} unset` : `${name} unset (was ${shown(before, unit)})`];
  if (after === undefined)
    return [before === null ? `${name} no longer unset` : `${name} no longer set (was ${shown(before, unit)})`];
  if (before === undefined || before === null) return [`${name} set to ${shown(after, unit)}`];
  return [`${name} ${shown(before, unit)} → ${shown(after, unit)}`];
}

/** Things with a life of their own: they are added and removed, not changed from nothing. */
function isThing([kind, map, id, part, ...rest]: readonly string[]): boolean {
  if (kind === "engine") return map === "speculative" && id === undefined;
  if (kind !== "routing" || id === undefined) return false;
  if (part === undefined) return map === "routes" || map === "rules";
  return part === "targets" ? rest.length === 1 : ["canary", "cascade", "shadow"].includes(part) && rest.length === 0;
}

/** ["routing","routes","chat-default","canary","sharePercent"] → "canary share of chat-default" */
function nameOf(path: readonly string[]): string {
  const [kind, map, id, part, ...rest] = path;
  if (kind === "routing" && map === "routes" && id !== undefined) {
    if (part === undefined) return `route ${id}`;
    if (part !== "targets") return `${[part, ...rest].map(words).join(" ")} of ${id}`;
    const [target, key] = rest;
    if (target === undefined) return `targets of ${id}`;
    return key === undefined ? `target ${target} of ${id}` : `${words(key)} of ${target} in ${id}`;
  }
  if (kind === "routing" && map === "rules" && id !== undefined) {
    if (part === undefined) return `rule ${id}`;
    return `${[part, ...rest].map(words).join(" ")} of rule ${id}`;
  }
  return path.map(words).join(" ");
}
