"use client";
import { Upload } from "lucide-react";
import { useRef } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { callApi, type ApiError } from "@/components/query";
import { Button } from "@/components/ui/button";

interface UploadButtonProps<T> {
  label: string;
  /** Endings that the dialog offers. */
  accept?: string;
  /** Where the file goes; its name is known only once it is chosen. */
  path: (fileName: string) => string;
  /** Every answer whose path begins with this is asked anew. */
  refreshes: string;
  onDone: (answer: T) => void;
  disabled?: boolean;
}

/** Chooses a file and sends it as it is: the server reads it while it arrives. */
export function UploadButton<T>({ label, accept = ".csv", path, refreshes, onDone, disabled }: UploadButtonProps<T>) {
  const input = useRef<HTMLInputElement>(null);
  const client = useQueryClient();
  const upload = useMutation<T, ApiError, File>({
    mutationFn: (file) =>
      callApi<T>(path(file.name), { method: "POST", headers: { "content-type": file.type || "text/csv" }, body: file }),
    onSuccess: async (answer) => {
      onDone(answer);
      await client.invalidateQueries({
        predicate: ({ queryKey: [kind, known] }) => kind === "api" && String(known).startsWith(refreshes),
      });
    },
    onError: (error) => void toast.error(error.message),
  });
  return (
    <>
      <input
        ref={input}
        type="file"
        accept={accept}
        className="sr-only"
        tabIndex={-1}
        aria-label={label}
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file may be chosen again once it is mended.
          event.target.value = "";
          if (file) upload.mutate(file);
        }}
      />
      <Button size="sm" variant="outline" disabled={disabled || upload.isPending} onClick={() => input.current?.click()}>
        <Upload /> {upload.isPending ? "Uploading…" : label}
      </Button>
    </>
  );
}
