"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { History, RotateCcw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { carryDraft } from "@/components/changes/draft/carry-draft";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { callApi, useApi, type ApiError } from "@/components/query";
import { EmptyState, ErrorState } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
  DialogTrigger,
} from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import type { PolicyHistory, VersionDiff } from "@/lib/policies/store";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { ofScope, titleOf } from "../scope-badge";
import { searchOf } from "../use-place";
import { JsonDiff } from "./json-diff";
import { WordList } from "./word-list";

/** Who changed this document, when, why and what; and the way back to any version. */
export function HistoryList({ policyRef, mayEdit }: { policyRef: PolicyRef; mayEdit: boolean }) {
  const { timeZone } = useWorkspace();
  const path = `/api/v1/policies/history?${searchOf(policyRef)}`;
  const history = useInfiniteQuery<PolicyHistory, ApiError, { pages: PolicyHistory[] }, string[], number | null>({
    queryKey: ["api", path],
    queryFn: ({ pageParam, signal }) => callApi(pageParam === null ? path : `${path}&before=${pageParam}`, { signal }),
    initialPageParam: null,
    getNextPageParam: ({ next }) => next,
  });
  if (!history.data) {
    if (history.error) return <ErrorState error={history.error} onRetry={() => void history.refetch()} />;
    return (
      <>
        <span className="sr-only" role="status">
          Loading
        </span>
        <Skeleton className="h-48 w-full" />
      </>
    );
  }
  const versions = history.data.pages.flatMap((page) => page.versions);
  const head = versions[0];
  if (!head) {
    return (
      <EmptyState
        icon={<History />}
        title="No version yet"
        why={`${capital(titleOf(policyRef.scope))} never said anything of ${policyRef.kind}. The first save makes version 1.`}
      />
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <ol className="divide-y rounded-md border" aria-label="Versions, newest first">
        {versions.map((version) => (
          <li key={version.version} className="flex min-w-0 flex-col gap-1.5 px-3 py-2.5 text-[13px]">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span className="font-semibold tabular-nums">Version {version.version}</span>
              {version === head ? <Badge variant="success">in force</Badge> : null}
              {version.restoredFrom === null ? null : <Badge variant="outline">back to version {version.restoredFrom}</Badge>}
              <span className="text-xs text-muted-foreground">
                {version.author.name}, {formatInstant(version.at, timeZone)}
              </span>
              {mayEdit && version !== head ? (
                <span className="ml-auto">
                  <RestoreDialog policyRef={policyRef} from={head.version} to={version.version} />
                </span>
              ) : null}
            </div>
            <p className="break-words">{version.message}</p>
            <WordList
              sentences={version.changes.length === 0 ? ["nothing changed"] : version.changes}
              className="text-muted-foreground"
            />
            <RawDiff policyRef={policyRef} from={version.version - 1} to={version.version} />
          </li>
        ))}
      </ol>
      {history.hasNextPage ? (
        <Button
          variant="outline"
          className="self-center"
          disabled={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          {history.isFetchingNextPage ? "Loading…" : "Load older versions"}
        </Button>
      ) : null}
    </div>
  );
}

/** Two versions as JSON, line by line; asked for when it is opened. */
function RawDiff({ policyRef, from, to }: { policyRef: PolicyRef; from: number; to: number }) {
  const [open, setOpen] = useState(false);
  const query = useApi<VersionDiff>(open ? diffPath(policyRef, from, to) : null);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">JSON</summary>
      {!open ? null : query.data ? (
        <JsonDiff from={query.data.from} to={query.data.to} label={`Version ${to} against version ${from}`} />
      ) : query.error ? (
        <p role="alert" className="text-xs text-destructive">
          {query.error.message}
        </p>
      ) : (
        <Skeleton className="h-16 w-full" />
      )}
    </details>
  );
}

function RestoreDialog({ policyRef, from, to }: { policyRef: PolicyRef; /** In force. */ from: number; to: number }) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const diff = useApi<VersionDiff>(open ? diffPath(policyRef, from, to) : null);
  const draft = ({ from: inForce, to: wanted }: VersionDiff) => {
    carryDraft({
      title: `${capital(ofScope(policyRef.kind, policyRef.scope))} back to version ${to}`,
      edits: [
        {
          ref: policyRef,
          baseVersion: from,
          baseText: JSON.stringify(inForce, null, 2),
          text: JSON.stringify(wanted, null, 2),
        },
      ],
    });
    router.push("/changes/new");
  };
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm" variant="outline" aria-label={`Restore version ${to}`}>
          <RotateCcw aria-hidden /> Restore
        </Button>
      </DialogTrigger>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>Restore version {to}?</DialogTitle>
          <DialogDescription>
            What it said becomes a change request, and a new version once it is approved and rolled out. Nothing in the history is
            lost.
          </DialogDescription>
        </DialogHeader>
        {diff.data ? (
          <WordList sentences={diff.data.changes.length === 0 ? ["It says what is in force already."] : diff.data.changes} />
        ) : diff.error ? (
          <p role="alert" className="text-[13px] text-destructive">
            {diff.error.message}
          </p>
        ) : (
          <Skeleton className="h-12 w-full" />
        )}
        <DialogFooter>
          <Button variant="outline" onClick={() => setOpen(false)}>
            Cancel
          </Button>
          <Button
            disabled={!diff.data || diff.isPlaceholderData || diff.data.changes.length === 0}
            onClick={() => diff.data && draft(diff.data)}
          >
            Draft a change
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}

const diffPath = (ref: PolicyRef, from: number, to: number) => `/api/v1/policies/diff?${searchOf(ref)}&from=${from}&to=${to}`;
const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
