"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useApi } from "@/components/query";
import type { ChangeList, ChangeView, FreezeView, RolloutView } from "@/lib/changes/schemas";

export const CHANGES_PATH = "/api/v1/changes";
export const ROLLOUTS_PATH = "/api/v1/rollouts";
export const FREEZES_PATH = "/api/v1/freezes";

/** Without the stream everything is asked again this often; with it, only in case a word was lost. */
const POLL_MS = 5_000;
const LIVE_MS = 30_000;
/** A running rollout is judged every ten seconds, also when nothing is decided that would be told. */
const WATCH_MS = 10_000;

const rhythm = (live: boolean) => (live ? LIVE_MS : POLL_MS);

export const useChanges = (live: boolean) => useApi<ChangeList>(`${CHANGES_PATH}?limit=200`, { refreshMs: rhythm(live) });

export const useChange = (id: string | null, live: boolean) =>
  useApi<ChangeView>(id === null ? null : `${CHANGES_PATH}/${encodeURIComponent(id)}`, { refreshMs: rhythm(live) });

export const useRollout = (id: string | null, live: boolean) =>
  useApi<RolloutView>(id === null ? null : `${ROLLOUTS_PATH}/${encodeURIComponent(id)}`, {
    refreshMs: (known) => (known?.endedAt ? false : Math.min(rhythm(live), WATCH_MS)),
  });

export const useFreezes = (live: boolean) => useApi<{ freezes: FreezeView[] }>(FREEZES_PATH, { refreshMs: rhythm(live) });

/**
 * The stream says what is stale, never what it became: the answers are asked for by their own paths, so a lost word costs
 * time, not truth. True while it is open; otherwise the pages ask by themselves.
 */
export function useLive(): boolean {
  const client = useQueryClient();
  const [live, setLive] = useState(false);
  useEffect(() => {
    if (typeof EventSource === "undefined") return;
    const stream = new EventSource(`${CHANGES_PATH}/stream`);
    const refresh = () =>
      void client.invalidateQueries({
        predicate: ({ queryKey: [kind, path] }) =>
          kind === "api" && [CHANGES_PATH, ROLLOUTS_PATH, FREEZES_PATH].some((prefix) => String(path).startsWith(prefix)),
      });
    stream.addEventListener("open", () => setLive(true));
    stream.addEventListener("error", () => setLive(false));
    stream.addEventListener("stale", refresh);
    return () => stream.close();
  }, [client]);
  return live;
}

/** The time, renewed every second while somebody watches it pass. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
