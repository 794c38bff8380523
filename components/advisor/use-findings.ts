"use client";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useApi } from "@/components/query";
import type { FindingList } from "@/lib/advisor/findings/schemas";
import { EFFORTS, LEVER_IDS } from "@/lib/advisor/findings/levers";

export const FINDINGS_PATH = "/api/v1/advisor/findings";
const STATES = ["open", "in_change", "verified", "dismissed", "gone"] as const;
const LIVE_MS = 1_000;

const parsers = {
  state: parseAsStringLiteral(STATES).withDefault("open"),
  lever: parseAsStringLiteral(LEVER_IDS),
  effort: parseAsStringLiteral(EFFORTS),
  text: parseAsString.withDefault(""),
  id: parseAsString,
};

/** In the address: `?state=dismissed&lever=exact_cache&effort=low&text=kb`. */
export function useFindings() {
  const [filter, setFilter] = useQueryStates(parsers, { history: "push" });
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value) params.set(name, value);
  const query = useApi<FindingList>(`${FINDINGS_PATH}?${params}`, {
    refreshMs: (known) => (known?.currentRun ? LIVE_MS : 30_000),
  });
  const narrowed = filter.lever !== null || filter.effort !== null || filter.text !== "" || filter.id !== null;
  return { filter, setFilter, query, narrowed };
}
