"use client";
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { callApi, type ApiError } from "./api-error";

export interface UseApiOptions {
  /** Ask again this often while the tab is visible. */
  refreshMs?: number;
}

/** GET a path of the API; null asks nothing. Its query key is `["api", path]`. */
export function useApi<T>(path: string | null, { refreshMs }: UseApiOptions = {}): UseQueryResult<T, ApiError> {
  return useQuery<T, ApiError>({
    queryKey: ["api", path],
    enabled: path !== null,
    queryFn: ({ signal }) => callApi<T>(path ?? "", { signal }),
    refetchInterval: refreshMs ?? false,
    placeholderData: keepPreviousData,
  });
}
