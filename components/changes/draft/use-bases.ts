"use client";
import { useQuery } from "@tanstack/react-query";
import { searchOf } from "@/components/policies/use-place";
import { callApi } from "@/components/query";
import type { ChangeView } from "@/lib/changes/schemas";
import type { PolicyDocument } from "@/lib/policies/store";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { editsOfChange } from "./draft-of";
import { keyOf } from "./draft-state";

type Bases = Record<string, Record<string, unknown>>;

/** The documents that a change was drafted on: what "undo" goes back to. Versions never change, so they are asked for once. */
export function useBases(change: ChangeView | undefined) {
  const edits = change ? editsOfChange(change) : [];
  return useQuery<Bases, Error>({
    queryKey: ["bases of", change?.id, change?.contentHash],
    enabled: change !== undefined,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const found = await Promise.all(
        edits.map(async (edit) => {
          if (edit.baseVersion === 0) return [keyOf(edit), {}] as const;
          const search = `${searchOf({ kind: edit.kind, scope: edit.scope } as PolicyRef)}&version=${edit.baseVersion}`;
          const { document } = await callApi<PolicyDocument>(`/api/v1/policies/document?${search}`, { signal });
          return [keyOf(edit), document] as const;
        }),
      );
      return Object.fromEntries(found);
    },
  });
}
