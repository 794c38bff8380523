"use client";
import { useApi } from "@/components/query";
import { isOver, type RunView, type SuiteView } from "@/lib/evaluations/schemas";

export const EVALUATIONS_PATH = "/api/v1/evaluations";
export const runsPath = (changeId: string): string => `/api/v1/changes/${encodeURIComponent(changeId)}/evaluations`;

const RUNNING_MS = 1_500;
const IDLE_MS = 15_000;

/** Newest first; asked often while one is under way. */
export const useRuns = (changeId: string) =>
  useApi<{ runs: RunView[] }>(runsPath(changeId), {
    refreshMs: (known) => (known?.runs.some(({ status }) => !isOver(status)) ? RUNNING_MS : IDLE_MS),
  });

export const useSuites = (wanted: boolean) => useApi<{ suites: SuiteView[] }>(wanted ? EVALUATIONS_PATH : null);
