"use client";
import { parseAsBoolean, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { STATUS_CHOICES, type ChangeFilter } from "./filter-changes";

/** In the address: `?status=in_review&awaiting=true`. */
const parsers = {
  status: parseAsStringLiteral(STATUS_CHOICES).withDefault("all"),
  mine: parseAsBoolean.withDefault(false),
  awaiting: parseAsBoolean.withDefault(false),
};

/** null puts the default back. */
type SetChangeFilter = (changes: { [K in keyof ChangeFilter]?: ChangeFilter[K] | null } | null) => Promise<unknown>;

export function useChangeFilter(): { filter: ChangeFilter; setFilter: SetChangeFilter } {
  const [filter, setFilter] = useQueryStates(parsers, { history: "push" });
  return useMemo(() => ({ filter, setFilter }), [filter, setFilter]);
}
