"use client";
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { callApi, useApi, type ApiError } from "@/components/query";
import type { BacktestSeries } from "@/lib/alerts/backtest/schemas";
import { thresholdOf, withThreshold } from "@/lib/alerts/rules/compare";
import type { AlertRule } from "@/lib/alerts/rules/schemas";
import type { RuleDetails, RuleView } from "@/lib/alerts/rules/views";

export const RULES_PATH = "/api/v1/alerts/rules";
export const ALERTS_PATH = "/api/v1/alerts";
const LIVE_MS = 10_000;
/** After the last change of the form. */
const SETTLE_MS = 500;

export const useRules = () => useApi<{ rules: RuleView[] }>(RULES_PATH, { refreshMs: LIVE_MS });
export const useRule = (id: string | null) => useApi<RuleDetails>(id === null ? null : `${RULES_PATH}/${encodeURIComponent(id)}`);

/** What does not change what a rule sees is left out of the question: moving a threshold asks nothing. */
export function questionOf(rule: AlertRule, days: number): string {
  const threshold = thresholdOf(rule.condition).startsWith("-") ? "-1" : "1";
  const seen: AlertRule = {
    ...rule,
    name: "Backtest",
    severity: "info",
    forSec: 0,
    keepFiringSec: 0,
    onNoData: "ok",
    onError: "keep",
    owner: "",
    runbook: "",
    runbookUrl: "",
    condition: withThreshold(rule.condition, threshold),
  };
  return JSON.stringify({ rule: seen, days });
}

/** What the rule saw on the last days, asked once the form has come to rest. Null asks nothing. */
export function useBacktest(rule: AlertRule | null, days: number): UseQueryResult<BacktestSeries, ApiError> {
  const asked = useMemo(() => (rule ? questionOf(rule, days) : null), [rule, days]);
  const [settled, setSettled] = useState(asked);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(asked), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  return useQuery<BacktestSeries, ApiError>({
    queryKey: ["backtest", settled],
    enabled: settled !== null,
    queryFn: ({ signal }) =>
      callApi<BacktestSeries>(`${ALERTS_PATH}/backtest`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: settled,
        signal,
      }),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    retry: false,
  });
}
