"use client";
import { useQuery } from "@tanstack/react-query";
import { useSettled } from "@/components/changes/draft/use-settled";
import { SideCard } from "@/components/changes/change/side-card";
import { callApi, type ApiError } from "@/components/query";
import { Skeleton } from "@/components/ui/skeleton";
import type { EstimateView } from "@/lib/advisor/ledger/schemas";
import type { PolicyEdit } from "@/lib/changes/schemas";
import { EstimateFacts } from "./estimate-facts";
import { LEDGER_PATH } from "./use-ledger";

/** What a draft would save, while it is being written. */
export function DraftEstimate({ edits }: { edits: readonly PolicyEdit[] }) {
  const body = useSettled(JSON.stringify({ edits }));
  const query = useQuery<EstimateView, ApiError>({
    queryKey: ["api", `${LEDGER_PATH}/estimate`, body],
    queryFn: ({ signal }) =>
      callApi<EstimateView>(`${LEDGER_PATH}/estimate`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal,
      }),
    placeholderData: (previous) => previous,
    staleTime: 60_000,
    retry: false,
  });
  return (
    <SideCard title="What it would save">
      {query.data ? (
        <EstimateFacts estimate={query.data} />
      ) : query.error ? (
        <p role="alert" className="text-[13px] break-words text-destructive">
          {query.error.message}
        </p>
      ) : (
        <Skeleton className="h-12 w-full" />
      )}
    </SideCard>
  );
}
