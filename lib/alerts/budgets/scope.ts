/** What a budget is about: filters of the metric catalogue, in words and in tenants. Pure. */
import type { Dimension } from "@/lib/metrics/dimensions";

export interface ScopeFilter {
  dimension: Dimension;
  in: string[];
}

const NOUN: Partial<Record<Dimension, string>> = { modelServed: "model", modelRequested: "requested model", apiKeyId: "API key" };

/** "tenant acme, model gpt-4.1 or gpt-4.1-mini"; "everything" */
export function scopeWords(scope: readonly ScopeFilter[]): string {
  if (scope.length === 0) return "everything";
  return scope
    .map(
      ({ dimension, in: values }) =>
        `${NOUN[dimension] ?? dimension} ${values.map((value) => value || "(not set)").join(" or ")}`,
    )
    .join(", ");
}

/** `*`: it holds numbers of every tenant, so it is for those who see them all. */
export function tenantsOfScope(scope: readonly ScopeFilter[]): string[] {
  const named = scope.find(({ dimension }) => dimension === "tenant");
  return named ? [...new Set(named.in)].sort() : ["*"];
}
