"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useId, useState, type ReactNode } from "react";
import { formatAge } from "@/components/format/time-label";
import { Badge } from "@/components/ui/badge";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/skeleton";
import { CardBoundary } from "./card-boundary";
import { EmptyState, type EmptyStateProps } from "./empty-state";
import { ErrorState } from "./error-state";
import { useLastError } from "./use-last-error";

export interface QueryCardProps<T> {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  query: UseQueryResult<T, Error>;
  /** Height of the loaded content in px: the skeleton has it too, so that nothing jumps. */
  height?: number;
  /** Default: no rows. */
  isEmpty?: (data: T) => boolean;
  empty?: EmptyStateProps;
  children: (data: T) => ReactNode;
  className?: string;
  contentClassName?: string;
}

const DEFAULT_EMPTY: EmptyStateProps = {
  title: "No data in this period",
  why: "Nothing matches the filters and the time range above.",
};

/** A card around one question: loading, empty, failed, stale or loaded, and nothing of it leaves the card. */
export function QueryCard<T>({
  title,
  description,
  actions,
  query,
  height = 240,
  isEmpty = hasNoRows,
  empty = DEFAULT_EMPTY,
  children,
  className,
  contentClassName,
}: QueryCardProps<T>) {
  const titleId = useId();
  return (
    <Card
      role="region"
      aria-labelledby={titleId}
      aria-busy={query.isPending || query.isPlaceholderData}
      className={cn("relative", className)}
    >
      {query.isPlaceholderData ? (
        // Older numbers stay readable while new ones come: a line moves instead of fading them.
        <span aria-hidden className="absolute inset-x-2 top-0 h-0.5 overflow-hidden">
          <span className="block h-full w-2/5 animate-[progress_1.1s_ease-in-out_infinite] rounded-full bg-primary" />
        </span>
      ) : null}
      <CardHeader>
        <CardTitle id={titleId}>{title}</CardTitle>
        {description ? <CardDescription>{description}</CardDescription> : null}
        <CardAction>
          <StaleAge query={query} />
          {actions}
        </CardAction>
      </CardHeader>
      <CardContent className={contentClassName} style={{ minHeight: height }}>
        <QueryBody query={query} height={height} isEmpty={isEmpty} empty={empty}>
          {children}
        </QueryBody>
      </CardContent>
    </Card>
  );
}

function QueryBody<T>({
  query,
  height,
  isEmpty,
  empty,
  children,
}: Required<Pick<QueryCardProps<T>, "query" | "height" | "isEmpty" | "empty" | "children">>) {
  const error = useLastError(query);
  if (query.data !== undefined) {
    return (
      <CardBoundary>
        {isEmpty(query.data) ? <EmptyState {...empty} /> : <Drawing data={query.data}>{children}</Drawing>}
      </CardBoundary>
    );
  }
  if (error) return <ErrorState error={error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <span className="sr-only" role="status">
        Loading
      </span>
      <Skeleton style={{ height: height - 16 }} className="w-full" />
    </>
  );
}

/** A component of its own, so that what it throws is caught by the boundary above it. */
function Drawing<T>({ data, children }: { data: T; children: (data: T) => ReactNode }) {
  return children(data);
}

/** Shows the age of the answer once a refresh has failed. */
export function StaleAge({ query }: { query: UseQueryResult<unknown, Error> }) {
  const stale = query.data !== undefined && query.isError;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!stale) return;
    const timer = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(timer);
  }, [stale]);
  return (
    <span role="status">
      {stale ? (
        <Badge variant="warning" title={query.error?.message}>
          Stale, from {formatAge(Math.max(now, query.errorUpdatedAt) - query.dataUpdatedAt)}
        </Badge>
      ) : null}
    </span>
  );
}

function hasNoRows(data: unknown): boolean {
  if (Array.isArray(data)) return data.length === 0;
  const rows = (data as { rows?: unknown[] } | null)?.rows;
  return Array.isArray(rows) && rows.length === 0;
}
