"use client";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { callApi, type ApiError } from "@/components/query";
import type { ChangePreview, PreviewChange } from "@/lib/changes/schemas";
import { CHANGES_PATH } from "../use-changes";
import { useSettled } from "./use-settled";

/** What the draft would do, asked once it has stopped changing for a moment. Null: there is nothing to ask about yet. */
export function useChangePreview(draft: PreviewChange | null) {
  const text = useMemo(() => (draft === null ? null : JSON.stringify(draft)), [draft]);
  const settled = useSettled(text);
  const query = useQuery<ChangePreview, ApiError>({
    queryKey: ["api", `${CHANGES_PATH}/preview`, settled],
    enabled: settled !== null,
    queryFn: ({ signal }) =>
      callApi<ChangePreview>(`${CHANGES_PATH}/preview`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: settled,
        signal,
      }),
    placeholderData: (previous) => previous,
    retry: false,
  });
  return { query, current: text === settled && !query.isPlaceholderData };
}
