"use client";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { callApi } from "@/components/query/api-error";
import { useApi } from "@/components/query/use-api";
import type { DeadLetterPage, DeadLetterView } from "@/lib/telemetry/list-dead-letters";

const PATH = "/api/v1/dead-letters";
const PAGE_SIZE = 50;

/** Letters page by page, the newest first. A list that ends now refreshes while only its first page is open. */
export function useLetters(search: string, live: boolean, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: ["dead-letters", search],
    enabled,
    queryFn: ({ pageParam, signal }) =>
      callApi<DeadLetterPage>(`${PATH}?${search}&limit=${PAGE_SIZE}${pageParam ? `&before=${pageParam}` : ""}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    select: ({ pages }) => ({ rows: pages.flatMap((page) => page.items) }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (live && (query.state.data?.pages.length ?? 0) <= 1 ? 15_000 : false),
  });
}

/** One letter of a shared link, which need not be in the list: the newest that is not newer than it. */
export function useLetter(id: string | null, listed: readonly DeadLetterView[] | undefined) {
  const known = listed?.find((letter) => letter.id === id);
  const asked = id !== null && /^\d{1,15}$/.test(id) && listed !== undefined && known === undefined;
  const query = useApi<DeadLetterPage>(asked ? `${PATH}?limit=1&before=${Number(id) + 1}` : null);
  const found = asked ? query.data?.items.find((letter) => letter.id === id) : undefined;
  return {
    letter: known ?? found,
    missing: id !== null && listed !== undefined && known === undefined && (!asked || (query.isFetched && found === undefined)),
  };
}
