"use client";
import { useApi } from "@/components/query";
import type { IncidentList } from "@/lib/alerts/incidents/schemas";

export const INCIDENTS_PATH = "/api/v1/alerts/incidents";
const LIVE_MS = 5_000;

export const useIncidents = (search: Record<string, string>) =>
  useApi<IncidentList>(`${INCIDENTS_PATH}?${new URLSearchParams(search).toString()}`, { refreshMs: LIVE_MS });
