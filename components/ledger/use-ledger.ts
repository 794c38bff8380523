"use client";
import { useApi } from "@/components/query";
import type { LedgerView } from "@/lib/advisor/ledger/schemas";

export const LEDGER_PATH = "/api/v1/ledger";
const FRESH_MS = 15_000;

/** Of one change, or of all. Rollouts that run are measured every half minute. */
export const useLedger = (changeId?: string) =>
  useApi<LedgerView>(changeId === undefined ? LEDGER_PATH : `${LEDGER_PATH}?change=${changeId}`, { refreshMs: FRESH_MS });
