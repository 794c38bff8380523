"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, FileCheck2 } from "lucide-react";
import { WordList } from "@/components/policies/editor/word-list";
import { ErrorState, StaleAge } from "@/components/states";
import { Skeleton } from "@/components/ui/skeleton";
import type { ApiError } from "@/components/query";
import type { ChangePreview } from "@/lib/changes/schemas";
import { SideCard } from "../change/side-card";
import { ConflictList } from "../preview/conflict-list";
import { DetectableTable } from "../preview/detectable-table";
import { ImpactFacts } from "../preview/impact-facts";
import { TouchedTargets } from "../preview/touched-targets";

/** What the draft would do, while it is being written. */
export function PreviewPanel({
  query,
  current,
  readable,
  empty,
}: {
  query: UseQueryResult<ChangePreview, ApiError>;
  /** The answer is of exactly what the form says. */
  current: boolean;
  readable: boolean;
  empty: boolean;
}) {
  if (empty) {
    return (
      <SideCard title="What it would do">
        <p className="text-[13px] text-muted-foreground">
          Choose a template or edit a policy: what changes, which targets are reached, how it can be taken back and how small a
          harm would be noticed appear here.
        </p>
      </SideCard>
    );
  }
  const preview = query.data;
  if (!readable || !preview) {
    return (
      <SideCard title="What it would do">
        {!readable ? (
          <p className="text-[13px] text-muted-foreground">Shown once every document can be read.</p>
        ) : query.error ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} title="The preview failed" />
        ) : (
          <>
            <span className="sr-only" role="status">
              Loading
            </span>
            <Skeleton className="h-72 w-full" />
          </>
        )}
      </SideCard>
    );
  }
  return (
    <div className="flex min-w-0 flex-col gap-4" aria-busy={!current}>
      <SideCard title="What it would do" actions={<StaleAge query={query} />}>
        {query.error ? (
          <p role="alert" className="rounded-md border border-destructive bg-destructive-muted px-3 py-2 text-[13px] break-words">
            {query.error.message}
          </p>
        ) : null}
        {preview.diff.length === 0 ? (
          <p className="text-[13px] text-muted-foreground">Nothing changes yet.</p>
        ) : (
          <WordList sentences={preview.diff} />
        )}
        <p className="sr-only" role="status">
          {current ? `${preview.diff.length} changes, ${preview.problems.length} problems.` : ""}
        </p>
        <Problems problems={preview.problems} />
        <ConflictList conflicts={preview.conflicts} />
        {preview.evidence.required ? (
          <p className="flex gap-2 text-[13px]">
            <FileCheck2 aria-hidden className="mt-0.5 size-4 shrink-0 text-muted-foreground" />
            <span className="min-w-0">
              <span className="font-medium">Evidence needed.</span>{" "}
              <span className="text-muted-foreground">{preview.evidence.problems.join(" ")}</span>
            </span>
          </p>
        ) : null}
        <ImpactFacts preview={preview} />
      </SideCard>
      <SideCard title="Targets it reaches">
        <TouchedTargets targets={preview.targets} />
      </SideCard>
      <SideCard title="What would be noticed">
        <DetectableTable preview={preview} />
      </SideCard>
    </div>
  );
}

function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) {
    return (
      <p className="flex gap-2 text-[13px]">
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-success" /> It could be submitted as it is.
      </p>
    );
  }
  return (
    <ul aria-label="What keeps it from being submitted" className="flex flex-col gap-1 text-[13px]">
      {problems.map((problem) => (
        <li key={problem} className="flex gap-2">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-destructive" />
          <span className="min-w-0 break-words">{problem}</span>
        </li>
      ))}
    </ul>
  );
}
