"use client";
import { useMemo } from "react";
import { diffLines, type DiffLine } from "@/components/policies/editor/diff-lines";
import { useApi } from "@/components/query";
import { ErrorState } from "@/components/states";
import { cn } from "@/components/ui/cn";
import { CodeBlock } from "@/components/ui/code-block";
import { Skeleton } from "@/components/ui/skeleton";
import type { TargetOrder } from "@/lib/fleet/schemas";
import { TARGETS_PATH } from "../use-targets";
import { contentOf, describeOrder } from "./describe-order";

/** What an order says, and what it says differently from the one before: in words first, then line by line. */
export function OrderContent({ targetId, generation, before }: { targetId: string; generation: number; before: number | null }) {
  const path = (of: number) => `${TARGETS_PATH}/${targetId}/desired/${of}`;
  const order = useApi<TargetOrder>(path(generation));
  const earlier = useApi<TargetOrder>(before === null ? null : path(before));
  const error = order.error ?? earlier.error;
  if (error) {
    const retry = () => void Promise.all([order.refetch(), before === null ? null : earlier.refetch()]);
    return <ErrorState error={error} onRetry={retry} />;
  }
  if (!order.data || (before !== null && !earlier.data)) {
    return (
      <>
        <span className="sr-only" role="status">
          Loading
        </span>
        <Skeleton className="h-24 w-full" />
      </>
    );
  }
  return <Shown payload={order.data.payload} earlier={before === null ? null : earlier.data!.payload} generation={generation} />;
}

function Shown({ payload, earlier, generation }: { payload: unknown; earlier: unknown; generation: number }) {
  const changes = useMemo(() => describeOrder(earlier, payload), [earlier, payload]);
  const text = JSON.stringify(contentOf(payload) ?? payload, null, 2);
  const lines = useMemo(
    () => (earlier === null ? null : diffLines(JSON.stringify(contentOf(earlier) ?? earlier, null, 2), text)),
    [earlier, text],
  );
  const moved = lines?.some(({ kind }) => kind !== "same") ?? false;
  return (
    <div className="flex min-w-0 flex-col gap-2 pt-1">
      {changes === null ? null : (
        <ul className="list-disc pl-4 break-words" aria-label={`Changes of generation ${generation}`}>
          {changes.length === 0 ? (
            <li>{moved ? "Nothing that a policy names; see the lines below." : "The content is the same."}</li>
          ) : (
            changes.map((sentence) => <li key={sentence}>{sentence}</li>)
          )}
        </ul>
      )}
      {lines && moved ? <DiffView lines={lines} label={`Lines of generation ${generation} that changed`} /> : null}
      <details>
        <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">JSON as it was sent</summary>
        <CodeBlock code={text} label={`Generation ${generation}`} className="mt-1 [&_pre]:max-h-96 [&_pre]:overflow-y-auto" />
      </details>
    </div>
  );
}

const SIGNS = { same: " ", removed: "−", added: "+" } as const;
const CONTEXT_LINES = 2;

/** Changed lines with a little around them. */
function DiffView({ lines, label }: { lines: readonly DiffLine[]; label: string }) {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT_LINES), at + CONTEXT_LINES + 1).some(({ kind }) => kind !== "same"),
  );
  return (
    <pre
      // A region that scrolls must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={label}
      className="max-h-72 overflow-auto rounded-md border bg-muted py-2 font-mono text-xs leading-5"
    >
      {lines.map(({ kind, text }, at) =>
        near[at] ? (
          <div
            // Lines repeat; a line is its place.
            // oxlint-disable-next-line react/no-array-index-key
            key={at}
            className={cn(
              "w-max min-w-full px-3",
              kind === "removed" && "bg-destructive-muted text-destructive",
              kind === "added" && "bg-success-muted text-success",
            )}
          >
            {SIGNS[kind]} {text}
          </div>
        ) : near[at - 1] ? (
          // oxlint-disable-next-line react/no-array-index-key
          <div key={at} aria-hidden className="px-3 text-muted-foreground">
            …
          </div>
        ) : null,
      )}
    </pre>
  );
}
