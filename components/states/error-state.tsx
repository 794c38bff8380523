"use client";
import { RotateCw, TriangleAlert } from "lucide-react";
import { ApiError } from "@/components/query/api-error";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";

/** What failed, the id to quote, and a way to try again. */
export function ErrorState({
  error,
  onRetry,
  title = "This could not be loaded",
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string;
}) {
  const message = error instanceof Error ? error.message : "Something failed.";
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div role="alert" className="flex h-full min-h-32 flex-col items-center justify-center gap-2 px-4 py-6 text-center">
      <span className="grid size-9 place-items-center rounded-full bg-destructive-muted text-destructive" aria-hidden>
        <TriangleAlert className="size-4.5" />
      </span>
      <p className="text-sm font-medium">{title}</p>
      <p className="max-w-md text-[13px] break-words text-muted-foreground">{message}</p>
      {requestId ? (
        <p className="flex items-center gap-1 text-xs text-muted-foreground">
          Request <code className="font-mono">{requestId}</code>
          <CopyButton value={requestId} label="Copy request id" className="size-6" />
        </p>
      ) : null}
      {onRetry ? (
        <Button size="sm" variant="outline" onClick={onRetry}>
          <RotateCw aria-hidden /> Try again
        </Button>
      ) : null}
    </div>
  );
}
