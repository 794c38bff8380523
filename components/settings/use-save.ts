"use client";
import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import { toast } from "sonner";
import { callApi, type ApiError } from "@/components/query";

export interface SaveRequest {
  method: "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  body?: unknown;
}

/** Change something through the API; afterwards every answer whose path begins with one of `refreshes` is asked anew. */
export function useSave<T = unknown>(...refreshes: string[]): UseMutationResult<T, ApiError, SaveRequest> {
  const client = useQueryClient();
  return useMutation<T, ApiError, SaveRequest>({
    mutationFn: ({ method, path, body }) =>
      callApi<T>(path, {
        method,
        ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      }),
    onSuccess: () =>
      client.invalidateQueries({
        predicate: ({ queryKey: [kind, path] }) => kind === "api" && refreshes.some((prefix) => String(path).startsWith(prefix)),
      }),
  });
}

/** Put a refusal where it belongs: beside its field when the form has it, else into a toast. */
export function showRefusal<T extends FieldValues>(
  error: ApiError,
  setError: UseFormSetError<T>,
  fields: readonly Path<T>[],
): void {
  const field = fields.find((name) => name === error.problem?.field);
  if (field) setError(field, { message: error.message.replace(`${field}: `, "") }, { shouldFocus: true });
  else toast.error(error.message);
}
