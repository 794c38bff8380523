"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { callApi } from "@/components/query/api-error";
import { requestFilterParams } from "@/lib/telemetry/requests/params";
import type { RequestFilterInput, RequestPage } from "@/lib/telemetry/requests/schemas";

const PAGE_SIZE = 200;

/** Requests page by page. A list that ends now refreshes while only its first page is open: later pages would jump. */
export function useRequests(filter: RequestFilterInput, live: boolean) {
  return useInfiniteQuery({
    queryKey: ["requests", filter],
    queryFn: ({ pageParam, signal }) =>
      callApi<RequestPage>(
        `/api/v1/requests?${requestFilterParams({ ...filter, limit: PAGE_SIZE, ...(pageParam ? { cursor: pageParam } : {}) })}`,
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    select: ({ pages }) => ({ rows: pages.flatMap((page) => page.rows) }),
    refetchInterval: (query) => (live && (query.state.data?.pages.length ?? 0) <= 1 ? 5_000 : false),
  });
}
