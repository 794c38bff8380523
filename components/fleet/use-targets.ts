"use client";
import { useApi } from "@/components/query";
import type { TargetDetails, TargetList, TargetView } from "@/lib/fleet/schemas";
import { standingOf } from "./standing";

export const TARGETS_PATH = "/api/v1/targets";
export const TOKENS_PATH = "/api/v1/enrolment-tokens";

/** While something is on its way people watch it; else a new target still appears within seconds. */
const WATCHING_MS = 1_500;
const CALM_MS = 3_000;

const isOnItsWay = (target: TargetView) => ["pending", "applying", "silent"].includes(standingOf(target));
const rhythm = (targets: readonly TargetView[] | undefined) => (targets?.some(isOnItsWay) ? WATCHING_MS : CALM_MS);

export const useTargets = () => useApi<TargetList>(TARGETS_PATH, { refreshMs: (known) => rhythm(known?.targets) });

export const useTarget = (id: string) =>
  useApi<TargetDetails>(`${TARGETS_PATH}/${encodeURIComponent(id)}`, { refreshMs: (known) => rhythm(known && [known.target]) });
