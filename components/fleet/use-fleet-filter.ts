"use client";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { CONNECTORS } from "@/lib/protocol/connectors";
import { STANDING_FILTERS, type TargetFilter } from "./filter-targets";

/** In the address: `?standing=attention&connector=engine`. */
const parsers = {
  q: parseAsString.withDefault("").withOptions({ history: "replace" }),
  connector: parseAsStringLiteral(CONNECTORS),
  environment: parseAsString,
  pool: parseAsString,
  standing: parseAsStringLiteral(STANDING_FILTERS).withDefault("current"),
};

/** null puts the default back. */
export type SetTargetFilter = (changes: { [K in keyof TargetFilter]?: TargetFilter[K] | null } | null) => Promise<unknown>;

export function useFleetFilter(): { filter: TargetFilter; setFilter: SetTargetFilter } {
  const [filter, setFilter] = useQueryStates(parsers, { history: "push" });
  return useMemo(() => ({ filter, setFilter }), [filter, setFilter]);
}
