"use client";
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { callApi, type ApiError } from "./api-error";

export interface UseApiOptions<T> {
  /** Ask again this often while the tab is visible; a function decides from what is known. */
  refreshMs?: number | ((known: T | undefined) => number | false);
}

/** GET a path of the API; null asks nothing. Its query key is `["api", path]`. */
export function useApi<T>(path: string | null, { refreshMs }: UseApiOptions<T> = {}): UseQueryResult<T, ApiError> {
  return useQuery<T, ApiError>({
    queryKey: ["api", path],
    enabled: path !== null,
    queryFn: ({ signal }) => callApi<T>(path ?? "", { signal }),
    refetchInterval: typeof refreshMs === "function" ? (query) => refreshMs(query.state.data) : (refreshMs ?? false),
    placeholderData: keepPreviousData,
  });
}
