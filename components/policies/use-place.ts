"use client";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import type { AnyScope } from "@/lib/policies/schemas";
import { POLICY_KINDS, type PolicyKind } from "@/lib/policies/kinds";
import type { PolicyRef } from "@/lib/policies/store/schemas";

const parsers = {
  of: parseAsStringLiteral(["gateways", "engines"]).withDefault("gateways"),
  environment: parseAsString,
  tenant: parseAsString,
  endpoint: parseAsString,
  pool: parseAsString,
  node: parseAsString,
  /** The document that is open, by kind and level of its scope; its value is that of the place. */
  kind: parseAsStringLiteral(POLICY_KINDS),
  level: parseAsStringLiteral(["global", "environment", "tenant", "endpoint", "pool", "node"]),
  show: parseAsStringLiteral(["document", "history"]).withDefault("document"),
};

export interface Choices {
  environments: readonly string[];
  tenants: readonly { id: string; name: string }[];
  pools: readonly string[];
  nodes: readonly { name: string; pool: string | null }[];
}

/** The address bar → which place is looked at, which scopes meet there, which document is open. */
export function usePlace(choices: Choices | undefined, limited: boolean) {
  const [values, set] = useQueryStates(parsers, { history: "push" });
  const environment =
    values.environment ?? (choices?.environments.includes("production") ? "production" : choices?.environments[0]);
  // Somebody limited to tenants looks at one of them.
  const tenant = values.tenant ?? (limited ? (choices?.tenants[0]?.id ?? null) : null);
  const node = values.node;
  const pool = choices?.nodes.find(({ name }) => name === node)?.pool ?? values.pool ?? choices?.pools[0] ?? null;
  return useMemo(() => {
    const { of, endpoint } = values;
    const scopes: AnyScope[] =
      of === "engines"
        ? [...(pool ? [{ level: "pool" as const, value: pool }] : []), ...(node ? [{ level: "node" as const, value: node }] : [])]
        : [
            { level: "global", value: null },
            ...(environment ? [{ level: "environment" as const, value: environment }] : []),
            ...(tenant ? [{ level: "tenant" as const, value: tenant }] : []),
            ...(endpoint ? [{ level: "endpoint" as const, value: endpoint }] : []),
          ];
    const search = new URLSearchParams();
    const asked = of === "engines" ? { pool, node } : { environment, tenant, endpoint };
    for (const [name, value] of Object.entries(asked)) if (value) search.set(name, value);
    const scope = scopes.find(({ level }) => level === values.level);
    const open = scope && values.kind && isKindOf(values.kind, of) ? ({ kind: values.kind, scope } as PolicyRef) : null;
    return {
      of,
      environment: environment ?? null,
      tenant,
      endpoint,
      pool,
      node,
      scopes,
      open,
      show: values.show,
      /** Null: there is nothing to ask about yet. */
      effectivePath: search.size > 0 ? `/api/v1/policies/effective?${search}` : null,
      set,
    };
  }, [values, environment, tenant, pool, node, set]);
}
export type Place = ReturnType<typeof usePlace>;

const isKindOf = (kind: PolicyKind, of: "gateways" | "engines") => (kind === "engine") === (of === "engines");

/** `kind=tokens&level=tenant&value=acme` */
export function searchOf({ kind, scope }: PolicyRef): string {
  const search = new URLSearchParams({ kind, level: scope.level });
  if (scope.value !== null) search.set("value", scope.value);
  return search.toString();
}
