"use client";
import { useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import { METRICS } from "@/lib/metrics/catalogue";
import { exploreParsers, MAX_GROUPS, MAX_METRICS, type ExploreQuestion } from "./explore-state";

/** The question in the address, held within what the API takes; unknown metrics are named instead of asked. */
export function useQuestion(): ExploreQuestion & { unknown: string[]; ask: (changes: Partial<ExploreQuestion>) => void } {
  const [state, setState] = useQueryStates(exploreParsers, { history: "push" });
  const ask = useCallback((changes: Partial<ExploreQuestion>) => void setState(changes), [setState]);
  return useMemo(() => {
    const asked = [...new Set(state.metrics)];
    const known = asked.filter((id) => METRICS.has(id)).slice(0, MAX_METRICS);
    return {
      metrics: known.length > 0 ? known : ["cost_usd"],
      by: [...new Set(state.by)].slice(0, MAX_GROUPS),
      chart: state.chart,
      grain: state.grain,
      unknown: asked.filter((id) => !METRICS.has(id)),
      ask,
    };
  }, [state, ask]);
}
