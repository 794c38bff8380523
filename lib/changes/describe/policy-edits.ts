/** What a change edits, as its content keeps it: one entry a policy key. */
import type { ChangeContent } from "../request/content-hash";
import type { PolicyEdit } from "../schemas";

/** `kind/level/value`, the key of `diff` and `baseVersions`. */
export const policyKey = ({ kind, scope }: Pick<PolicyEdit, "kind" | "scope">): string =>
  `${kind}/${scope.level}/${scope.value ?? ""}`;

export const diffOf = (edits: readonly PolicyEdit[]): Pick<ChangeContent, "diff" | "baseVersions" | "scope"> => ({
  diff: Object.fromEntries(edits.map(({ kind, scope, document }) => [policyKey({ kind, scope }), { kind, scope, document }])),
  baseVersions: Object.fromEntries(edits.map((edit) => [policyKey(edit), edit.baseVersion])),
  scope: commonScope(edits) ?? { level: "several", value: null },
});

export function editsOf({ diff, baseVersions }: Pick<ChangeContent, "diff" | "baseVersions">): PolicyEdit[] {
  return Object.entries(diff).map(([key, one]) => ({
    ...(one as Omit<PolicyEdit, "baseVersion">),
    baseVersion: baseVersions[key] ?? 0,
  }));
}

/** Null: they are of several scopes. */
export function commonScope(edits: readonly Pick<PolicyEdit, "scope">[]): PolicyEdit["scope"] | null {
  const [first] = edits;
  const same = edits.every(({ scope }) => scope.level === first!.scope.level && scope.value === first!.scope.value);
  return first && same ? first.scope : null;
}

/** Only the layer of a tenant is that tenant's own; `*`: everybody. */
export function tenantsOf(edits: readonly Pick<PolicyEdit, "scope">[]): string[] {
  const all = edits.map(({ scope }) => (scope.level === "tenant" && scope.value !== null ? scope.value : "*"));
  return all.includes("*") ? ["*"] : [...new Set(all)].sort();
}

/** "engine of pool llama-8b", "tokens everywhere" */
export const editName = ({ kind, scope }: Pick<PolicyEdit, "kind" | "scope">): string =>
  scope.level === "global" ? `${kind} everywhere` : `${kind} of ${scope.level} ${scope.value}`;
